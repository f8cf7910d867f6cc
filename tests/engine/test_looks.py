"""The oldest look at a job that goes on, without looking through them all."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.looks import Looks

_BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _job(number: int, seen_s: float | None, state: JobState = JobState.RUNNING) -> Job:
    seen = None if seen_s is None else _BEGIN + timedelta(seconds=seen_s)
    return Job(JobId("graph", str(number)), "nebula", state, observed_at=seen)


def test_nothing_goes_on_nothing_is_old() -> None:
    looks = Looks()
    assert looks.oldest({}) is None
    over, never = _job(1, 5, JobState.SUCCEEDED), _job(2, None)
    for job in (over, never):
        looks.note(job)
    assert looks.oldest({job.id: job for job in (over, never)}) is None


def test_it_is_the_least_of_all_whatever_comes_goes_ends_and_comes_back() -> None:
    chance, looks, jobs = random.Random(3), Looks(), dict[JobId, Job]()
    for step in range(2_000):
        job = _job(chance.randrange(30), step, chance.choice([*JobState]))
        if chance.random() < 0.1:
            jobs.pop(job.id, None)
        else:
            # A clock that was put back makes a later look the older one.
            if chance.random() < 0.1 and job.observed_at is not None:
                job = replace(job, observed_at=job.observed_at - timedelta(seconds=500))
            jobs[job.id] = job
            looks.note(job)
        going_on = (job.observed_at for job in jobs.values() if not job.state.is_final and job.observed_at)
        assert looks.oldest(jobs) == min(going_on, default=None)
