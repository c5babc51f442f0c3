"""Ask a world as a client would, and read what it says."""

import json

BEARER = {"Authorization": "Bearer some-token"}
CANCEL = "/media/jobs/cancel"


def get(world, path="/media/jobs", headers=BEARER, **query):
    return world.handle("GET", path, query, headers, b"")


def cancel(world, job_id, body=b"{}"):
    return world.handle("POST", CANCEL, {"job_id": job_id}, BEARER, body)


def read(reply):
    return json.loads(reply.body)


def ids_on(reply):
    return [row["job_id"] for row in read(reply)["jobs"]]


def all_pages(world, **query):
    """Follow next_token to the end and return the bodies."""
    pages = [read(get(world, **query))]
    while "next_token" in pages[-1]:
        pages.append(read(get(world, next_token=pages[-1]["next_token"], **query)))
    return pages
