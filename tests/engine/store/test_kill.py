"""A program that is killed at any moment loses nothing that it was told is safe."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from jobtui.engine.store.store import Store
from tests.fakes import FakeClock, InlineExecutor

ROUNDS = 6

_CHILD = """
import asyncio, itertools, os, sys
from pathlib import Path
from jobtui.core.clock import SystemClock
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store

async def main(path, name):
    store = Store(Path(path), clock=SystemClock())
    await store.open(["evo"])
    for number in itertools.count():
        job_id = JobId("evo", f"{name}-{number}")
        job = Job(job_id, "evo", JobState.RUNNING, message="x" * 400)
        submission = await store.begin_submission("evo", job_id.native, {})
        await store.write(Batch(jobs={job_id: job}, track={job_id}), durable=True)
        # From here on the job is acknowledged.
        os.write(1, f"{job_id.native}\\n".encode())
        await store.write(Batch(jobs={JobId("evo", f"bulk-{n}"): job for n in range(20)}))

asyncio.run(main(*sys.argv[1:]))
"""


def run_and_kill(path: Path, name: str, after_s: float) -> set[str]:
    """Let a program write until it is killed; what it acknowledged until then."""
    command = [sys.executable, "-c", _CHILD, str(path), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd()) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(after_s)
        child.kill()
        whole_lines = (first + child.stdout.read()).decode().split("\n")[:-1]
    return set(whole_lines)


async def test_d1_kill_9_loses_no_job_that_was_acknowledged(clock: FakeClock, tmp_path: Path) -> None:
    path, rng = tmp_path / "jobs.db", random.Random(7)
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        acknowledged |= run_and_kill(path, f"round{number}", rng.uniform(0, 0.08))
        store = Store(path, clock=clock, executor=InlineExecutor())
        loaded = await store.open(["evo"])
        assert store.notice == ""
        assert acknowledged <= {job_id.native for job_id in loaded.tracked}
        outcomes = {record.outcome for record in await store.submissions("evo", limit=1000)}
        assert outcomes == {"unknown"}
        await store.aclose()
    assert len(acknowledged) > ROUNDS
