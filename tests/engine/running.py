"""An engine over fakes, for tests."""

from __future__ import annotations

import random
from pathlib import Path

from jobtui.core.jobs import Job, JobId
from jobtui.engine.engine import Engine
from jobtui.engine.snapshot import SourceStatus
from jobtui.engine.source import Pace, Source
from jobtui.engine.store.store import Store
from jobtui.engine.values import Values
from tests.fakes import FakeClock, FakeProvider, InlineExecutor


def engine(
    clock: FakeClock,
    *providers: FakeProvider,
    path: Path | None = None,
    pace: Pace | None = None,
    read_only: bool = False,
    polling: bool = True,
    seed: int = 1,
    values: Values | None = None,
    credential: str = "",
) -> Engine:
    """An engine over the providers, each its own source."""
    sources = [
        Source(provider.source, provider, pace or Pace(), read_only=read_only, credential=credential)
        for provider in providers
    ]
    store = Store(path, clock=clock, executor=InlineExecutor())
    return Engine(sources, store, clock=clock, rng=random.Random(seed), polling=polling, values=values)


def known(running: Engine, address: str) -> Job:
    """The job, as the engine knows it."""
    return running.snapshot.jobs[JobId.parse(address)]


def status(running: Engine, source: str) -> SourceStatus:
    """The source, as the engine shows it."""
    return next(one for one in running.snapshot.sources if one.name == source)
