"""Faults of our own in the engine's endless loops: told, written down, and got over."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.engine import Engine
from jobtui.engine.publisher import Publisher
from jobtui.engine.snapshot import Snapshot
from jobtui.engine.source import Pace, Source
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store
from tests.engine.running import engine, known
from tests.fakes import FakeClock, FakeProvider, InlineExecutor, look

SECRET = "planted-5f2d9c"


class FaultyStore(Store):
    """Has a bug for a while."""

    faults = 0

    async def write(self, batch: Batch, *, durable: bool = False) -> bool:
        if self.faults and not durable:
            self.faults -= 1
            raise KeyError(SECRET)
        return await super().write(batch, durable=durable)


class FaultyPublisher(Publisher):
    faults = 0

    def publish(
        self, snapshot: Snapshot, changed: AbstractSet[JobId], removed: AbstractSet[JobId], ended: Iterable[Job]
    ) -> None:
        if self.faults:
            self.faults -= 1
            raise KeyError(SECRET)
        super().publish(snapshot, changed, removed, ended)


def _over(clock: FakeClock, store: Store, provider: FakeProvider) -> Engine:
    return Engine([Source("evo", provider, Pace())], store, clock=clock, rng=random.Random(1))


async def test_p1_d3_a_bug_while_storing_is_told_and_what_came_meanwhile_is_stored_after_all(
    clock: FakeClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1"), look("evo:1", JobState.SUCCEEDED)]})
    store = FaultyStore(tmp_path / "jobs.db", clock=clock, executor=InlineExecutor())
    async with _over(clock, store, provider) as running:
        await running.track("evo", ["1"])
        store.faults = 3
        await clock.advance(30)
        assert store.faults == 0
        assert "storing (KeyError)" in running.snapshot.notice
        assert "jobtui.log" in running.snapshot.notice
        # A second program sees what was written, long before this one ends.
        async with engine(clock, FakeProvider("evo", clock), path=tmp_path / "jobs.db", polling=False) as other:
            assert known(other, "evo:1").state is JobState.SUCCEEDED
            assert [line.state for line in await other.timeline(JobId("evo", "1"))] == [
                JobState.RUNNING,
                JobState.SUCCEEDED,
            ]
    (record, *_) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "KeyError" in record.getMessage()
    assert "in write" in record.getMessage()
    assert SECRET not in caplog.text + running.snapshot.notice


async def test_p1_a_bug_while_publishing_is_told_and_readers_hear_on(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1"), look("evo:1", JobState.SUCCEEDED)]})
    publisher = FaultyPublisher()
    running = _over(clock, Store(None, clock=clock, executor=InlineExecutor()), provider)
    running.publish_through(publisher)
    async with running:
        await clock.advance(1)
        publisher.faults = 1
        await running.track("evo", ["1"])
        await clock.advance(30)
        assert publisher.faults == 0
        assert publisher.latest.jobs[JobId("evo", "1")].state is JobState.SUCCEEDED
        assert "showing what is new (KeyError)" in publisher.latest.notice


async def test_p1_a_bug_that_comes_at_every_try_keeps_nothing_busy_and_everything_is_let_go(clock: FakeClock) -> None:
    provider = FakeProvider("evo", clock, jobs={"1": [look("evo:1")]})
    store = FaultyStore(None, clock=clock, executor=InlineExecutor())
    running = _over(clock, store, provider)
    await running.__aenter__()
    await running.track("evo", ["1"])
    store.faults = 1_000
    await clock.advance(60)
    assert 25 <= 1_000 - store.faults <= 60
    with pytest.raises(KeyError):
        await running.__aexit__(None, None, None)
    assert provider.closed
