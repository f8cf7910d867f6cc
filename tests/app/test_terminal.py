from __future__ import annotations

import asyncio
import os
import pty
import signal
import threading
import tty
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.message import Message

from jobtui.app.app import JobTui
from jobtui.app.background import QUESTION
from jobtui.app.graphics import Graphics
from jobtui.app.terminal import TerminalDriver
from tests.app.scripted_engine import ScriptedEngine


@pytest.fixture
def _signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGTSTP, signal.SIGCONT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals_as_before")
async def test_a_signal_to_go_on_in_the_middle_of_a_write_waits_for_its_end() -> None:
    came_back: list[bool] = []

    class Driver(TerminalDriver):
        def resume_application_mode(self) -> None:
            came_back.append(True)

    driver = Driver(App[object]())
    with driver._write_lock:
        signal.raise_signal(signal.SIGCONT)
        assert came_back == []
    await asyncio.sleep(0)
    assert came_back == [True]


class Listener(App[object]):
    """An app that notes what the driver tells it."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.write_to_terminal: Callable[[str], None] = self.heard.append
        self.set_mouse: Callable[[bool], None] | None = None
        self.terminal_speaks: Callable[[], None] = lambda: None
        self.terminal_traffic: Callable[[], tuple[int, int]] = lambda: (0, 0)

    def terminal_answered(self, seconds: float) -> None:
        self.heard.append(seconds)

    def terminal_shows(self, graphics: Graphics, cell_pixels: tuple[int, int] | None) -> None:
        self.heard.append(graphics)

    def terminal_has_background(self, *, is_light: bool) -> None:
        self.heard.append("light" if is_light else "dark")

    def call_later(self, callback: Callable[..., object], *args: object, **named: object) -> bool:
        callback(*args, **named)
        return True

    def post_message(self, message: Message) -> bool:
        if isinstance(message, events.Key):
            self.heard.append(message.key)
        return True


@pytest.mark.usefixtures("_signals_as_before")
async def test_the_background_is_told_between_keys_and_asked_for_again_when_it_changes() -> None:
    app, asked, (mine, terminal) = Listener(), threading.Event(), pty.openpty()

    class Driver(TerminalDriver):
        def write(self, data: str) -> None:
            app.heard.append(data)
            asked.set()

    driver = Driver(app)
    driver.fileno = terminal
    tty.setraw(terminal)
    reader = threading.Thread(target=driver.run_input_thread)
    reader.start()
    try:
        os.write(mine, b"j\x1b]11;rgb:ffff/ffff/ffff\x1b\\k\x1b[?997;1n")
        assert await asyncio.to_thread(asked.wait, 10)
    finally:
        driver.exit_event.set()
        reader.join()
        os.close(mine)
        os.close(terminal)
    assert app.heard == ["j", "k", "light", QUESTION]


async def test_what_is_sent_is_counted_as_it_is_sent() -> None:
    app, (mine, terminal) = Listener(), pty.openpty()

    class Driver(TerminalDriver):
        @property
        def _output(self) -> int:
            return terminal

    tty.setraw(terminal)
    driver = Driver(app)
    try:
        driver.write("\x1b]2;é\x07")
        driver.write("\x07")
        assert app.terminal_traffic() == (2, 8)
    finally:
        driver.close()
        os.close(mine)
        os.close(terminal)


async def test_a_key_is_told_of_before_it_is_read() -> None:
    told: list[str] = []

    class Driver(TerminalDriver):
        def _read(self) -> bytes:
            told.append("read")
            return super()._read()

    reading, writing = os.pipe()
    try:
        app: Any = JobTui(ScriptedEngine(), when_used=lambda: told.append("used"))
        driver = Driver(app)
        driver.fileno = reading
        os.write(writing, b"j")
        os.close(writing)
        await asyncio.to_thread(driver.run_input_thread)
    finally:
        os.close(reading)
    assert told == ["used", "read", "used", "read"]
