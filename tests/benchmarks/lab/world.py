"""The jobs that benchmarks are about, as a service tells them and as a store remembers them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from jobtui.core.clock import SystemClock
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Change
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store
from jobtui.providers.nebula import wire
from jobtui.settings.paths import STORE_NAME

RUNNING = 5
"""So many of the newest graph jobs run; all others are over."""

ORGANISATION = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
KIND = "geostatistics/kriging"

_WORKFLOWS = ("rank", "wcc", "louvain", "bfs")
_SUCCESS, _FAILED, _INTERRUPTED = 2, 3, 4
_STEP_MS = 10_000
_OLDEST_STEP_MS = 3 * 3600 * 1000


def graph_item(number: int, count: int, began_ms: int, *, running: int = RUNNING) -> JsonObject:
    """Job `number`, 1 being the oldest of `count`, as a NebulaGraph list holds it.

    The newest began three hours before `began_ms`, so that no age on the screen changes while a benchmark looks.
    """
    created = began_ms - _OLDEST_STEP_MS - (count - number) * _STEP_MS
    is_running = number > count - running
    status = 1 if is_running else (_SUCCESS, _SUCCESS, _SUCCESS, _SUCCESS, _FAILED, _INTERRUPTED)[number % 6]
    return {
        "id": number,
        "name": f"{_WORKFLOWS[number % 4]}_{number}",
        "workflowId": str(4216617520 + number % 4),
        "workflowName": _WORKFLOWS[number % 4],
        "status": status,
        "tasks": None,
        "runBeginTime": created + 1000,
        "runEndTime": 0 if is_running else created + 60_000,
        "createTime": created,
    }


def graph_name(number: int) -> str:
    """What the list shows of a graph job."""
    return f"{_WORKFLOWS[number % 4]} {number}"


def evo_id(number: int) -> str:
    """The native id of an Evo job."""
    return f"{KIND}/{UUID(int=(0x9B2F0000 + number) << 96 | number)}"


def graph_jobs(source: str, count: int, began_ms: int, *, running: int = RUNNING) -> Iterator[Job]:
    """Graph jobs as the provider's own reading makes them."""
    now = datetime.fromtimestamp(began_ms / 1000, UTC)
    items: list[object] = [graph_item(number, count, began_ms, running=running) for number in range(1, count + 1)]
    page = wire.list_page({"items": json.loads(json.dumps(items))}, source=source, page=1, page_size=count, now=now)
    yield from page.jobs


def evo_jobs(source: str, count: int, began_ms: int) -> Iterator[Job]:
    """Running Evo jobs."""
    now = datetime.fromtimestamp(began_ms / 1000, UTC)
    for number in range(1, count + 1):
        native = evo_id(number)
        yield Job(
            JobId(source, native),
            "evo",
            JobState.RUNNING,
            "in progress",
            name=f"kriging {native.rsplit('/', 1)[1][:8]}",
            kind=KIND,
            progress=0.25,
            message="Estimating blocks",
            created_at=now - timedelta(hours=3, seconds=number),
            started_at=now - timedelta(hours=3, seconds=number),
            observed_at=now - timedelta(seconds=count - number),
            can_cancel=True,
        )


def fill_store(folder: Path, jobs: list[Job], *, tracked: bool = False) -> None:
    """Make the store that a jobtui which watched these jobs would have left."""
    asyncio.run(_fill(folder, jobs, tracked=tracked))


async def _fill(folder: Path, jobs: list[Job], *, tracked: bool) -> None:
    store = Store(folder / STORE_NAME, clock=SystemClock())
    await store.open(())
    try:
        batch = Batch(jobs={job.id: job for job in jobs})
        batch.lines = [
            (
                job.id,
                Change(job.created_at or datetime.now(UTC), job.state, job.native_state, job.progress, job.message),
            )
            for job in jobs
        ]
        if tracked:
            batch.track = set(batch.jobs)
        written = await store.write(batch)
        assert written, store.notice
    finally:
        await store.aclose()
