"""The store under a thousand snapshots a second."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from tests.benchmarks.conftest import Tell
from tests.benchmarks.lab.rounds import interleaved, median
from tests.benchmarks.lab.stage import environment, told_by
from tests.benchmarks.lab.tables import Figure

_PER_S = 1000
_SECONDS = 5


def test_thousand_snapshots_a_second(tmp_path: Path, tell: Tell) -> None:
    def ours() -> float:
        file = tmp_path / f"{time.monotonic_ns()}.db"
        spent = told_by("writing.py", str(file), str(_PER_S), str(_SECONDS), environment=environment(tmp_path))
        return 100 * spent["cpu_s"]

    found = interleaved({"store": ours, "one by one": lambda: _one_by_one(tmp_path)}, warm_up=False)
    tell(
        f"Store, {_PER_S:,} snapshots a second",
        [
            Figure(
                "CPU of all that is done to write them",
                median(found["store"]),
                "%",
                median(found["one by one"]),
                "a bare upsert and commit each",
                most=3,
            )
        ],
    )


def _one_by_one(folder: Path) -> float:
    """Percent of a second for a thousand bare upserts with a transaction each."""
    connection = sqlite3.connect(folder / f"{time.monotonic_ns()}.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT, progress REAL, payload TEXT)")
    cpu_s = time.process_time()
    for number in range(_PER_S):
        connection.execute("INSERT OR REPLACE INTO jobs VALUES (?, 'running', 0.5, ?)", (number, "x" * 600))
    spent_s = time.process_time() - cpu_s
    connection.close()
    return 100 * spent_s
