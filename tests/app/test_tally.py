from __future__ import annotations

from jobtui.app.tally import Tally
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Snapshot, Update
from tests.fakes import job

STATES = (JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED, JobState.QUEUED)


def mapping(*jobs: Job) -> dict[JobId, Job]:
    return {each.id: each for each in jobs}


def update(jobs: dict[JobId, Job], *changed: str, removed: tuple[str, ...] = ()) -> Update:
    return Update(Snapshot(2, jobs=jobs), frozenset(map(JobId.parse, changed)), frozenset(map(JobId.parse, removed)))


def test_what_changes_moves_from_one_count_to_another() -> None:
    many = mapping(*(job(f"evo:{number}", STATES[number % 4]) for number in range(40)))
    tally = Tally()
    tally.load(Snapshot(1, jobs=many))
    after = dict(many)
    del after[JobId("evo", "0")]
    after |= mapping(job("evo:1", JobState.FAILED), job("graph:1", JobState.RUNNING))
    tally.apply(update(after, "evo:1", "graph:1", removed=("evo:0",)))
    fresh = Tally()
    fresh.load(Snapshot(2, jobs=after))
    assert tally.by_state() == fresh.by_state()
    assert tally.total == fresh.total == 40
    assert (tally.total_of("evo"), tally.of_source("graph", JobState.RUNNING)) == (39, 1)


def test_news_that_is_told_twice_counts_once() -> None:
    jobs = mapping(*(job(f"evo:{number}") for number in range(8)))
    tally = Tally()
    tally.load(Snapshot(1, jobs=jobs))
    after = jobs | mapping(job("evo:1", JobState.FAILED))
    for _ in range(2):
        tally.apply(update(after, "evo:1"))
    assert tally.by_state() == {JobState.RUNNING: 7, JobState.FAILED: 1}


def test_a_whole_load_counts_anew() -> None:
    tally = Tally()
    tally.load(Snapshot(1, jobs=mapping(job("evo:1"))))
    jobs = mapping(*(job(f"evo:{number}", JobState.SUCCEEDED) for number in range(8)))
    tally.apply(Update(Snapshot(2, jobs=jobs), jobs.keys(), frozenset()))
    assert tally.by_state() == {JobState.SUCCEEDED: 8}
