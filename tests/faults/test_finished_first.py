"""Jobs that end by themselves while their cancellation is under way."""


def test_a_job_that_ends_first_is_never_called_cancelled(start):
    drill = start(60)
    drill.remote.set(latency=0.1, faults={"cancel.finish_anyway": 0.2})
    ended_before = list(drill.remote.statuses())[:5]
    drill.remote.end_jobs(ended_before, "Failed")
    drill.confirm()
    with drill.working():
        drill.wait_until_sent(20)
        drill.remote.end_jobs(list(drill.remote.statuses())[-5:])
        drill.wait_for_state("finished")
        drill.check_invariants()
    states = drill.states()
    assert set(states) == {"cancelled", "finished_first", "already_final"}
    words = list(drill.remote.statuses().values())
    assert words.count("Cancelled") == states["cancelled"]
