"""What jobtui itself costs: what it takes of the machine, sends to the terminal and asks of services."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from pathlib import Path

from msgspec import Struct

from jobtui.app.transfers import size_words

_SPAN_S = 5.0
"""Rates are told over so long: a second alone jumps about."""
_PAGES = Path("/proc/self/statm")


class Spent(Struct, frozen=True):
    """What was spent since the start."""

    at_s: float
    """Monotonic seconds."""
    cpu_s: float
    """Of all threads."""
    engine_cpu_s: float | None
    """Of the engine's thread; `None` where that can't be told."""
    frames: int
    sent_bytes: int
    requests: int


class Costs:
    """The latest seconds, in words."""

    def __init__(self) -> None:
        self._spent: deque[Spent] = deque()

    def words(self, spent: Spent, memory_bytes: int | None) -> str:
        """What the last seconds took.

        Args:
            spent: All that was spent by now.
            memory_bytes: What is held now; `None` where that can't be told.
        """
        while len(self._spent) > 1 and spent.at_s - self._spent[1].at_s >= _SPAN_S:
            self._spent.popleft()
        self._spent.append(spent)
        first = self._spent[0]
        span_s = spent.at_s - first.at_s
        if span_s <= 0:
            return "measuring…"
        frames, sent = spent.frames - first.frames, spent.sent_bytes - first.sent_bytes
        requests = spent.requests - first.requests
        parts = [f"{100 * (spent.cpu_s - first.cpu_s) / span_s:.1f} % CPU"]
        if memory_bytes is not None:
            parts.append(size_words(memory_bytes))
        parts.append(f"{frames / span_s:.1f} frames/s, {size_words(round(sent / span_s))}/s to the terminal")
        parts.append(f"{60 * requests / span_s:.0f} requests/min")
        if requests and spent.engine_cpu_s is not None and first.engine_cpu_s is not None:
            parts.append(f"{1000 * (spent.engine_cpu_s - first.engine_cpu_s) / requests:.1f} ms each")
        return " · ".join(parts)


def spent_now(frames: int, sent_bytes: int, requests: int) -> Spent:
    """What this process spent by now, with what its driver and its engine counted."""
    return Spent(time.monotonic(), time.process_time(), _cpu_s_of("jobtui-engine"), frames, sent_bytes, requests)


def memory_bytes() -> int | None:
    """What this process holds in memory; `None` where the system doesn't tell."""
    try:
        return int(_PAGES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _cpu_s_of(thread_name: str) -> float | None:
    for thread in threading.enumerate():
        if thread.name == thread_name and thread.ident is not None:
            try:
                return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            except (AttributeError, OSError):
                # Some systems have no clock for a single thread.
                return None
    return None
