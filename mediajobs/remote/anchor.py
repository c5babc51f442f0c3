"""Posting a line of JSON to an address of the owner's that keeps copies of checkpoints."""

import time

import requests

from mediajobs.remote.errors import Unclear
from mediajobs.remote.wire import Line, Patience

_line = Line(Patience())


def post_anchor(url: str, line: str) -> None:
    """Post the line as JSON; MediaError unless the answer is a 2xx, within 20 seconds."""
    request = requests.Request(
        "POST", url, data=line.encode(), headers={"Content-Type": "application/json"}
    )
    received = _line.exchange(request, ends_at=time.monotonic() + _line.patience.whole)
    if not 200 <= received.status < 300:
        raise Unclear(f"It answered {received.status}.")
