"""Makes the calls to the webhook, each once whatever becomes of it, and on this machine only."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from .webhooks import Delivery

TICK_SECONDS = 0.05
PATIENCE_SECONDS = 10.0
MOST_AT_ONCE = 32
THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class Courier:
    """Asks again and again what is due, and brings it until cancelled."""

    def __init__(self, take: Callable[[], list[Delivery]]) -> None:
        self._take = take
        self._places = asyncio.Semaphore(MOST_AT_ONCE)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as under_way:
            while True:
                await asyncio.sleep(TICK_SECONDS)
                for delivery in self._take():
                    under_way.create_task(self._bring(delivery))

    async def _bring(self, delivery: Delivery) -> None:
        await asyncio.sleep(delivery.delay)
        address = address_of(delivery.url)
        if address:
            # Nothing is known of a second try (contract section 6).
            async with self._places:
                with suppress(OSError, TimeoutError):
                    await asyncio.wait_for(post(address, delivery), PATIENCE_SECONDS)


def address_of(url: str) -> SplitResult | None:
    """Split the address; None if it leads away from this machine, or nowhere."""
    try:
        address = urlsplit(url)
        is_here = address.hostname in THIS_MACHINE and address.port != 0
    except ValueError:
        return None
    return address if is_here and address.scheme == "http" else None


async def post(address: SplitResult, delivery: Delivery) -> None:
    reader, writer = await asyncio.open_connection(address.hostname, address.port or 80)
    try:
        writer.write(written(address, delivery))
        await reader.read()
    finally:
        writer.close()


def written(address: SplitResult, delivery: Delivery) -> bytes:
    lines = [
        f"POST {address.path or '/'} HTTP/1.1",
        f"Host: {address.netloc}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(delivery.body)}",
        *(f"{name}: {value}" for name, value in delivery.headers.items()),
    ]
    return "\r\n".join([*lines, "\r\n"]).encode() + delivery.body
