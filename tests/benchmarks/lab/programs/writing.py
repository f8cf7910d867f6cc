"""The real store taking so many snapshots a second, in batches as the engine hands them over."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from jobtui.core.clock import SystemClock
from jobtui.core.structs import replace
from jobtui.engine.snapshot import Change
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store
from tests.benchmarks.lab.world import graph_jobs


async def _run(file: Path, per_s: int, seconds: int) -> None:
    jobs = list(graph_jobs("graph", per_s, int(time.time() * 1000), running=per_s))
    store = Store(file, clock=SystemClock())
    await store.open(("graph",))
    await store.write(Batch(jobs={job.id: job for job in jobs}))
    cpu_s = time.process_time()
    for number in range(seconds):
        began = time.monotonic()
        now = datetime.now(UTC)
        batch = Batch(jobs={job.id: replace(job, progress=number / 100, observed_at=now) for job in jobs})
        # A tenth of them came a step further, which is a line of their timelines.
        batch.lines = [(job.id, Change(now, job.state, "Running", number / 100, "")) for job in jobs[::10]]
        assert await store.write(batch), store.notice
        await asyncio.sleep(max(0.0, began + 1 - time.monotonic()))
    spent_s = time.process_time() - cpu_s
    await store.aclose()
    sys.stdout.write(json.dumps({"cpu_s": spent_s / seconds}))


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
