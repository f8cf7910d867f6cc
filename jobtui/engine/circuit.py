"""When a source that fails is asked again."""

from __future__ import annotations

import random

_WAITS_S = ((2.0, 3.0), (4.0, 6.0), (7.0, 10.0), (8.0, 10.0))
"""Bounds of the wait after the first, second … failure; the last pair holds for all later ones.

The lower bounds add up to a minute over nine waits, so a source that is down for a minute gets at most eight probes
after the up to four requests that met the outage; the upper ones see it back within ten seconds.
"""

_LONGEST_RETRY_AFTER_S = 3600.0


class Circuit:
    """Open while a source fails: then nothing is asked until the wait is over, and after it one request at a time."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.failures = 0
        """Waits in a row; requests that were under way together count once."""
        self.until = 0.0
        """Monotonic seconds before which nothing is asked by itself."""
        self._ordered_until = 0.0
        self._opened_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last that was heard is a failure."""
        return self.failures > 0

    def wait_s(self, now: float) -> float:
        """Seconds until polling may ask again."""
        return max(0.0, max(self.until, self._ordered_until) - now)

    def ordered_wait_s(self, now: float) -> float:
        """Seconds that the service itself asked to wait: these bind the user's requests too."""
        return max(0.0, self._ordered_until - now)

    def failed(self, now: float, sent_at: float, retry_after_s: float | None) -> None:
        """A request that was sent at `sent_at` came back as "later"."""
        if retry_after_s is not None:
            # Never early: the jitter only adds.
            wait_s = min(max(0.0, retry_after_s), _LONGEST_RETRY_AFTER_S) + self._rng.uniform(0.05, 0.5)
            self._ordered_until = max(self._ordered_until, now + wait_s)
        if self.failures and sent_at < self._opened_at:
            return
        low_s, high_s = _WAITS_S[min(self.failures, len(_WAITS_S) - 1)]
        self.failures += 1
        self._opened_at = now
        self.until = now + self._rng.uniform(low_s, high_s)

    def succeeded(self) -> None:
        """The source answered: polling goes on, once a wait that the service asked for is over."""
        self.failures = 0
        self.until = 0.0
