"""A Redis of the drills' own, on a free port, that can be killed and started again."""

import contextlib
import random
import shutil
import socket
import subprocess

from tests.running import wait_until

#: Nobody is given these by the system: a port that is left for a while stays free, and a client
#: that tries it meanwhile is not connected to itself.
PORTS = range(20000, 32000)


def lasting_port():
    """Find a port that is free, and will be while its server is away."""
    for port in random.sample(PORTS, 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError(f"none of 100 ports in {PORTS} is free")


class Broker:
    def __init__(self, folder):
        self._folder, self._port = folder, lasting_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: apt install redis-server"
        command = [program, "--bind", "127.0.0.1", "--port", str(self._port)]
        # What it held is gone when it comes back, as after the loss of a machine.
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, 20)

    def kill(self):
        self._process.kill()
        self._process.wait()

    def _answers(self):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._port), timeout=1) as redis,
        ):
            redis.sendall(b"PING\r\n")
            return redis.recv(16) == b"+PONG\r\n"
        return False
