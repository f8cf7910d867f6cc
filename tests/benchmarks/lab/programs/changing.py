"""The real app over an engine whose jobs change as often as asked for, from the moment of a SIGUSR1 on."""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import time
from dataclasses import replace

from jobtui.app.app import JobTui
from jobtui.app.options import AppOptions
from jobtui.core.jobs import Job, JobId
from jobtui.engine.snapshot import SourceStatus
from tests.app.scripted_engine import GRAPH, ScriptedEngine
from tests.benchmarks.lab.world import graph_jobs

_BATCH_S = 0.125
"""As often as the real engine publishes."""


class Changing(JobTui):
    """jobtui itself; only where its jobs come from is made up."""

    def __init__(self, engine: ScriptedEngine, jobs: list[Job], changes_per_s: float) -> None:
        super().__init__(engine, AppOptions())
        self._scripted = engine
        self._changing_jobs: dict[JobId, Job] = {job.id: job for job in jobs}
        self._changing_ids = list(self._changing_jobs)
        self._changes_per_s = changes_per_s
        self._chance = random.Random(7)

    def on_ready(self) -> None:
        """Wait for the signal."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._start_changing)

    def _start_changing(self) -> None:
        self.run_worker(self._keep_changing(), group="changes")

    async def _keep_changing(self) -> None:
        owed, due = 0.0, time.monotonic()
        while True:
            owed += self._changes_per_s * _BATCH_S
            chosen = self._chance.sample(self._changing_ids, min(int(owed), len(self._changing_ids)))
            owed -= len(chosen)
            for job_id in chosen:
                self._changing_jobs[job_id] = replace(
                    self._changing_jobs[job_id], progress=self._chance.randrange(100) / 100
                )
            self._scripted.publish(*(self._changing_jobs[job_id] for job_id in chosen))
            due += _BATCH_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--changing", type=int, required=True, help="only so many, the topmost")
    parser.add_argument("--changes-per-s", type=float, required=True)
    options = parser.parse_args()
    jobs = list(graph_jobs("graph", options.jobs, int(time.time() * 1000), running=options.jobs))
    jobs.sort(key=lambda job: -int(job.id.native))
    sources: tuple[SourceStatus, ...] = (GRAPH,)
    engine = ScriptedEngine(sources)
    engine.publish(*jobs)
    Changing(engine, jobs[: options.changing], options.changes_per_s).run()


if __name__ == "__main__":
    main()
