from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest
from textual.app import App

from jobtui.app.terminal import TerminalDriver


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
