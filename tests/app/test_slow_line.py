"""Over a slow line less is sent: as the user says, or as the terminal's own answer tells."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobtui.app.slow_line import AnswerTimer
from tests.app.conftest import Open
from tests.app.scripted_engine import FakeClock, ScriptedEngine, job

QUESTION = "\x1b[?2026$p"
ANSWER = "\x1b[?2026;2$y"


def test_an_answer_is_timed_from_its_question_and_told_once() -> None:
    timer = AnswerTimer()
    assert timer.heard(ANSWER, 1.0) is None
    timer.sent(f"\x1b[?1049h{QUESTION}", 10.0)
    assert timer.heard("j", 10.2) is None
    assert timer.heard(ANSWER, 10.5) == pytest.approx(0.5)
    assert timer.heard(ANSWER, 11.0) is None


def test_an_answer_in_two_pieces_is_one() -> None:
    timer = AnswerTimer()
    timer.sent(QUESTION, 0.0)
    assert timer.heard(ANSWER[:5], 0.3) is None
    assert timer.heard(ANSWER[5:], 0.4) == pytest.approx(0.4)


async def test_a_terminal_that_answers_late_gets_less_and_the_user_hears_of_it(opened: Open) -> None:
    async with opened() as app:
        app.app.terminal_answered(0.02)
        await app.settle()
        assert app.app.console.color_system != "256"
        app.app.terminal_answered(0.9)
        app.app.terminal_answered(0.9)
        await app.settle()
        assert app.said().count("took 0.9 s to answer") == 1
        assert (app.app.console.color_system, app.app.animation_level) == ("256", "none")


@pytest.mark.parametrize("decided", [True, False])
async def test_what_the_user_decided_holds_however_the_terminal_answers(opened: Open, decided: bool) -> None:
    async with opened(slow_line=decided) as app:
        app.app.terminal_answered(5.0)
        await app.settle()
        assert "slow line" not in app.said()
        assert (app.app.console.color_system == "256") is decided


async def test_ages_stand_still_until_something_else_changes(
    opened: Open, engine: ScriptedEngine, clock: FakeClock
) -> None:
    async with opened(slow_line=True) as app:
        assert app.main._ticking is None
        before = app.main.now
        clock.advance(5)
        await app.settle()
        assert app.main.now == before
        engine.publish(job("graph:1"))
        await app.settle()
        assert before is not None
        assert app.main.now == before + timedelta(seconds=5)
    async with opened() as app:
        assert app.main._ticking is not None
        app.main.stand_still()


async def test_news_come_once_a_second_over_a_slow_line(opened: Open, clock: FakeClock) -> None:
    asked: list[float] = []
    plain = clock.sleep

    async def sleep(seconds: float) -> None:
        asked.append(seconds)
        await plain(seconds)

    clock.sleep = sleep  # type: ignore[method-assign]
    for slow, seconds, other in ((True, 1.0, 0.2), (False, 0.2, 1.0)):
        asked.clear()
        async with opened(slow_line=slow) as app:
            app.main.engine.set_automatic(slow)
            await app.settle()
        assert seconds in asked
        assert other not in asked
