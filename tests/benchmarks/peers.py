"""Those that the panel is measured beside: each asks the remote to cancel the same jobs."""

import subprocess
import tempfile
import time
from pathlib import Path

import requests

IN_FLIGHT = 32
TOKEN = "any-token"
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "Content-Type": "application/json",
    "Accept": "application/json",
}


def curl(remote, jobs):
    """Send the requests by one curl, 32 at a time; return the seconds. It records nothing."""
    command = ["curl", "--fail", "--silent", "--show-error", "--no-progress-meter"]
    command += ["-Z", "--parallel-max", str(IN_FLIGHT)]
    for name, value in HEADERS.items():
        command += ["--header", f"{name}: {value}"]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "curl.conf"
        config.write_text("".join(order(remote, job_id) for job_id, *_ in jobs))
        started_at = time.monotonic()
        subprocess.run([*command, "--data", "{}", "--config", str(config)], check=True)
        seconds = time.monotonic() - started_at
    remote.check_cancels(len(jobs))
    return seconds


def order(remote, job_id):
    return f'url = "{remote.url}/media/jobs/cancel?job_id={job_id}"\noutput = "/dev/null"\n'


def documented_script(remote, jobs):
    """Do as the vendor's page tells: read the job's status, cancel it, then the next one."""
    started_at = time.monotonic()
    for job_id, path, _ in jobs:
        asked = {"params": {"job_id": job_id}, "headers": HEADERS, "timeout": 60}
        requests.get(remote.url + path, **asked).raise_for_status()
        answer = requests.post(f"{remote.url}/media/jobs/cancel", json={}, **asked)
        answer.raise_for_status()
    seconds = time.monotonic() - started_at
    remote.check_cancels(len(jobs))
    return seconds


def list_pages(remote, count, **query):
    """Fetch the pages of the list, one after the other, and keep nothing; return the seconds.

    Fails unless so many jobs are on them.
    """
    started_at, rows = time.monotonic(), 0
    with requests.Session() as session:
        while True:
            address = f"{remote.url}/media/jobs"
            page = session.get(address, params=query, headers=HEADERS, timeout=60).json()
            rows += len(page["jobs"])
            if not page.get("next_token"):
                break
            query["next_token"] = page["next_token"]
    seconds = time.monotonic() - started_at
    assert rows == count, f"{rows:,} of {count:,} jobs were on the pages."
    return seconds
