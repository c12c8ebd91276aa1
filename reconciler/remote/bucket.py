"""How many requests in a second, over all threads together."""

import threading

from reconciler.remote.access import Timing


class Bucket:
    """Holds one second's worth of requests, so that a handful never waits."""

    def __init__(self, per_second: int, timing: Timing) -> None:
        self._rate = float(per_second)
        self._timing = timing
        self._lock = threading.Lock()
        self._left = self._rate
        self._seen = timing.now()

    def take(self) -> None:
        """Wait until one more request may go out."""
        with self._lock:
            now = self._timing.now()
            self._left = min(self._rate, self._left + (now - self._seen) * self._rate)
            self._seen = now
            self._left -= 1
            wait = -self._left / self._rate
        if wait > 0:
            self._timing.sleep(wait)
