"""While the user's own program has the terminal: its keys are its own, and the screen comes back in any case."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from textual.app import App, SuspendNotSupported

from jobtui.app.pager import edit_text, step_aside
from jobtui.app.signals import leave_on_signals, signals_left_alone
from jobtui.core.errors import UsageError


class Terminal:
    """In the place of an app: notes who has the terminal."""

    def __init__(self, *, can_suspend: bool = True) -> None:
        self.has_screen = True
        self._can_suspend = can_suspend

    @contextmanager
    def suspend(self) -> Iterator[None]:
        if not self._can_suspend:
            raise SuspendNotSupported
        self.has_screen = False
        # As Textual does it: what is raised inside keeps it from coming back.
        yield
        self.has_screen = True

    @property
    def app(self) -> App[object]:
        return cast("App[object]", self)


def test_the_screen_comes_back_after_a_program_that_can_not_be_started() -> None:
    terminal = Terminal()
    with pytest.raises(UsageError, match="no-such-editor can't be started"):
        edit_text(terminal.app, ["no-such-editor"], "text")
    assert terminal.has_screen


def test_what_was_done_beside_the_screen_is_returned_and_edits_are_kept() -> None:
    terminal = Terminal()
    assert step_aside(terminal.app, lambda: terminal.has_screen) is False
    assert edit_text(terminal.app, ["sed", "-i", "s/old/new/"], "old text") == "new text"
    assert terminal.has_screen


def test_a_terminal_that_can_not_be_handed_over_is_an_expected_error() -> None:
    with pytest.raises(UsageError, match="can't be handed to another program"):
        step_aside(Terminal(can_suspend=False).app, lambda: None)


async def turns() -> None:
    """Let the loop hear of signals."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_keys_that_send_signals_are_the_other_program_s_and_another_wish_to_end_waits_for_it() -> None:
    left: list[int] = []
    with leave_on_signals(left.append):
        with signals_left_alone():
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
                os.kill(os.getpid(), number)
                await turns()
            # Ctrl-Z has to stop both, or nobody has the terminal any more.
            assert signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
            assert left == []
        await turns()
        assert left == [128 + signal.SIGTERM]
        os.kill(os.getpid(), signal.SIGINT)
        await turns()
        assert left == [128 + signal.SIGTERM, 128 + signal.SIGINT]
