"""How many requests a source may get: exact in any minute, and spread over it."""

from __future__ import annotations

from collections import deque

_WINDOW_S = 60.0


class Budget:
    """All requests of one source in any 60 seconds, with a share kept for what the user asks for.

    Polling goes through a token bucket that spreads it over the minute; the user's own requests only have to fit into
    the minute. Times are monotonic seconds, given by the caller.
    """

    def __init__(self, max_per_minute: int | None) -> None:
        self._most = max_per_minute if max_per_minute and max_per_minute > 0 else None
        self._sent: deque[float] = deque()
        if self._most is not None:
            self._reserve = self._most // 10 or int(self._most >= 3)
            self._rate = (self._most - self._reserve) / _WINDOW_S
            self._burst = max(1.0, self._most / 6)
            self._tokens = self._burst
            self._filled_at: float | None = None

    def wait_s(self, now: float, *, background: bool) -> float:
        """Seconds until one more request fits; 0 is now.

        Args:
            now: Monotonic seconds.
            background: Whether it is polling, which leaves a share for the user and keeps to the bucket.
        """
        if self._most is None:
            return 0.0
        self._forget_old(now)
        room = self._most - (self._reserve if background else 0)
        window_s = 0.0
        if len(self._sent) >= room:
            window_s = max(0.0, self._sent[len(self._sent) - room] + _WINDOW_S - now)
        if not background:
            return window_s
        self._fill(now)
        bucket_s = 0.0 if self._tokens >= 1.0 else (1.0 - self._tokens) / self._rate
        return max(window_s, bucket_s)

    def spend(self, now: float, requests: int = 1) -> None:
        """Count requests that are sent now, or that turned out to have been sent."""
        if self._most is None:
            return
        self._fill(now)
        self._tokens -= requests
        self._sent.extend([now] * requests)

    def _forget_old(self, now: float) -> None:
        while self._sent and now - self._sent[0] >= _WINDOW_S:
            self._sent.popleft()

    def _fill(self, now: float) -> None:
        if self._filled_at is not None:
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        # Float dust must not leave a bucket a hair short of one token for ever.
        if 1.0 - 1e-9 < self._tokens < 1.0:
            self._tokens = 1.0
        self._filled_at = now
