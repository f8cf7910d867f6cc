from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from jobtui.core.states import JobState
from jobtui.engine.store.first_rows import first_rows
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store
from tests.fakes import START, FakeClock, InlineExecutor, job


async def fill(path: Path, clock: FakeClock) -> None:
    store = Store(path, clock=clock, executor=InlineExecutor())
    await store.open(["evo"])
    jobs = [
        job(
            f"{'evo' if number % 2 else 'old'}:{number}",
            JobState.RUNNING if number in {3, 11} else JobState.SUCCEEDED,
            created_at=START + timedelta(seconds=number),
        )
        for number in range(200)
    ]
    await store.write(Batch(jobs={one.id: one for one in jobs}))
    await store.aclose()


async def test_unfinished_jobs_come_first_then_the_newest(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await fill(path, clock)
    snapshot = first_rows(path, 5)
    assert [job_id.native for job_id in snapshot.jobs] == ["11", "3", "199", "198", "197"]
    assert not snapshot.complete
    assert [job_id.native for job_id in first_rows(path, 1).jobs] == ["11"]


async def test_only_the_sources_that_are_wanted(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await fill(path, clock)
    assert {job_id.source for job_id in first_rows(path, 50, sources={"evo"}).jobs} == {"evo"}


async def test_the_rows_are_found_by_an_index_and_not_by_sorting(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await fill(path, clock)
    with sqlite3.connect(path) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT name FROM jobs "
            "WHERE forgotten = 0 AND is_final = 1 ORDER BY recency DESC LIMIT 50"
        ).fetchall()
    connection.close()
    assert "jobs_by_recency" in plan[0][3]
    assert not any("TEMP B-TREE" in row[3] for row in plan)


def test_what_cannot_be_read_is_empty(tmp_path: Path) -> None:
    assert first_rows(tmp_path / "none.db").jobs == {}
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"garbage" * 1000)
    assert first_rows(garbage).jobs == {}
    empty = tmp_path / "empty.db"
    empty.touch()
    assert first_rows(empty).jobs == {}


async def test_a_file_in_use_is_read_all_the_same(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await fill(path, clock)
    store = Store(path, clock=clock, executor=InlineExecutor())
    await store.open(["evo"])
    await store.write(Batch(jobs={job("evo:new").id: job("evo:new", created_at=START + timedelta(days=1))}))
    assert next(iter(first_rows(path).jobs)).native == "new"
    await store.aclose()
