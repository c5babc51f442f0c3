"""Requests as pipelines make them, and how their answers read."""

ID = "0f4c2b1e-7a35-4d0b-9c61-5e2f8a9{:05d}"
WHY = {"category": "stuck", "reason": "It hangs."}


def named(number=1, **said):
    """A job as a pipeline names it."""
    return {"job_id": ID.format(number), "path": "/media/transcode", **said}


def problem(answer, status):
    """The problem details of an answer, which must be of this status."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    told = answer.json()
    assert told["type"] == "about:blank"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"].endswith((".", ":"))
    return told


def errors(answer, status=422):
    """Where the mistakes are, and what is wrong there."""
    return {
        each.get("pointer", each.get("parameter")): each["detail"]
        for each in problem(answer, status)["errors"]
    }
