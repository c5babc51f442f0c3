"""A TCP proxy on this machine that harms what passes through it, as networks do."""

import asyncio
import socket
import struct
import threading
from contextlib import suppress

ADDRESS = "127.0.0.1"
PIECE = 65536


class Proxy:
    """Passes bytes on to `target` (host, port); what is set may change while it runs.

    latency: seconds before each piece of an answer. drip: bytes of an answer a second, 0 for no
    limit. cut_after: an answer ends after so many bytes of its connection. reset: connections are
    reset at their first bytes. black_hole: what comes is swallowed, and nothing comes back.
    """

    def __init__(self, target):
        self._target = target
        self.be_good()
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._tasks = set()

    def be_good(self):
        self.latency, self.drip, self.cut_after = 0.0, 0, None
        self.reset = self.black_hole = False

    def __enter__(self):
        self._thread.start()
        serving = asyncio.start_server(self._serve, ADDRESS, 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{ADDRESS}:{self.port}"
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        """Carry one connection to its end."""
        self.connections += 1
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, asyncio.CancelledError):
            there, away = await asyncio.open_connection(*self._target)
            try:
                await self._both_ways(reader, writer, there, away)
            finally:
                away.close()
        writer.close()

    async def _both_ways(self, reader, writer, there, away):
        ways = {
            asyncio.ensure_future(self._ask(reader, writer, away)),
            asyncio.ensure_future(self._answer(there, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _ask(self, reader, writer, away):
        while piece := await reader.read(PIECE):
            if self.reset:
                linger(writer)
                return
            if not self.black_hole:
                away.write(piece)
                await away.drain()

    async def _answer(self, there, writer):
        passed = 0
        while piece := await there.read(PIECE):
            await asyncio.sleep(self.latency)
            if self.cut_after is not None:
                piece = piece[: max(0, self.cut_after - passed)]
            for part in self._parts(piece):
                writer.write(part)
                await writer.drain()
                if self.drip:
                    await asyncio.sleep(len(part) / self.drip)
            passed += len(piece)
            if self.cut_after is not None and passed >= self.cut_after:
                return

    def _parts(self, piece):
        """Cut a piece into what may pass in one go; a drip that ends meanwhile flows on."""
        while piece:
            size = max(1, self.drip // 10) if self.drip else len(piece)
            yield piece[:size]
            piece = piece[size:]


def linger(writer):
    """Make of the goodbye a reset."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
