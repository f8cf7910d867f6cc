"""Leaving in good order when the machine says so: the terminal is restored, and the exit code tells which signal."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LEAVING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""What ends the app; SIGHUP is the one of a dropped SSH connection."""


def exit_code(number: signal.Signals) -> int:
    """The code that shells give to a process that a signal ended."""
    return 128 + number


@contextmanager
def leave_on_signals(leave: Callable[[int], None]) -> Iterator[None]:
    """Call `leave` with the exit code when a signal asks to end; only in the main thread, where signals arrive.

    The handlers run in the event loop, between two callbacks, so that Textual closes as it does on a key.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in LEAVING:
        loop.add_signal_handler(number, leave, exit_code(number))
    try:
        yield
    finally:
        for number in LEAVING:
            loop.remove_signal_handler(number)
