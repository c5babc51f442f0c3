"""What a turn leaves behind when something of ours fails in it."""

from collections import Counter

import pytest

from mediajobs.models import AuditEvent
from mediajobs.services import cancel
from mediajobs.services.cancel.run import GROUP


def test_answers_that_cannot_be_acted_on_are_written_once(make_job, batch_of, world, settings):
    world.static_token = "another"
    batch = batch_of(*(make_job() for _ in range(GROUP)))
    settings.NOTICE_URLS = ["nonsense"]  # so that nobody can be told of the pause
    with pytest.raises(ValueError, match="is no address"):
        cancel.run(batch, seconds=5, worker="test")
    kinds = Counter(AuditEvent.objects.about_jobs().values_list("kind", flat=True))
    sent, answered = kinds.pop("cancel.sent"), kinds.pop("cancel.answered")
    withheld = kinds.pop("cancel.withheld", 0)  # where a slow machine fails before all have left
    assert (sent, kinds) == (answered + withheld, {})
