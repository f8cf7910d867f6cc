"""The real app over the engine's own board, whose jobs change as often as asked for, from the moment of a SIGUSR1 on.

As in the real program they change in the engine's thread, and reach the screen through its publisher.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import threading
import time
from dataclasses import dataclass, field

from jobtui.app.app import JobTui
from jobtui.app.options import AppOptions
from jobtui.cli.screen import keep_pauses_short, take_short_turns
from jobtui.core.clock import SystemClock
from jobtui.core.jobs import Job
from jobtui.core.structs import replace
from jobtui.engine.board import Board
from jobtui.engine.publisher import Place
from jobtui.engine.snapshot import Snapshot
from jobtui.engine.store.records import Loaded
from jobtui.providers.base import Observation
from tests.app.scripted_engine import GRAPH, ScriptedEngine
from tests.benchmarks.lab.world import graph_jobs

_BATCH_S = 0.125
"""As often as the real engine publishes."""


@dataclass
class BoardEngine(ScriptedEngine):
    """Jobs come from a board; only what is asked for by hand is answered by a script."""

    board: Board = field(default_factory=lambda: Board(SystemClock(), [GRAPH]))

    @property
    def snapshot(self) -> Snapshot:
        """The latest."""
        return self.board.publisher.latest

    def subscribe(self) -> Place:  # type: ignore[override]
        """A place for a reader."""
        return self.board.publisher.subscribe()


class Changing(JobTui):
    """jobtui itself; only what its board is told is made up."""

    def __init__(self, board: Board, jobs: list[Job], changes_per_s: float) -> None:
        super().__init__(BoardEngine((GRAPH,), board=board), AppOptions(), when_painted=keep_pauses_short)
        self._board = board
        self._jobs = jobs
        self._changes_per_s = changes_per_s

    def on_ready(self) -> None:
        """Wait for the signal."""
        changes = threading.Thread(target=self._keep_changing, daemon=True)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, changes.start)

    def _keep_changing(self) -> None:
        chance, clock = random.Random(7), SystemClock()
        owed, due = 0.0, time.monotonic()
        while True:
            owed += self._changes_per_s * _BATCH_S
            chosen = chance.sample(self._jobs, min(int(owed), len(self._jobs)))
            owed -= len(chosen)
            now = clock.now()
            for job in chosen:
                seen = replace(job, progress=chance.randrange(100) / 100, observed_at=now)
                self._board.observe(Observation(seen), self._board.next_sequence())
            # Stored by now, as the engine would have it.
            self._board.take_pending()
            self._board.publish()
            due += _BATCH_S
            time.sleep(max(0.0, due - time.monotonic()))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--changing", type=int, required=True, help="only so many, the topmost")
    parser.add_argument("--changes-per-s", type=float, required=True)
    options = parser.parse_args()
    take_short_turns()
    jobs = list(graph_jobs("graph", options.jobs, int(time.time() * 1000), running=options.jobs))
    jobs.sort(key=lambda job: -int(job.id.native))
    board = Board(SystemClock(), [GRAPH])
    board.load(Loaded(jobs))
    board.publish()
    Changing(board, jobs[: options.changing], options.changes_per_s).run()


if __name__ == "__main__":
    main()
