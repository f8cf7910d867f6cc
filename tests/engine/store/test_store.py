from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobtui.core.errors import StoreError
from jobtui.core.jobs import JobError, JobId, Task
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import Kin, SubmitRecord
from jobtui.engine.snapshot import Change
from jobtui.engine.store.database import MAX_BODY_BYTES, Database
from jobtui.engine.store.first_rows import first_rows
from jobtui.engine.store.records import Batch, Duration, Loaded, Retention
from jobtui.engine.store.store import Store
from tests.fakes import START, FakeClock, InlineExecutor, job

ONE = JobId("evo", "geostatistics/kriging/1")
FULL = replace(
    job("evo:geostatistics/kriging/1", JobState.FAILED),
    native_state="failed",
    name="kriging 東京",
    kind="geostatistics/kriging",
    progress=0.25,
    message="[/] \x1b[31m",
    error=JobError("e1", "title", "detail", (("grid", "too large"),), "req-1"),
    created_at=START,
    started_at=START + timedelta(microseconds=1),
    finished_at=START + timedelta(seconds=9),
    observed_at=START + timedelta(seconds=10),
    tasks=(Task("t1", "load", JobState.SUCCEEDED, "OK", START, START + timedelta(seconds=1)),),
    can_cancel=True,
    misses=2,
    handle={"result": "https://evo.example/r/1"},
)


def make(path: Path | None, clock: FakeClock, retention: Retention | None = None) -> Store:
    return Store(path, clock=clock, retention=retention, executor=InlineExecutor())


async def reopened(path: Path, clock: FakeClock, retention: Retention | None = None) -> tuple[Store, Loaded]:
    store = make(path, clock, retention)
    return store, await store.open(["evo", "graph"])


async def write(path: Path, clock: FakeClock, *batches: Batch) -> None:
    store, _ = await reopened(path, clock)
    for batch in batches:
        assert await store.write(batch)
    await store.aclose()


def batch_of(*jobs: object, track: bool = False) -> Batch:
    batch = Batch()
    for one in jobs:
        assert hasattr(one, "id")
        batch.jobs[one.id] = one  # type: ignore[assignment]
        if track:
            batch.track.add(one.id)
    return batch


