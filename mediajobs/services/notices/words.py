"""What a notice says, short and true: what the remote has not said is not told as done."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, reverse

from mediajobs.models import AttemptState, CancelBatch, Happening
from mediajobs.remote.types import printable

MOST_CHARACTERS = 500
SUBJECTS = {
    Happening.FINISHED: "finished",
    Happening.PROBLEMS: "finished with problems",
    Happening.ABORTED: "was aborted",
    Happening.PAUSED: "is paused",
    Happening.UNCONFIRMED: "has unconfirmed requests",
}


def frozen(batch: CancelBatch, happening: Happening, at: datetime, detail: str) -> dict[str, Any]:
    """Write subject, text and facts of a notice as things stand now."""
    counts = {state: count for state, count in batch.counts().items() if count}
    subject = f"{batch} {SUBJECTS[happening]}"
    outcome = ", ".join(f"{counts[s]:,} {s.label.lower()}" for s in AttemptState if s in counts)
    requester, reason = one_line(batch.requested_by_name), one_line(batch.reason)
    category, detail, link = batch.get_reason_category_display(), one_line(detail), link_to(batch)
    lines = [
        f"{subject}. {batch.size_words}: {outcome}.",
        detail,
        f"Requested by {requester}. {category}: {reason}",
        f"App: {one_line(batch.credential.name)}" if batch.credential else "",
        link,
    ]
    text = "\n".join(line for line in lines if line)
    facts = {
        "happening": happening,
        "happened_at": at.isoformat(timespec="seconds"),
        "cancellation": batch.pk,
        "job_count": batch.frozen_count,
        "counts": counts,
        "detail": detail,
        "requested_by": requester,
        "reason_category": batch.reason_category,
        "reason": reason,
        "app": one_line(batch.credential.name) if batch.credential else "",
        "text": text,
        "link": link,
    }
    return {"subject": subject, "text": text, "facts": facts}


def one_line(text: str) -> str:
    """Take line breaks and what turns the direction of text out of words of others."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def link_to(batch: CancelBatch) -> str:
    """Give the address of the batch's page, or "" without PANEL_URL."""
    if not settings.PANEL_URL:
        return ""
    page = reverse("admin:mediajobs_cancelbatch_change", args=[batch.pk])
    return f"{settings.PANEL_URL}/{page.removeprefix(get_script_prefix())}"
