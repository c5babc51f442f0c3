"""The world behind a real socket: HTTP/1.1 with keep-alive, on this machine only."""

import asyncio
import socket
import struct
import threading
from typing import Self

from .courier import Courier
from .http1 import Asked, UnreadableError, take_request, written
from .replies import Reply
from .webhooks import Delivery
from .world import World

ADDRESS = "127.0.0.1"
BACKLOG = 1024
MOST_UNREAD_BYTES = 256 * 1024


async def some_rounds() -> None:
    """Let the loop go round until a connection that was just taken is made, or one is closed."""
    for _ in range(10):
        await asyncio.sleep(0)


class SimulatorServer:
    """Serve one world on one thread; its lock is held while the world thinks.

    Raises OSError when the port is taken. Port 0 takes a free one; see `url`.
    """

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.socket = socket.create_server((ADDRESS, port), backlog=BACKLOG)
        self.server_port: int = self.socket.getsockname()[1]
        self.conversations: set[Conversation] = set()
        self._is_serving = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server_port}"

    def start(self) -> Self:
        self._thread.start()
        self._is_serving.wait()
        return self

    def stop(self) -> None:
        """Close the port and every open connection; nobody gets an answer after this."""
        self.stopping.set()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()
        self.socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        listening = await self._loop.create_server(
            lambda: Conversation(self, self._loop), sock=self.socket, backlog=BACKLOG
        )
        courier = asyncio.create_task(Courier(self.take_deliveries).run())
        self._is_serving.set()
        await self._end.wait()
        # A server that is closed at once would lose, unclosed, whom it took a moment ago.
        self._loop.remove_reader(self.socket)
        courier.cancel()
        await some_rounds()
        for conversation in self.conversations:
            conversation.transport.abort()
        await asyncio.wait([courier])
        await some_rounds()
        listening.close()

    def ask(self, asked: Asked) -> Reply:
        with self.lock:
            return self.world.handle(
                asked.method, asked.path, asked.query, asked.headers, asked.body
            )

    def take_deliveries(self) -> list[Delivery]:
        with self.lock:
            return self.world.due_deliveries()


class Conversation(asyncio.Protocol):
    """One connection: its requests are answered one after the other, in their order."""

    transport: asyncio.Transport

    def __init__(self, server: SimulatorServer, loop: asyncio.AbstractEventLoop) -> None:
        self._server, self._loop = server, loop
        self._unread = bytearray()
        self._waiting: asyncio.TimerHandle | None = None  # for the time of an answer to come

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._server.conversations.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._server.conversations.discard(self)
        if self._waiting:
            self._waiting.cancel()

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if self._waiting is None:
            self._go_on()
        elif len(self._unread) > MOST_UNREAD_BYTES:
            self.transport.pause_reading()

    def _go_on(self) -> None:
        """Answer what has come, as far as no answer has to wait for its time."""
        while self._unread and self._waiting is None and not self.transport.is_closing():
            try:
                asked = take_request(self._unread)
            except UnreadableError as error:
                self._send(error.reply, keeps_alive=False)
                return
            if asked is None:
                return
            self._answer(asked)

    def _answer(self, asked: Asked) -> None:
        reply = self._server.ask(asked)
        if reply.delay > 0:
            self._waiting = self._loop.call_later(reply.delay, self._in_time, reply, asked)
        else:
            self._end_with(reply, keeps_alive=asked.keeps_alive)

    def _in_time(self, reply: Reply, asked: Asked) -> None:
        self._waiting = None
        self._end_with(reply, keeps_alive=asked.keeps_alive)
        self.transport.resume_reading()
        self._go_on()

    def _end_with(self, reply: Reply, *, keeps_alive: bool) -> None:
        if reply.lose:
            self._drop()
        else:
            self._send(reply, keeps_alive=keeps_alive)

    def _send(self, reply: Reply, *, keeps_alive: bool) -> None:
        self.transport.write(written(reply))
        if not keeps_alive:
            self.transport.close()

    def _drop(self) -> None:
        """Close without an answer; the zero linger turns the goodbye into a reset."""
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
