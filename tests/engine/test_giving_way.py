"""The screen goes first."""

from __future__ import annotations

import asyncio

import pytest

from jobtui.engine.giving_way import WAY_S, GivesWay


class _Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_a_turn_waits_for_the_screen_and_the_next_ones_no_more() -> None:
    time = _Time()
    loop = asyncio.SelectorEventLoop(selector := GivesWay(monotonic=time.monotonic, sleep=time.sleep))
    try:
        loop.run_until_complete(asyncio.sleep(0))
        assert time.slept == []
        selector.give_way()
        time.now += WAY_S / 3
        loop.run_until_complete(asyncio.sleep(0))
        assert time.slept == [pytest.approx(WAY_S * 2 / 3)]
    finally:
        loop.close()
