"""The program on a machine whose wall clock is set forth and back all the time: `python -m tests.e2e.jumping`.

A process of its own, whose clock is another before anything of the program is loaded; the monotonic one is the
machine's.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta

from jobtui.core import clock

JUMPS_H = (0.0, 3.0, -2.0, 0.02, -26.0, 12.0)
EACH_S = 5.0


class JumpingClock(clock.SystemClock):
    """Wrong by another span every few seconds."""

    def now(self) -> datetime:
        """The wall time of a machine that can't decide on it."""
        turn = int(time.monotonic() / EACH_S) % len(JUMPS_H)
        return super().now() + timedelta(hours=JUMPS_H[turn])


if __name__ == "__main__":
    clock.SystemClock = JumpingClock  # type: ignore[misc]
    from jobtui.__main__ import start

    sys.exit(start())
