"""Small words and shapes that lists and pages share."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

#: How loud a state speaks; each tone has its own shape and colour in panel.css.
TONES = {
    "waiting": ("pending", "queued", "draft", "received", "waiting"),
    "active": ("running", "requested", "asked"),
    "leaving": ("sending",),
    "good": ("success", "finished", "sent", "sound", "done"),
    "stopped": ("cancelled",),
    "warning": (
        *("unclear", "unconfirmed", "finished_first", "finished_with_problems"),
        *("paused", "unknown", "missing", "left", "lagging"),
    ),
    "bad": (
        *("failed", "internal_error", "refused", "not_found", "unreadable", "given_up"),
        "tampered",
    ),
    "quiet": ("already_final", "not_sent", "joined", "aborted", "handled"),
}
TONE_OF = {state: tone for tone, states in TONES.items() for state in states}


@register.simple_tag
def badge(state: str, words: str) -> SafeString:
    """Show a state as word, shape and colour."""
    return format_html(
        '<span class="badge tone-{}">{}</span>', TONE_OF.get(state, "warning"), words
    )


@register.filter
def age(moment: datetime | None) -> SafeString | str:
    """Write how long ago a moment was, in one unit, with the full time behind it."""
    if moment is None:
        return "–"
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return stamp(moment, f"{seconds // size} {unit}")
    return stamp(moment, f"{seconds} s")


@register.filter
def clock(moment: datetime | None) -> SafeString | str:
    """Write the time of day of a moment, with the full time behind it."""
    return "–" if moment is None else stamp(moment, f"{timezone.localtime(moment):%H:%M:%S}")


def stamp(moment: datetime, words: str) -> SafeString:
    utc = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        words,
    )
