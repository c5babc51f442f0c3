"""Carrying out a request once, however often it is sent under its Idempotency-Key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from mediajobs.models import ApiClient, KeptAnswer

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is told; `is_replay` when it was told so before."""

    status: int
    body: str
    is_replay: bool = False


@transaction.atomic
def once(client: ApiClient, *, key: str, request_hash: str, deed: Callable[[], Answer]) -> Answer:
    """Do the deed and keep its answer, in one transaction, or give the answer that was kept.

    Without a key the deed is done. Of two requests at once the second waits for the first.
    Raises ValidationError where the key was used for another request. What the deed raises
    undoes all, the key too: the request can be mended and sent under it again.
    """
    if not key:
        return deed()
    kept, is_first = KeptAnswer.objects.get_or_create(
        client=client, key=key, defaults={"request_hash": request_hash}
    )
    if is_first:
        answer = deed()
        kept.status, kept.body = answer.status, answer.body
        kept.save(update_fields=["status", "body"])
        return answer
    if kept.request_hash != request_hash:
        raise ValidationError(
            "This Idempotency-Key came with another request before. Send a new one with each "
            "request, and the same one only to repeat that very request."
        )
    return Answer(kept.status, kept.body, is_replay=True)


def drop_old() -> int:
    """Forget the answers that were kept for a day; return how many."""
    count, _ = KeptAnswer.objects.older_than(KEPT_FOR).delete()
    return count
