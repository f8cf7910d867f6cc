"""Leaving in good order when the machine says so: the terminal is restored, and the exit code tells which signal."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

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


@contextmanager
def signals_left_alone() -> Iterator[None]:
    """While another program has the terminal, its keys are meant for that program; what else asks to end waits.

    Ctrl-C and Ctrl-Backslash do nothing here. Ctrl-Z stops both, so that the shell gets the terminal. SIGTERM and
    SIGHUP are acted on once the terminal is ours again. Nothing of this is handed down to the other program.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def wait(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None] | signal.Handlers] = {
        signal.SIGINT: _ignore,
        signal.SIGQUIT: _ignore,
        signal.SIGTERM: wait,
        signal.SIGHUP: wait,
        signal.SIGTSTP: signal.SIG_DFL,
        signal.SIGCONT: signal.SIG_DFL,
    }
    # The loop hears of signals by this, whatever their handlers are meanwhile.
    wakeup = signal.set_wakeup_fd(-1)
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        for waited in waiting:
            signal.raise_signal(waited)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Not SIG_IGN, which the other program would inherit."""