async def test_a_job_comes_back_whole(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await write(path, clock, batch_of(FULL, track=True))
    store, loaded = await reopened(path, clock)
    assert list(loaded.jobs) == [FULL]
    assert loaded.tracked == {ONE}
    await store.aclose()


async def test_since_when_a_job_is_known_is_kept_where_its_service_tells_no_beginning(
    clock: FakeClock, tmp_path: Path
) -> None:
    path, seen = tmp_path / "jobs.db", clock.now() - timedelta(hours=3)
    await write(path, clock, batch_of(job("evo:1", observed_at=clock.now(), first_seen_at=seen)))
    await write(path, clock, batch_of(job("evo:1", JobState.RUNNING, observed_at=clock.now())))
    store, loaded = await reopened(path, clock)
    assert [one.first_seen_at for one in loaded.jobs] == [seen]
    assert [one.first_seen_at for one in first_rows(path).jobs.values()] == [seen]
    await store.aclose()


async def test_only_jobs_of_configured_sources_are_loaded(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await write(path, clock, batch_of(FULL, job("gone:1")))
    store, loaded = await reopened(path, clock)
    assert [job.id for job in loaded.jobs] == [ONE]
    await store.aclose()


async def test_timeline_and_body_come_back(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    batch = batch_of(FULL)
    lines = [Change(START, JobState.QUEUED, "q", None, ""), Change(START, JobState.RUNNING, "r", 0.5, "half")]
    batch.lines = [(ONE, line) for line in lines]
    batch.bodies[ONE] = b'{"a": 1}'
    await write(path, clock, batch)
    store, _ = await reopened(path, clock)
    assert list(await store.timeline(ONE)) == lines
    assert await store.body(ONE) == b'{"a": 1}'
    assert await store.timeline(JobId("evo", "none")) == ()
    assert await store.body(JobId("evo", "none")) is None
    await store.aclose()


async def test_j10_a_huge_body_is_not_kept_and_takes_the_older_one_along(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    small, huge = batch_of(FULL), batch_of(FULL)
    small.bodies[ONE] = b"small"
    huge.bodies[ONE] = b"x" * (MAX_BODY_BYTES + 1)
    await write(path, clock, small, huge)
    store, _ = await reopened(path, clock)
    assert await store.body(ONE) is None
    await store.aclose()
    assert path.stat().st_size < MAX_BODY_BYTES


async def test_the_same_line_of_two_programs_stands_once(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    line = Change(START, JobState.RUNNING, "r", 0.5, "half")
    batch = batch_of(FULL)
    batch.lines = [(ONE, line), (ONE, replace(line, at=START + timedelta(seconds=1)))]
    await write(path, clock, batch)
    store, _ = await reopened(path, clock)
    assert await store.timeline(ONE) == (line,)
    await store.aclose()


async def test_durations_become_a_history_of_the_latest_fifty(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    batch = Batch()
    for number in range(60):
        finished = START + timedelta(minutes=number)
        batch.durations.append(Duration(JobId("evo", str(number)), "k", finished, float(number), None))
    batch.durations.append(Duration(JobId("evo", "w"), "other", START, None, 7.0))
    await write(path, clock, batch)
    store, loaded = await reopened(path, clock)
    history = loaded.histories[("evo", "k")]
    assert history.running_s == tuple(float(number) for number in range(10, 60))
    assert loaded.histories[("evo", "other")].whole_s == (7.0,)
    await store.aclose()


async def test_an_older_observation_never_replaces_a_newer_one(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    newer = job("evo:1", JobState.SUCCEEDED, observed_at=START + timedelta(seconds=5))
    await write(path, clock, batch_of(newer))
    await write(path, clock, batch_of(replace(newer, state=JobState.RUNNING, observed_at=START)))
    store, loaded = await reopened(path, clock)
    assert loaded.jobs[0].state is JobState.SUCCEEDED
    await store.aclose()


async def test_an_observation_from_a_wrong_future_does_not_block_the_present(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await write(path, clock, batch_of(job("evo:1", observed_at=START + timedelta(days=300))))
    await write(path, clock, batch_of(job("evo:1", JobState.FAILED, observed_at=START)))
    store, loaded = await reopened(path, clock)
    assert loaded.jobs[0].state is JobState.FAILED
    await store.aclose()


async def test_forgotten_jobs_stay_forgotten_until_they_are_tracked_again(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await write(path, clock, batch_of(FULL, track=True), Batch(forget={ONE}), batch_of(FULL))
    store, loaded = await reopened(path, clock)
    assert (loaded.jobs, loaded.forgotten, loaded.tracked) == ([], {ONE}, frozenset())
    assert first_rows(path).jobs == {}
    await store.write(Batch(track={ONE}))
    await store.aclose()
    store, loaded = await reopened(path, clock)
    assert ([job.id for job in loaded.jobs], loaded.forgotten, loaded.tracked) == ([ONE], frozenset(), {ONE})
    await store.aclose()


def _ended(address: str, ended_at: datetime) -> Batch:
    """A job that was seen running, and later to succeed."""
    done = job(address, JobState.SUCCEEDED, observed_at=ended_at)
    lines = [
        (done.id, Change(ended_at - timedelta(hours=1), JobState.RUNNING, "", None, "")),
        (done.id, Change(ended_at, JobState.SUCCEEDED, "", None, "")),
    ]
    return Batch(jobs={done.id: done}, lines=lines)


async def test_results_that_nobody_saved_are_told_until_somebody_has(clock: FakeClock, tmp_path: Path) -> None:
    store, _ = await reopened(tmp_path / "jobs.db", clock)
    week = START - timedelta(days=7)
    await store.write(_ended("evo:1", START))
    await store.write(_ended("evo:2", START - timedelta(days=2)))
    await store.write(_ended("evo:long-ago", START - timedelta(days=9)))
    await store.write(_ended("graph:1", START))
    await store.write(batch_of(job("evo:over-at-first-sight", JobState.SUCCEEDED, observed_at=START)))
    await store.write(batch_of(job("evo:running", observed_at=START)))
    one, two = JobId("evo", "1"), JobId("evo", "2")
    assert await store.unsaved(["evo"], week) == (one, two)
    assert await store.claim_saves([one, two]) == {one, two}
    await store.end_save(one, saved=False)
    assert await store.unsaved(["evo"], week) == (one, two)
    await store.end_save(one, saved=True)
    await store.end_save(one, saved=False)
    assert await store.unsaved(["evo"], week) == (two,)
    assert await store.claim_saves([one]) == frozenset()
    # What runs once more has another result.
    await store.write(batch_of(job("evo:1", observed_at=START + timedelta(hours=1))))
    await store.write(batch_of(job("evo:1", JobState.SUCCEEDED, observed_at=START + timedelta(hours=2))))
    assert await store.claim_saves([one]) == {one}
    await store.aclose()


async def test_d2_what_another_live_process_saves_is_not_claimed_and_what_a_dead_one_left_is(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    store, _ = await reopened(path, clock)
    await store.write(_ended("evo:1", START))
    one = JobId("evo", "1")
    no_process = 2**31 - 1
    for process, claimed in ((os.getppid(), frozenset()), (no_process, {one})):
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE jobs SET saver = ?", (process,))
        assert await store.claim_saves([one]) == claimed
    await store.aclose()


async def test_d7_a_forgotten_jobs_bodies_and_lines_are_gone_at_once_and_no_late_ones_come(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    line = Change(START, JobState.RUNNING, "RUN", 0.5, "half")
    told = Batch(bodies={ONE: b"{}"}, lines=[(ONE, line)])
    store, _ = await reopened(path, clock)
    await store.write(batch_of(FULL, track=True))
    await store.write(told)
    assert (await store.body(ONE), await store.timeline(ONE)) == (b"{}", (line,))
    await store.write(Batch(forget={ONE}))
    # What another program saw before it heard of that.
    await store.write(told)
    assert (await store.body(ONE), await store.timeline(ONE)) == (None, ())
    await store.aclose()


def test_d7_what_waits_to_be_written_about_a_forgotten_job_is_dropped() -> None:
    line = Change(START, JobState.RUNNING, "RUN", 0.5, "half")
    two = JobId("evo", "2")
    batch = Batch(bodies={ONE: b"1", two: b"2"}, lines=[(ONE, line), (two, line)])
    batch.absorb(Batch(forget={ONE}))
    assert (batch.bodies, batch.lines) == ({two: b"2"}, [(two, line)])


def test_later_batches_win_over_earlier_ones() -> None:
    batch = Batch(track={ONE})
    batch.absorb(Batch(forget={ONE}))
    assert (batch.track, batch.forget) == (set(), {ONE})
    batch.absorb(Batch(track={ONE}))
    assert (batch.track, batch.forget) == ({ONE}, set())


async def test_d2_news_of_another_program_is_told_once_and_own_writes_alone_never(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    mine, _ = await reopened(path, clock)
    theirs, _ = await reopened(path, clock)
    assert await mine.news() == ()
    await mine.write(batch_of(job("evo:mine")))
    assert await mine.news() == ()
    await theirs.write(batch_of(job("evo:theirs"), track=True))
    await mine.write(batch_of(job("evo:mine2")))
    news = await mine.news()
    assert [(stored.job.id.native, stored.tracked) for stored in news] == [
        ("mine", False),
        ("theirs", True),
        ("mine2", False),
    ]
    assert await mine.news() == ()
    await theirs.write(Batch(forget={JobId("evo", "theirs")}))
    assert [stored.forgotten for stored in await mine.news()] == [True]
    await mine.aclose()
    await theirs.aclose()


async def test_d2_the_end_of_a_job_is_claimed_by_one_program_and_anew_once_it_ran_again(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    mine, _ = await reopened(path, clock)
    theirs, _ = await reopened(path, clock)
    done = job("evo:1", JobState.SUCCEEDED, observed_at=START)
    await mine.write(batch_of(done))
    assert await mine.claim_ends([done.id]) == {done.id}
    assert await theirs.claim_ends([done.id]) == frozenset()
    await theirs.write(batch_of(replace(done, message="seen by the other")))
    assert await theirs.claim_ends([done.id]) == frozenset()
    later = START + timedelta(minutes=5)
    await mine.write(batch_of(replace(done, state=JobState.RUNNING, observed_at=later)))
    await mine.write(batch_of(replace(done, observed_at=later)))
    assert await theirs.claim_ends([done.id]) == {done.id}
    # One that could not be stored is rather acted on twice than never.
    assert await mine.claim_ends([JobId("evo", "not stored")]) == {JobId("evo", "not stored")}
    await mine.aclose()
    await theirs.aclose()


@pytest.mark.parametrize("end_first", [True, False])
async def test_d2_an_end_holds_over_what_another_program_asked_before_it(
    clock: FakeClock, tmp_path: Path, end_first: bool
) -> None:
    path = tmp_path / "jobs.db"
    mine, _ = await reopened(path, clock)
    theirs, _ = await reopened(path, clock)
    done = job("evo:1", JobState.SUCCEEDED, observed_at=START)
    late = replace(done, state=JobState.RUNNING, observed_at=START + timedelta(seconds=1))
    for store, seen in ((mine, done), (theirs, late)) if end_first else ((theirs, late), (mine, done)):
        await store.write(batch_of(seen))
    again, loaded = await reopened(path, clock)
    assert [known.state for known in loaded.jobs] == [JobState.SUCCEEDED]
    # What goes on saying so is no straggler.
    await theirs.write(batch_of(replace(late, observed_at=START + timedelta(minutes=3))))
    last, loaded = await reopened(path, clock)
    assert [known.state for known in loaded.jobs] == [JobState.RUNNING]
    for store in (mine, theirs, again, last):
        await store.aclose()


async def test_d7_finished_jobs_of_a_list_go_after_their_time_and_tracked_ones_stay(
    clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    long_ago = START - timedelta(days=100)
    listed = job("graph:listed", JobState.SUCCEEDED, created_at=long_ago, finished_at=long_ago, observed_at=long_ago)
    running = job("graph:running", created_at=long_ago, observed_at=long_ago)
    tracked = replace(listed, id=JobId("evo", "tracked"))
    fresh = job("graph:fresh", JobState.SUCCEEDED, observed_at=START)
    batch = batch_of(listed, running, fresh)
    batch.lines = [(listed.id, Change(long_ago, JobState.SUCCEEDED, "", None, ""))]
    await write(path, clock, batch, batch_of(tracked, track=True))
    store, loaded = await reopened(path, clock)
    assert {job.id.native for job in loaded.jobs} == {"running", "tracked", "fresh"}
    assert await store.timeline(listed.id) == ()
    await store.aclose()


async def test_d7_only_so_many_finished_jobs_and_lines_are_kept(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    jobs = [
        job(f"graph:{number}", JobState.SUCCEEDED, created_at=START + timedelta(seconds=number)) for number in range(20)
    ]
    batch = batch_of(*jobs)
    batch.lines = [
        (jobs[19].id, Change(START + timedelta(seconds=second), JobState.RUNNING, str(second), None, ""))
        for second in range(30)
    ]
    await write(path, clock, batch)
    store, loaded = await reopened(path, clock, Retention(count=5, lines=10))
    assert sorted(int(job.id.native) for job in loaded.jobs) == [15, 16, 17, 18, 19]
    assert [line.native_state for line in await store.timeline(jobs[19].id)] == [str(n) for n in range(20, 30)]
    await store.aclose()


async def test_d9_what_sqlite_cannot_hold_is_cleaned(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    odd = job("evo:1", name="a\ud800b", message="nul\0inside", progress=float("nan"))
    await write(path, clock, batch_of(odd))
    store, loaded = await reopened(path, clock)
    back = loaded.jobs[0]
    assert (back.name, back.message, back.progress) == ("a?b", "nul\0inside", None)
    await store.aclose()


async def test_a_spoilt_row_does_not_hide_the_others(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await write(path, clock, batch_of(job("evo:1"), job("evo:2"), job("evo:3")))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET tasks = 'no json' WHERE native = '2'")
        connection.execute("UPDATE jobs SET created_at = 9e18, state = 'new word' WHERE native = '3'")
    connection.close()
    store, loaded = await reopened(path, clock)
    assert {job.id.native: job.state for job in loaded.jobs} == {
        "1": JobState.RUNNING,
        "3": JobState.UNKNOWN,
    }
    await store.aclose()


async def test_a_submission_left_by_a_dead_process_is_unknown(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    store, _ = await reopened(path, clock)
    numbers = [await store.begin_submission("evo", str(index), {"n": index}) for index in range(4)]
    await store.settle_submission(numbers[0], "made", ONE)
    await store.aclose()
    with sqlite3.connect(path) as connection:
        # A process that is alive and isn't this one; one that can't be; one that was this one.
        connection.execute("UPDATE submissions SET process = ? WHERE id = ?", (os.getppid(), numbers[1]))
        connection.execute("UPDATE submissions SET process = ? WHERE id = ?", (2**22 + 1, numbers[2]))
    connection.close()
    store, loaded = await reopened(path, clock)
    records = await store.submissions("evo")
    assert [record.outcome for record in records] == ["unknown", "unknown", "sent", "made"]
    assert records[3].job_id == ONE
    assert [one.target for one in loaded.unsettled] == ["2", "3"]
    await store.aclose()
    clock.skip(3600)
    store, _ = await reopened(path, clock)
    assert {record.outcome for record in await store.submissions("evo")} == {"unknown", "made"}
    await store.aclose()


async def test_clones_are_known_from_either_side_and_looked_up_without_reading_inputs(
    clock: FakeClock, tmp_path: Path
) -> None:
    store, _ = await reopened(tmp_path / "jobs.db", clock)
    clones = [JobId("evo", f"clone-{number}") for number in range(3)]
    for origin, clone in ((ONE, clones[0]), (ONE, clones[1]), (clones[0], clones[2])):
        number = await store.begin_submission("evo", "kriging", {}, origin)
        await store.settle_submission(number, "made", clone)
    await store.begin_submission("evo", "kriging", {}, ONE)
    other = await store.begin_submission("graph", "kriging", {}, ONE)
    await store.settle_submission(other, "made", JobId("graph", "7"))
    assert await store.kin(ONE) == Kin(None, (clones[1], clones[0]))
    assert await store.kin(ONE, limit=1) == Kin(None, (clones[1],))
    assert await store.kin(clones[0]) == Kin(ONE, (clones[2],))
    assert await store.kin(JobId("graph", "7")) == Kin()
    assert [record.cloned_from for record in await store.submissions("evo")] == [ONE, clones[0], ONE, ONE]
    await store.aclose()
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.db")) as connection:
        said: list[str] = []
        connection.set_trace_callback(said.append)
        Database(connection, writer=1, retention=Retention()).kin(ONE, 20)
        connection.set_trace_callback(None)
        plans = [str(row) for asked in said for row in connection.execute(f"EXPLAIN QUERY PLAN {asked}")]
    assert len(said) == 2
    assert not any("SCAN" in plan for plan in plans)
    assert sum("USING COVERING INDEX" in plan for plan in plans) == 2


async def test_the_submission_that_made_a_job_is_found_however_many_came_later(
    clock: FakeClock, tmp_path: Path
) -> None:
    store, _ = await reopened(tmp_path / "jobs.db", clock)
    first = await store.begin_submission("evo", "kriging", {"n": 0})
    await store.settle_submission(first, "made", ONE)
    for number in range(30):
        later = await store.begin_submission("evo", "kriging", {"n": number + 1})
        await store.settle_submission(later, "made", JobId("evo", f"later-{number}"))
    assert ONE not in {record.job_id for record in await store.submissions("evo")}
    assert await store.submission_of(ONE) == SubmitRecord("kriging", {"n": 0}, ONE, "made")
    assert await store.submission_of(JobId("graph", ONE.native)) is None
    await store.aclose()


async def test_the_store_remembers_when_somebody_last_looked_at_which_source(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    store, _ = await reopened(path, clock)
    clock.skip(5)
    await store.mark_looked(["evo", "gone"])
    await store.aclose()
    store, _ = await reopened(path, clock)
    assert await store.looked_at(["evo", "graph"]) == {"evo": START + timedelta(seconds=5)}
    await store.aclose()


async def test_without_a_path_everything_lives_in_memory(clock: FakeClock) -> None:
    store = make(None, clock)
    assert (await store.open(["evo"])).jobs == []
    assert await store.write(batch_of(FULL), durable=True)
    assert not store.lasting
    assert store.notice == ""
    await store.aclose()
    with pytest.raises(StoreError):
        await store.body(ONE)


async def test_a_closed_thread_is_the_stores_own(clock: FakeClock, tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.db", clock=clock)
    await store.open(["evo"])
    assert await store.write(batch_of(FULL))
    await store.tidy()
    await store.aclose()
    assert len(first_rows(tmp_path / "jobs.db").jobs) == 1


async def test_faults_of_the_file_become_a_notice(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    store, _ = await reopened(path, clock)
    with sqlite3.connect(path) as connection:
        for table in ("timeline", "submissions", "jobs"):
            connection.execute(f"DROP TABLE {table}")
    connection.close()
    assert await store.timeline(ONE) == ()
    assert "no such table" in store.notice
    assert await store.news() == ()
    assert not await store.write(batch_of(FULL))
    with pytest.raises(StoreError):
        await store.write(batch_of(FULL), durable=True)
    with pytest.raises(StoreError):
        await store.begin_submission("evo", "x", {})
    await store.aclose()
