"""Requests at a fixed rate, whether or not the answers keep up.

Reads from stdin a line of JSON (port, head, bodies, rate, seconds), writes one: the seconds from
when each request was due to its whole answer, and how many were answered with which status.
"""

import asyncio
import gc
import json
import sys
import time
from collections import Counter

PATIENCE = 30


async def ask(port, request):
    """Send over a connection of its own, as a proxy does; return the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        return int(answer.split(b" ", 2)[1])
    finally:
        writer.close()


async def load(port, requests, rate):
    statuses, seconds = Counter(), []

    async def one(due_at, request):
        try:
            statuses[await ask(port, request)] += 1
        except (OSError, TimeoutError, IndexError) as failure:
            statuses[type(failure).__name__] += 1
        seconds.append(time.perf_counter() - due_at)

    begun_at, under_way = time.perf_counter(), set()
    for place, request in enumerate(requests):
        due_at = begun_at + place / rate
        await asyncio.sleep(max(0.0, due_at - time.perf_counter()))
        task = asyncio.create_task(one(due_at, request))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return {"seconds": seconds, "statuses": statuses, "took": time.perf_counter() - begun_at}


def requests_of(order):
    for body in order["bodies"]:
        yield f"{order['head']}Content-Length: {len(body)}\r\n\r\n{body}".encode()


if __name__ == "__main__":
    order = json.loads(sys.stdin.readline())
    gc.disable()
    found = asyncio.run(load(order["port"], list(requests_of(order)), order["rate"]))
    print(json.dumps(found))
