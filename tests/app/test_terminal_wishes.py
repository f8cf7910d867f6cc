"""What a user can ask of the terminal itself: a screen drawn anew, and its mouse."""

from __future__ import annotations

import pyte
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver

from jobtui.app.frames import FrameDiff
from jobtui.app.screens.help import HelpScreen
from tests.app.conftest import WIDE, Open


class Painted(HeadlessDriver):
    """A driver that paints, cut down as on the way to a real terminal."""

    def __init__(self, app: App[object]) -> None:
        super().__init__(app, size=WIDE)
        self.terminal = pyte.Screen(*WIDE)
        self._stream = pyte.Stream(self.terminal)
        self._frames = FrameDiff()

    @property
    def is_headless(self) -> bool:
        return False  # Headless, an app draws nothing at all.

    def write(self, data: str) -> None:
        self._stream.feed(self._frames.encode(data))

    def garble(self) -> None:
        """Write over the screen behind the app's back, as a message of another program does."""
        self._stream.feed("\x1b[5;1H" + "#" * 400)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.terminal.display]


async def test_ctrl_l_draws_over_whatever_another_program_wrote(opened: Open) -> None:
    async with opened() as app:
        shown = app.app._driver = Painted(app.app)  # type: ignore[arg-type]
        app.app.write_to_terminal = shown.write
        await app.pilot.press("ctrl+l")
        await app.settle()
        whole = shown.lines
        assert "fraud_rank" in "\n".join(whole)
        shown.garble()
        assert shown.lines != whole
        await app.pilot.press("ctrl+l")
        await app.settle()
        assert shown.lines == whole


async def test_ctrl_l_is_heard_in_dialogs_too(opened: Open) -> None:
    async with opened() as app:
        await app.press("question_mark")
        assert isinstance(app.app.screen, HelpScreen)
        before = len(app.terminal)
        await app.press("ctrl+l")
        assert app.terminal[before:] == ["\x1b[2J"]


async def test_m_gives_the_mouse_to_the_terminal_and_takes_it_back(opened: Open) -> None:
    async with opened() as app:
        told: list[bool] = []
        app.app.set_mouse = told.append
        await app.press("m")
        assert told == [False]
        assert "The mouse is the terminal's" in app.said()
        await app.press("m")
        assert told == [False, True]


async def test_without_the_mouse_m_takes_it(opened: Open) -> None:
    async with opened(mouse=False) as app:
        told: list[bool] = []
        app.app.set_mouse = told.append
        await app.press("m")
        assert told == [True]


async def test_where_nobody_can_give_the_mouse_away_m_says_so(opened: Open) -> None:
    async with opened() as app:
        await app.press("m")
        assert "can't be given away" in app.said()
