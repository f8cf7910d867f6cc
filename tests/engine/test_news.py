"""What ended while nobody looked: told once, by whoever looks first, and of no source that could not be looked at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from jobtui.core.errors import Unreachable
from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from jobtui.engine.snapshot import News
from jobtui.providers.base import Observation
from tests.engine.running import engine, status
from tests.fakes import START, FakeClock, FakeProvider, look

DONE, FAILED, RUNNING = JobState.SUCCEEDED, JobState.FAILED, JobState.RUNNING
AWAY_S = 7200.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


def evo(clock: FakeClock, *answers: Observation, native: str = "1") -> FakeProvider:
    return FakeProvider("evo", clock, jobs={native: [*answers]})


def graph(clock: FakeClock, *answers: Observation) -> FakeProvider:
    return FakeProvider("graph", clock, pages=[[*answers]])


def ids(news: News | None) -> list[str]:
    assert news is not None
    return [str(job.id) for job in news.ended]


async def looked(clock: FakeClock, path: Path, *providers: FakeProvider, track: bool = False) -> News | None:
    """One program's life: start, first answers, a look, and some minutes of watching."""
    async with engine(clock, *providers, path=path) as running:
        if track:
            await running.track("evo", ["1"])
        await clock.advance(3)
        news = await running.look()
        await clock.advance(200)
        return news


async def test_at_the_first_look_there_is_no_news(clock: FakeClock, path: Path) -> None:
    assert await looked(clock, path, graph(clock, look("graph:1", DONE, raw=None, finished_at=START))) is None


async def test_what_ended_meanwhile_is_told_once_though_the_service_tells_no_time(clock: FakeClock, path: Path) -> None:
    await looked(clock, path, evo(clock, look("evo:1")), track=True)
    left_at = clock.now()
    clock.skip(AWAY_S)
    news = await looked(clock, path, evo(clock, look("evo:1", FAILED)))
    assert ids(news) == ["evo:1"]
    assert news is not None
    assert left_at - timedelta(seconds=1) <= news.since <= left_at
    assert news.ended[0].state is FAILED
    assert ids(await looked(clock, path, evo(clock, look("evo:1", FAILED)))) == []


async def test_what_ended_before_anyone_left_is_no_news(clock: FakeClock, path: Path) -> None:
    provider = evo(clock, look("evo:1"), look("evo:1"), look("evo:1", DONE))
    await looked(clock, path, provider, track=True)
    clock.skip(AWAY_S)
    assert ids(await looked(clock, path, evo(clock, look("evo:1", DONE)))) == []


async def test_of_jobs_that_a_list_brings_for_the_first_time_only_the_new_ones_are_news(
    clock: FakeClock, path: Path
) -> None:
    await looked(clock, path, graph(clock, look("graph:1", DONE, raw=None, finished_at=START)))
    clock.skip(AWAY_S)
    now = clock.now()
    old = look("graph:2", DONE, raw=None, finished_at=START - timedelta(days=9))
    timeless = look("graph:3", DONE, raw=None)
    new = look("graph:4", FAILED, raw=None, finished_at=now - timedelta(hours=1))
    made_since = look("graph:5", DONE, raw=None, created_at=now - timedelta(minutes=5))
    assert sorted(ids(await looked(clock, path, graph(clock, old, timeless, new, made_since)))) == [
        "graph:4",
        "graph:5",
    ]


async def test_a_service_whose_clock_is_behind_loses_no_news(clock: FakeClock, path: Path) -> None:
    await looked(clock, path, graph(clock, look("graph:1", raw=None)))
    wrong = clock.now() - timedelta(days=1)
    clock.skip(AWAY_S)
    assert ids(await looked(clock, path, graph(clock, look("graph:1", DONE, raw=None, finished_at=wrong)))) == [
        "graph:1"
    ]


async def test_what_a_verb_saw_while_nobody_looked_is_news_all_the_same(clock: FakeClock, path: Path) -> None:
    await looked(clock, path, evo(clock, look("evo:1")), track=True)
    clock.skip(AWAY_S)
    async with engine(clock, evo(clock, look("evo:1", DONE)), path=path) as waiting:
        await clock.advance(30)
        assert waiting.snapshot.jobs[JobId("evo", "1")].state is DONE
    clock.skip(AWAY_S)
    assert ids(await looked(clock, path, evo(clock, look("evo:1", DONE)))) == ["evo:1"]


async def test_with_two_programs_at_once_only_the_one_that_looks_first_tells(clock: FakeClock, path: Path) -> None:
    await looked(clock, path, evo(clock, look("evo:1")), track=True)
    clock.skip(AWAY_S)
    async with engine(clock, evo(clock, look("evo:1", DONE)), path=path) as first:
        await clock.advance(3)
        async with engine(clock, evo(clock, look("evo:1", DONE)), path=path) as second:
            await clock.advance(3)
            assert ids(await first.look()) == ["evo:1"]
            assert ids(await second.look()) == []
        assert ids(await looked(clock, path, evo(clock, look("evo:1", DONE)))) == []


async def test_a_source_that_was_down_is_told_of_when_it_is_back(clock: FakeClock, path: Path) -> None:
    await looked(clock, path, evo(clock, look("evo:1")), graph(clock), track=True)
    clock.skip(AWAY_S)
    down = evo(clock, look("evo:1"))
    down.down = lambda _at_s: Unreachable("no route to evo")
    async with engine(clock, down, graph(clock), path=path) as running:
        await clock.advance(3)
        assert status(running, "evo").last_ok_at is None
        assert ids(await running.look()) == []
        await clock.advance(100)
    clock.skip(AWAY_S)
    assert ids(await looked(clock, path, evo(clock, look("evo:1", DONE)), graph(clock))) == ["evo:1"]


async def test_a_source_that_was_left_out_is_told_of_when_it_is_looked_at_again(clock: FakeClock, path: Path) -> None:
    await looked(clock, path, evo(clock, look("evo:1")), graph(clock), track=True)
    clock.skip(AWAY_S)
    assert ids(await looked(clock, path, graph(clock))) == []
    assert ids(await looked(clock, path, evo(clock, look("evo:1", DONE)), graph(clock))) == ["evo:1"]


async def test_what_was_forgotten_is_not_told(clock: FakeClock, path: Path) -> None:
    await looked(clock, path, evo(clock, look("evo:1")), track=True)
    clock.skip(AWAY_S)
    async with engine(clock, evo(clock, look("evo:1", DONE)), path=path) as running:
        await clock.advance(3)
        await running.forget([JobId("evo", "1")])
        assert ids(await running.look()) == []


async def test_an_unreadable_store_is_no_reason_to_fail(clock: FakeClock) -> None:
    async with engine(clock, evo(clock, look("evo:1")), path=Path("/dev/null/jobs.db")) as running:
        assert await running.look() is None
