"""The vendor's own Python client beside the panel, in a virtual environment that is thrown away."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.figures import Figure

PACKAGE = "dolbyio-rest-apis==5.0.0"
#: It lets so many calls out at once, and then one after the other at a pace of its own.
BURST = 50
JOBS = BURST + 10
#: Its host is a setting and https is not: the one function that writes the address is replaced.
SCRIPT = """
import asyncio, json, sys, time
from dolbyio_rest_apis.media import jobs
jobs.get_mapi_url = lambda: sys.argv[1]
places = asyncio.Semaphore(32)
ends = []

async def cancel(job_id):
    async with places:
        await jobs.cancel("any-token", job_id)
        ends.append(time.monotonic())

async def main():
    started_at = time.monotonic()
    await asyncio.gather(*map(cancel, json.load(sys.stdin)))
    return [end - started_at for end in sorted(ends)]

print(json.dumps(asyncio.run(main())))
"""


def figure(remote, count, latency, curl):
    """Tell how long it would take for `count` jobs, going by its pace after the burst."""
    name = f"… as the official Python client does, 32 at once, from {JOBS} jobs"
    jobs = [job_id for job_id, *_ in remote.play(JOBS, latency)]
    try:
        ends = ended_at(remote.url, jobs)
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        return Figure(name, f"not measured: {said[-1] if said else error}")
    remote.check_cancels(JOBS)
    pace = (ends[-1] - ends[BURST - 1]) / (JOBS - BURST)
    seconds = ends[BURST - 1] + pace * (count - BURST)
    return Figure(name, f"{seconds:,.0f} s", f"curl {curl:.1f} s")


def ended_at(url, jobs):
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        quietly(sys.executable, "-m", "venv", folder)
        quietly(str(python), "-m", "pip", "install", "--quiet", PACKAGE)
        return json.loads(quietly(str(python), "-c", SCRIPT, url, input=json.dumps(jobs)))


def quietly(*command, **options):
    done = subprocess.run(command, check=True, capture_output=True, text=True, **options)
    return done.stdout
