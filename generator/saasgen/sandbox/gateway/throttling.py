"""Throttling: token buckets of the stage and of the methods that have settings of their own.

A method with its own limits has a bucket of its own; all others share the stage's (`*/*`).
"""

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic

from saasgen.sandbox.state.model import Throttle

_STAGE = "*/*"


class TokenBucket:
    """`burst` tokens at most, refilled at `rate` tokens per second."""

    def __init__(self, throttle: Throttle, now_s: Callable[[], float] = monotonic) -> None:
        self._throttle = throttle
        self._now_s = now_s
        self._tokens = float(throttle.burst)
        self._filled_at = now_s()
        self._lock = Lock()

    def take(self) -> bool:
        """Take a token; False if there is none."""
        with self._lock:
            now = self._now_s()
            refill = (now - self._filled_at) * self._throttle.rate
            self._tokens = min(float(self._throttle.burst), self._tokens + refill)
            self._filled_at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class Throttles:
    """The buckets of a stage."""

    def __init__(
        self, limits: Mapping[str, Throttle], now_s: Callable[[], float] = monotonic
    ) -> None:
        self._buckets = {method: TokenBucket(limit, now_s) for method, limit in limits.items()}

    def allow(self, path: str, verb: str) -> bool:
        """Whether one more request to a method is within its limit."""
        method = f"{path.strip('/')}/{verb}"
        bucket = self._buckets.get(method) or self._buckets.get(_STAGE)
        return bucket is None or bucket.take()
