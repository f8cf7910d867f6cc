from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from jobtui.core.errors import StoreError
from jobtui.core.states import JobState
from jobtui.engine.store import schema
from jobtui.engine.store.database import Database
from jobtui.engine.store.first_rows import first_rows
from jobtui.engine.store.opening import open_database
from jobtui.engine.store.records import Batch, Loaded, Retention
from jobtui.engine.store.store import Store
from tests.fakes import START, FakeClock, InlineExecutor, job


async def opened(path: Path, clock: FakeClock) -> tuple[Store, Loaded]:
    store = Store(path, clock=clock, executor=InlineExecutor())
    return store, await store.open(["evo"])


async def filled(path: Path, clock: FakeClock, count: int = 3) -> None:
    store, _ = await opened(path, clock)
    jobs = [job(f"evo:{number}", message="x" * 500) for number in range(count)]
    await store.write(Batch(jobs={one.id: one for one in jobs}, track={one.id for one in jobs}))
    await store.aclose()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_d8_the_files_are_their_owners_alone(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "data" / "jobs.db"
    store, _ = await opened(path, clock)
    await store.write(Batch(jobs={job("evo:1").id: job("evo:1")}))
    assert mode(path.parent) == 0o700
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 3
    await store.aclose()


async def test_d8_a_file_that_others_could_read_is_closed_to_them(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    path.touch(0o644)
    path.chmod(0o644)
    store, _ = await opened(path, clock)
    assert mode(path) == 0o600
    await store.aclose()


@pytest.mark.parametrize("damage", ["garbage", "cut", "middle"])
async def test_d11_a_damaged_file_is_set_aside_and_said(clock: FakeClock, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "jobs.db"
    await filled(path, clock, 200)
    content = path.read_bytes()
    match damage:
        case "garbage":
            path.write_bytes(b"this is no database at all, by far" * 40)
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case _:
            path.write_bytes(content[:8192] + b"\xff" * 20_000 + content[28_192:])
    store, loaded = await opened(path, clock)
    assert not loaded.jobs
    assert "jobs.db.damaged-20261122T120000Z" in store.notice
    assert store.lasting
    assert (tmp_path / "jobs.db.damaged-20261122T120000Z").exists()
    assert await store.write(Batch(jobs={job("evo:1").id: job("evo:1")}))
    assert "jobs.db.damaged-20261122T120000Z" in store.notice
    await store.aclose()
    path.write_bytes(b"again" * 1000)
    store, _ = await opened(path, clock)
    assert (tmp_path / "jobs.db.damaged-20261122T120000Z-2").exists()
    await store.aclose()


async def test_d4_a_newer_schema_is_refused_and_left_alone(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await filled(path, clock)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=f"schema {schema.VERSION + 1}"):
        await opened(path, clock)
    assert path.read_bytes() == before
    assert first_rows(path).jobs == {}


@pytest.mark.parametrize("version", range(schema.VERSION))
def test_d4_every_earlier_schema_is_brought_forward(tmp_path: Path, version: int) -> None:
    path = tmp_path / "jobs.db"
    connection = sqlite3.connect(path, isolation_level=None)
    schema.migrate(connection, upto=version)
    connection.close()
    result = open_database(path, START)
    assert schema.version(result.connection) == schema.VERSION
    assert result.lasting
    result.connection.close()


def test_d4_a_step_that_fails_leaves_the_earlier_shape(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)
    connection.execute("CREATE TABLE bodies (x)")
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(connection)
    assert schema.version(connection) == 0
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("bodies",)]
    connection.close()


async def test_d3_a_folder_that_cannot_be_made_means_memory(clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store, _ = await opened(tmp_path / "file" / "jobs.db", clock)
    assert not store.lasting
    assert "can't be written" in store.notice
    assert await store.write(Batch(jobs={job("evo:1").id: job("evo:1")}), durable=True)
    assert "can't be written" in store.notice
    await store.aclose()


async def test_d3_a_file_that_can_only_be_read_is_read(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await filled(path, clock)
    # A write lock that is never let go keeps every writer out, as a read-only disk does.
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    result = open_database(path, START, busy_s=0.05)
    assert not result.lasting
    assert "can't be written" in result.notice
    assert result.connection.execute("SELECT COUNT(*) FROM jobs").fetchone() == (3,)
    result.connection.execute("UPDATE jobs SET state = ?", (JobState.LOST.value,))
    result.connection.close()
    other.close()


async def test_d3_a_full_disk_is_read_all_the_same(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await filled(path, clock)
    opened_file = open_database(path, START)
    # As on a full disk, nothing can be written.
    opened_file.connection.execute("PRAGMA query_only = ON")
    database = Database(opened_file.connection, writer=1, retention=Retention())
    assert len(database.load(["evo"], START).jobs) == 3
    database.close()


def test_d3_a_copy_that_cannot_be_made_is_an_empty_memory(tmp_path: Path) -> None:
    path = tmp_path / "folder.db"
    path.mkdir()
    result = open_database(path, START)
    assert not result.lasting
    assert result.connection.execute("SELECT COUNT(*) FROM jobs").fetchone() == (0,)
    result.connection.close()
