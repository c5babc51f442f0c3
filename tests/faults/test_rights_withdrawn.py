"""The right to cancel many is withdrawn while a batch of that person runs."""

from tests.running import wait_until

WITHDRAW = """
from django.contrib.auth.models import User
User.objects.get(username="bulk-operator").groups.clear()
"""


def test_the_batch_of_somebody_who_loses_the_right_pauses_and_says_so(start):
    # Slow enough for a person's right to be withdrawn long before the end.
    drill = start(300, MEDIA_API_MAX_PER_SECOND="10")
    drill.remote.set(latency=0.1, cancel_delay=0.5)
    drill.confirm_as("bulk-operator")
    with drill.working():
        drill.wait_until_sent(20)
        drill.panel.query(WITHDRAW)
        drill.wait_for_state("paused")
        assert drill.batch()["pause_reason"].startswith("bulk-operator has no right any more")
        # What had been asked for is still looked at; nothing more is.
        wait_until(lambda: set(drill.states()) <= {"queued", "cancelled"}, 60)
        drill.check_invariants()
    assert drill.states()["cancelled"] == len(drill.remote.sent())
