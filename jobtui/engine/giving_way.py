"""An event loop's turns held back while the screen needs the interpreter.

Threads take turns in it, so that with hundreds of answers a second a key would wait for half of them.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable

WAY_S = 0.006
"""What the screen takes for a key, with nothing beside it."""


class GivesWay(selectors.DefaultSelector):
    """Waits for what comes, and then until the way is free."""

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._sleep = sleep
        self._until = 0.0

    def give_way(self) -> None:
        """Let the screen go first for a moment; called from any thread."""
        self._until = self._monotonic() + WAY_S

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, once the way is free."""
        ready = super().select(timeout)
        wait_s = self._until - self._monotonic()
        if wait_s > 0:
            self._sleep(wait_s)
        return ready
