"""The engine in its thread, on the machine's own clock: these tests wait for events, never for time."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from jobtui.core.clock import SystemClock
from jobtui.core.errors import JobNotFound, SettingsError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Result, Text
from jobtui.core.states import JobState
from jobtui.engine.engine import Engine
from jobtui.engine.port import DownloadProgress, EnginePort, Kin
from jobtui.engine.snapshot import Snapshot
from jobtui.engine.source import Source
from jobtui.engine.store.store import Store
from jobtui.engine.thread import EngineStopped, EngineThread
from jobtui.providers.base import Observation
from tests.fakes import FakeClock, FakeProvider, job, look

ONE = JobId("evo", "1")


def factory(provider: FakeProvider) -> Callable[[], Awaitable[Engine]]:
    async def make() -> Engine:
        clock = SystemClock()
        source = Source(provider.source, provider)
        return Engine([source], Store(None, clock=clock), clock=clock, rng=random.Random(1))

    return make


@asynccontextmanager
async def running(provider: FakeProvider) -> AsyncIterator[EngineThread]:
    thread = EngineThread(factory(provider))
    thread.start()
    try:
        await thread.started()
        yield thread
    finally:
        assert await asyncio.to_thread(thread.stop)


async def until(thread: EnginePort, holds: Callable[[Snapshot], bool]) -> Snapshot:
    place = thread.subscribe()
    try:
        while not holds(snapshot := place.take().snapshot):
            await asyncio.wait_for(place.wait(), 10)
        return snapshot
    finally:
        place.close()


async def test_every_call_reaches_the_engine(clock: FakeClock, tmp_path: Path) -> None:
    note = Artifact("note", "text/plain", Text("hi"))
    provider = FakeProvider(
        "evo",
        clock,
        jobs={"1": [look("evo:1", raw=b"body")], "new": [look("evo:new")]},
        submits=[look("evo:new", JobState.QUEUED)],
        results=[Result(ONE, (note,))],
    )
    async with running(provider) as thread:
        assert await thread.track("evo", ["1"]) == (ONE,)
        await until(thread, lambda snapshot: ONE in snapshot.jobs and snapshot.jobs[ONE].state is JobState.RUNNING)
        await thread.refresh()
        assert (await thread.sign_in("evo")).detail == "fake org"
        assert (await thread.fetch_job(ONE)).state is JobState.RUNNING
        assert await thread.raw_body(ONE) == b"body"
        assert await thread.log(ONE) == "body"
        assert (await thread.timeline(ONE))[0].state is JobState.RUNNING
        assert (await thread.fetch_result(ONE)).artifacts == (note,)
        assert (await thread.submit("evo", "kriging", {}, cloned_from=ONE)).id.native == "new"
        assert await thread.kin(ONE) == Kin(None, (JobId("evo", "new"),))
        assert [record.outcome for record in await thread.submissions("evo")] == ["made"]
        record = await thread.submission_of(JobId("evo", "new"))
        assert record is not None
        assert record.target == "kriging"
        assert [target.name for target in await thread.targets("evo")] == ["kriging"]
        assert (await thread.cancel(ONE)).accepted
        assert thread.curl(ONE) == "curl 1"
        assert thread.link(ONE).endswith("/1")
        await thread.forget([ONE])
        await until(thread, lambda snapshot: ONE not in snapshot.jobs)
        with pytest.raises(JobNotFound):
            await thread.forget([ONE])
        told: list[tuple[DownloadProgress, int]] = []
        ident = threading.get_ident()
        saved = await thread.download(ONE, note, tmp_path, progress=lambda state: told.append((state, ident)))
        assert saved.path.read_text() == "hi"
    assert provider.closed
    with pytest.raises(EngineStopped):
        await thread.refresh()


async def test_the_first_rows_are_there_before_the_engine(clock: FakeClock) -> None:
    first = Snapshot(jobs={ONE: job("evo:1")}, complete=False)
    thread = EngineThread(factory(FakeProvider("evo", clock)), first)
    assert thread.snapshot is first
    place = thread.subscribe()
    assert place.take().changed == {ONE}
    with pytest.raises(EngineStopped):
        thread.curl(ONE)
    waiting = asyncio.create_task(thread.refresh())
    thread.start()
    await asyncio.wait_for(waiting, 10)
    assert (await until(thread, lambda snapshot: snapshot.complete)).sources[0].name == "evo"
    await asyncio.to_thread(thread.stop)


async def test_wishes_made_before_the_start_hold_after_it(clock: FakeClock) -> None:
    thread = EngineThread(factory(FakeProvider("evo", clock)))
    thread.set_automatic(False)
    thread.set_focus(frozenset({ONE}), ONE)
    thread.start()
    await until(thread, lambda snapshot: not snapshot.automatic)
    thread.set_automatic(True)
    thread.set_focus(frozenset(), None)
    await until(thread, lambda snapshot: snapshot.automatic)
    await asyncio.to_thread(thread.stop)
    thread.set_automatic(False)
    assert thread.stop()


@pytest.mark.parametrize("fault", [SettingsError("no such file"), ZeroDivisionError("a bug of ours")])
async def test_a_start_that_fails_is_handed_on(fault: Exception) -> None:
    async def fail() -> Engine:
        raise fault

    thread = EngineThread(fail)
    thread.start()
    with pytest.raises(type(fault)):
        await thread.started()
    assert thread.failure is fault
    with pytest.raises(type(fault)):
        await thread.refresh()


async def test_stopping_does_not_wait_for_open_requests(clock: FakeClock) -> None:
    class Hanging(FakeProvider):
        async def fetch_job(self, job_id: JobId, known: object = None) -> Observation:
            await asyncio.Event().wait()
            raise AssertionError

    async with running(Hanging("evo", clock)) as thread:
        asking = asyncio.create_task(thread.fetch_job(ONE))
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asking, 5)


def test_a_thread_that_never_started_stops_at_once(clock: FakeClock) -> None:
    assert EngineThread(factory(FakeProvider("evo", clock))).stop()
