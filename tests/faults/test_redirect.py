"""A remote that sends us elsewhere: nobody goes there, and no token does."""

import socket

import pytest


@pytest.fixture
def elsewhere():
    """Another port of this machine, on which nobody may ever knock."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield listener


def test_a_redirect_is_never_followed(start, elsewhere):
    drill = start(60, MEDIA_API_MAX_PER_SECOND="20")
    target = f"http://127.0.0.1:{elsewhere.getsockname()[1]}"
    drill.remote.set(cancel_delay=0.5, redirect_to=target)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(10)
        drill.remote.order(*["cancel.redirect"] * 5, *["jobs.redirect", "status.redirect"] * 2)
        drill.wait_for_state("finished")
        drill.check_invariants()
    with pytest.raises(BlockingIOError):
        elsewhere.accept()
    assert sum(entry.status == 307 for entry in drill.remote.sent()) == 5
    reads = [entry for entry in drill.remote.requests() if entry.method == "GET"]
    assert any(entry.status == 307 for entry in reads)
    assert drill.states() == {"cancelled": 49, "refused": 5}
