"""Coming back: one line about what ended meanwhile, the jobs behind it on a key, and no bell for old news."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobtui.app.news import Arrival, news_words
from jobtui.core.errors import Unreachable
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, RemoteFile, Result
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Health, News
from tests.app.conftest import Open
from tests.app.scripted_engine import EVO, GRAPH, MEDIA, NOW, FakeClock, ScriptedEngine, job

DONE = job("graph:30711", JobState.SUCCEEDED, name="pagerank")
FAILED = job("evo:geostatistics/break-ties/77aa", JobState.FAILED, name="break-ties")
VIDEO = job("media:minimax/1", JobState.SUCCEEDED, name="Hailuo")
EXPIRING = replace(MEDIA, capabilities=replace(MEDIA.capabilities, results_expire=True))
LEFT = NOW - timedelta(hours=2)


def with_link(job_id: JobId, *expiries: datetime | None) -> Result:
    contents = [RemoteFile("https://cdn.example/x", expires_at=moment) for moment in expiries]
    return Result(job_id, tuple(Artifact(f"{n}.mp4", "video/mp4", one) for n, one in enumerate(contents)))


@pytest.mark.parametrize(
    ("states", "expiries", "words"),
    [
        ((), (), ""),
        ((JobState.SUCCEEDED,), (), "Since you left (2 h ago): 1 done"),
        (
            (JobState.FAILED, *[JobState.SUCCEEDED] * 3),
            (timedelta(hours=2),),
            "Since you left (2 h ago): 3 done, 1 failed, 1 result expires in 2 h",
        ),
        (
            (JobState.SUCCEEDED, JobState.CANCELLED),
            (timedelta(hours=9), timedelta(minutes=20), timedelta(seconds=-1)),
            "Since you left (2 h ago): 1 done, 1 cancelled, 2 results expire, the first in 20 min",
        ),
        ((JobState.LOST,), (timedelta(seconds=-1),), "Since you left (2 h ago): 1 lost"),
    ],
)
def test_the_line_counts_the_ends_and_warns_of_what_goes(
    states: tuple[JobState, ...], expiries: tuple[timedelta, ...], words: str
) -> None:
    ended = tuple(job(f"graph:{number}", state) for number, state in enumerate(states))
    assert news_words(News(LEFT, ended), [NOW + left for left in expiries], NOW) == words


async def test_coming_back_is_greeted_with_the_news_and_cut_downloads_and_no_bell(
    opened: Open, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.news = News(LEFT, (DONE, FAILED))
    for name, moment in (
        (".clip.mp4.0123456789ab.part", NOW),
        (".old.mp4.0123456789ab.part", LEFT - timedelta(days=1)),
    ):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment.timestamp(),) * 2)
    async with opened(download_dir=tmp_path) as app:
        for _ in range(50):
            if "Cut off" in app.said():
                break
            await app.settle()
        assert f"Cut off in {tmp_path}: clip.mp4. D on the same result goes on" in app.said()
        assert "Since you left (2 h ago): 1 done, 1 failed. n shows them." in app.said()
        assert app.terminal == []
        assert engine.asked("look") == [()]


@pytest.mark.parametrize("news", [None, News(LEFT, ())])
async def test_at_the_first_start_and_without_news_nothing_is_said(
    opened: Open, engine: ScriptedEngine, news: News | None
) -> None:
    engine.news = news
    async with opened() as app:
        assert engine.asked("look") == [()]
        assert app.said() == ""
        await app.press("n")
        assert "Nothing ended between your last look and this one" in app.said()


async def test_n_shows_only_the_news_and_then_the_filter_from_before(opened: Open, engine: ScriptedEngine) -> None:
    engine.news = News(LEFT, (DONE, FAILED))
    async with opened() as app:
        await app.press("n")
        assert app.main.jobs.shown == 2
        assert "since:left" in app.screen_text()
        engine.publish(job("graph:9", JobState.SUCCEEDED), replace(DONE, message="seen again"))
        await app.settle()
        assert app.main.jobs.shown == 2
        await app.press("n")
        assert app.main.jobs.shown == app.main.jobs.total
        await app.press("n", "escape")
        assert app.main.jobs.shown == app.main.jobs.total


async def test_the_news_wait_for_every_source_s_first_answer(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(EVO, health=Health.STARTING))
    engine.news = News(LEFT, (DONE,))
    async with opened() as app:
        engine.publish(job("graph:30712", JobState.SUCCEEDED, name="fraud_rank"))
        await app.settle()
        assert engine.asked("look") == []
        assert app.said() == ""
        engine.set_status(EVO)
        await app.settle()
        assert "Since you left" in app.said()
        # It ended while everyone was still being asked, and isn't among the news: told as any other end.
        assert "fraud_rank succeeded" in app.said()
        assert app.terminal == ["\x07"]


async def test_what_is_news_does_not_ring_besides(opened: Open, engine: ScriptedEngine) -> None:
    engine.set_status(replace(EVO, health=Health.STARTING))
    async with opened(on_finish="/nonexistent/hook") as app:
        ended = job("graph:30712", JobState.SUCCEEDED, name="fraud_rank")
        engine.news = News(LEFT, (ended,))
        engine.publish(ended)
        await app.settle()
        engine.set_status(EVO)
        await app.settle()
        assert "1 done" in app.said()
        assert "fraud_rank succeeded" not in app.said()
        assert app.terminal == []
        # The user's command runs for every end that is seen, whenever that is.
        for _ in range(50):
            if "on_finish" in app.said():
                break
            await app.settle()
        assert "on_finish: there is no program" in app.said()


async def test_a_source_that_never_answers_does_not_hold_the_news_for_ever(
    opened: Open, engine: ScriptedEngine, clock: FakeClock
) -> None:
    engine.set_status(replace(EVO, health=Health.STARTING))
    async with opened() as app:
        clock.advance(21)
        engine.publish(job("graph:30712", JobState.SUCCEEDED, name="fraud_rank"))
        await app.settle()
        assert "fraud_rank succeeded" in app.said()


async def test_only_sources_whose_results_expire_are_asked_and_the_first_link_counts(clock: FakeClock) -> None:
    engine = ScriptedEngine(sources=(GRAPH, EVO, EXPIRING))
    engine.results = {VIDEO.id: with_link(VIDEO.id, NOW + timedelta(hours=9), NOW + timedelta(hours=1), None)}
    arrival = Arrival(engine, clock)
    failed = job("media:minimax/2", JobState.FAILED)
    assert await arrival.expiries(News(LEFT, (DONE, FAILED, failed, VIDEO))) == [NOW + timedelta(hours=1)]
    assert engine.asked("fetch_result") == [(VIDEO.id, None, 1)]


async def test_a_result_that_can_not_be_read_costs_only_its_own_warning(clock: FakeClock) -> None:
    engine = ScriptedEngine(sources=(EXPIRING,))
    other = job("media:minimax/3", JobState.SUCCEEDED)
    engine.results = {other.id: with_link(other.id, NOW + timedelta(hours=3))}
    engine.error = Unreachable("no route")
    assert await Arrival(engine, clock).expiries(News(LEFT, (VIDEO, other))) == [NOW + timedelta(hours=3)]


async def test_an_engine_that_ends_meanwhile_leaves_the_ends_to_be_told(clock: FakeClock) -> None:
    engine = ScriptedEngine()
    arrival = Arrival(engine, clock)
    assert list(arrival.hold([DONE])) == []
    engine.error = Unreachable("ending")
    assert await arrival.look() == (None, [DONE])
    assert list(arrival.hold([FAILED])) == [FAILED]
