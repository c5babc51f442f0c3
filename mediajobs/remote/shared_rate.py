"""One rate for all workers of an app on all machines, kept in Redis; else each keeps its own."""

import logging
import threading
import time
from collections.abc import Callable

from pyrate_limiter import GCRA, Rate, RateItem, RedisStateStore, StateBucket
from redis import Redis, RedisError

logger = logging.getLogger(__name__)

KEY = "mediajobs:media-api-rate:"  # and the place of the app's secrets
BURST = 0.1  # seconds' worth of calls that may go out at once
PATIENCE = 1.0  # seconds for Redis to answer
LEFT_ALONE = 10.0  # seconds after it did not


class SharedRate:
    """Asks Redis for leave before each call; one thread of a process asks at a time."""

    def __init__(
        self,
        url: str,
        place: str,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        redis = Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None
        )
        rate = Rate(int(per_second), 1000, burst=max(1, int(per_second * BURST)))
        self._key = KEY + place
        store = RedisStateStore(redis, self._key)
        self._bucket = StateBucket([rate], algorithm=GCRA(), store=store)
        self._clock, self._sleep = clock, sleep
        self._asking = threading.Lock()
        self._left_alone_until = 0.0

    def wait(self, seconds: float) -> bool:
        """Wait for leave; say whether it came within `seconds`.

        Where Redis does not answer leave is given, with a line in the log: the process's own
        limit still holds, and the remote can still ask for fewer calls.
        """
        ends_at = self._clock() + seconds
        if not self._asking.acquire(timeout=max(0.0, seconds)):
            return False
        try:
            return self._clock() < self._left_alone_until or self._ask(ends_at)
        except RedisError as error:
            self._left_alone_until = self._clock() + LEFT_ALONE
            logger.warning("each worker keeps its own rate, since Redis does not answer: %s", error)
            return True
        finally:
            self._asking.release()

    def _ask(self, ends_at: float) -> bool:
        while True:
            call = RateItem(self._key, self._bucket.now())
            if self._bucket.put(call):
                return True
            wait = max(1, self._bucket.waiting(call)) / 1000
            if self._clock() + wait > ends_at:
                return False
            self._sleep(wait)
