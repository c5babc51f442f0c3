"""Credentials that end in the middle of a batch."""

from mediajobs.simulator.tokens import TOKEN_PATH

KEY, SECRET = "planted-app-key", "planted-app-secret-77d0"
BY_KEY = {
    "DOLBYIO_API_TOKEN": "",
    "DOLBYIO_APP_KEY": KEY,
    "DOLBYIO_APP_SECRET": SECRET,
    "MEDIA_API_MAX_PER_SECOND": "60",
}
#: How each token begins that the remote gives out for the key.
GIVEN_OUT = "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9"
ANSWERS = "SELECT answer FROM mediajobs_cancelattempt"


def renewals(drill):
    return sum(entry.path == TOKEN_PATH for entry in drill.remote.requests())


def test_a_token_that_ends_is_renewed_once_and_no_job_suffers(start):
    drill = start(300, "--app-key", KEY, "--app-secret", SECRET, **BY_KEY)
    drill.secrets |= {SECRET, GIVEN_OUT}
    drill.remote.set(latency=0.1)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(60)
        before = renewals(drill)
        drill.remote.void_tokens()
        drill.wait_for_state("finished")
        drill.check_invariants()
    assert renewals(drill) == before + 1
    assert any(entry.status == 401 for entry in drill.remote.sent())
    assert set(drill.states()) == {"cancelled"}


def test_credentials_that_stay_refused_pause_the_batch_which_says_why(start):
    drill = start(300, "--app-key", KEY, "--app-secret", SECRET, **BY_KEY)
    drill.secrets |= {SECRET, GIVEN_OUT}
    drill.remote.set(latency=0.1)
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(60)
        drill.remote.set(faults={"unauthorized": 1.0})
        drill.wait_for_state("paused")
        batch = drill.batch()
        assert "does not accept the credentials" in batch["pause_reason"]
        assert batch["resumes_at"] is None
        drill.check_invariants()
    assert drill.states()["queued"] > 0


def test_a_token_that_accepting_answers_quote_is_kept_nowhere(start):
    drill = start(40)
    drill.remote.set(cancel_delay=0.5, faults={"echo": 1.0})
    drill.confirm()
    with drill.working():
        drill.wait_for_state("finished")
        drill.check_invariants()
    assert any("[secret]" in answer for (answer,) in drill.rows(ANSWERS))
    assert set(drill.states()) == {"cancelled"}
