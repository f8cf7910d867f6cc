"""The health line: each source's state without colour, its troubles with their countdown, totals and caps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Health
from tests.app.conftest import Open
from tests.app.scripted_engine import EVO, GRAPH, MEDIA, NOW, ScriptedEngine, job


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (Health.OK, "● evo"),
        (Health.BUSY, "◐ evo waits"),
        (Health.DOWN, "○ evo not reachable"),
        (Health.SIGNED_OUT, "○ evo signed out"),
        (Health.BROKEN, "○ evo can't work as configured"),
        (Health.STARTING, "◌ evo no answer yet"),
    ],
)
async def test_each_health_has_a_glyph_and_a_word(
    opened: Open, engine: ScriptedEngine, health: Health, words: str
) -> None:
    engine.set_status(replace(EVO, health=health))
    async with opened() as app:
        assert words in app.text("#health")


async def test_a_source_that_was_not_heard_for_minutes_is_not_called_well(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(EVO, last_ok_at=NOW))
    async with opened() as app:
        for ago_s, words in ((119, "● evo 1 running"), (120, "◌ evo 1 running last answer 2 min ago")):
            engine.set_status(replace(EVO, last_ok_at=NOW - timedelta(seconds=ago_s)))
            await app.settle()
            assert words in app.text("#health")
        for width, words in ((60, "◌ evo last answer 2 min ago"), (46, "◌ evo 2 min ago"), (30, "◌ evo")):
            await app.pilot.resize_terminal(width, 30)
            await app.settle()
            assert words in app.text("#health")
        # Without a job to ask about, silence is no sign of trouble; but it is soon none of health either.
        await app.pilot.resize_terminal(100, 30)
        for state, ago_s, words in (
            (JobState.LOST, 119, "● evo 0 running"),
            (JobState.SUCCEEDED, 29, "● evo 0 running"),
            (JobState.SUCCEEDED, 30, "◌ evo 0 running idle"),
        ):
            engine.publish(job("evo:geostatistics/kriging/9b2f", state))
            engine.set_status(replace(EVO, last_ok_at=NOW - timedelta(seconds=ago_s)))
            await app.settle()
            assert words in app.text("#health")


async def test_h9_a_wait_is_counted_down(opened: Open, engine: ScriptedEngine) -> None:
    waiting = replace(MEDIA, health=Health.BUSY, detail="429", next_try_at=NOW + timedelta(seconds=12))
    engine.set_status(waiting)
    async with opened() as app:
        assert "◐ media 429 again in 12 s" in app.text("#health")
        app.clock.advance(5)
        app.main._tick()
        await app.settle()
        assert "again in 7 s" in app.text("#health")
        app.clock.advance(6.5)
        app.main._tick()
        await app.settle()
        assert "◐ media 429" in app.text("#health")
        assert "again in" not in app.text("#health")


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (160, "not reachable again in 3 s"),
        (100, "○ graph not reachable   ○ evo not reachable"),
        (60, "○ graph   ○ evo"),
    ],
)
async def test_where_the_reason_has_no_room_a_plain_word_stands_for_it(
    opened: Open, engine: ScriptedEngine, width: int, words: str
) -> None:
    for status in engine.sources:
        down = replace(status, health=Health.DOWN, detail="127.0.0.1:7400: the connection was refused. " * 2)
        engine.set_status(replace(down, next_try_at=NOW + timedelta(seconds=3), read_only=False))
    async with opened(size=(width, 30)) as app:
        assert words in app.text("#health")
        assert "127.0.0.1" not in app.text("#health")


async def test_a_long_reason_is_told_as_far_as_it_can_be_read(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(EVO, health=Health.SIGNED_OUT, detail="asking for the tasks: Unauthorized. " * 3))
    async with opened(size=(160, 30)) as app:
        assert "○ evo asking for the tasks: Unauthorized. asking" in app.text("#health")


async def test_s5_read_only_and_unverified_tls_are_shown_all_the_time(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(GRAPH, read_only=True, tls_verified=False))
    for width in (60, 100, 160):
        async with opened(size=(width, 30)) as app:
            assert "graph read-only TLS off" in app.text("#health")


async def test_s5_unverified_tls_is_told_where_the_source_has_no_room(opened: Open, engine: ScriptedEngine) -> None:
    for status in engine.sources:
        engine.set_status(replace(status, health=Health.DOWN, detail="no route to host " * 5, read_only=True))
    engine.set_status(replace(engine.snapshot.sources[-1], tls_verified=False))
    engine.set_notice("the store can't be written " * 3)
    for width in (30, 60, 100):
        async with opened(size=(width, 30)) as app:
            assert app.text("#health").startswith(" TLS off")


@pytest.mark.parametrize("size", [(60, 20), (120, 40), (180, 40)])
@pytest.mark.parametrize("pane", ["1", "3"])
async def test_s5_unverified_tls_is_told_over_a_zoomed_pane_too(
    opened: Open, engine: ScriptedEngine, size: tuple[int, int], pane: str
) -> None:
    engine.set_status(replace(GRAPH, tls_verified=False))
    async with opened(size=size) as app:
        await app.press(pane, "z")
        assert app.screen_text().startswith(" TLS off")
        assert len(app.text("#health").splitlines()) == 1
        engine.set_status(GRAPH)
        await app.settle()
        assert "jobtui" not in app.screen_text()


async def test_counts_latency_and_totals_follow_the_jobs(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        assert "● graph 1 running 10 ms" in app.text("#health")
        assert "5 jobs" in app.text("#health")
        engine.publish(job("graph:30712", JobState.FAILED), job("graph:a"), job("graph:b"))
        await app.settle()
        assert "● graph 2 running" in app.text("#health")
        assert "7 jobs" in app.text("#health")
        assert "✗ 2 failed" in app.text("#health")


async def test_a_latency_that_wavers_is_told_for_a_while(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        for latency_ms, told in ((5.0, "10 ms"), (5.0, "<10 ms"), (11.0, "<10 ms"), (11.0, "10 ms")):
            app.clock.advance(1)
            engine.set_status(replace(GRAPH, latency_ms=latency_ms))
            await app.settle()
            assert f"● graph 1 running {told} " in app.text("#health")


async def test_j7_a_list_that_is_cut_off_says_so(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(GRAPH, total_jobs=1240))
    async with opened() as app:
        assert "graph 2 of 1,240" in app.text("#health")


async def test_d3_a_fault_of_the_engine_is_told(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_notice("the store can't be written")
    async with opened() as app:
        assert "the store can't be written" in app.text("#health")


@pytest.mark.parametrize("width", [20, 60, 80, 100, 140, 170, 240])
async def test_many_sources_never_break_the_line(engine: ScriptedEngine, opened: Open, width: int) -> None:
    for status in engine.sources:
        engine.set_status(replace(status, health=Health.DOWN, detail="no route to host " * 5, read_only=True))
    async with opened(size=(width, 30)) as app:
        lines = app.text("#health").splitlines()
        assert len(lines) == (1 if width >= 170 else 2)
        assert all(len(line) <= width for line in lines)
