"""A picture is what a copy would be, for ever, at the price of what changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.pictures import Pictures


def make(number: int, message: str = "") -> Job:
    return Job(JobId("evo", str(number)), "evo", JobState.RUNNING, message=message)


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 150), st.sampled_from(["", "a", "b", None])), max_size=90), max_size=12)
)
def test_every_picture_stays_equal_to_a_copy_of_its_moment(rounds: list[list[tuple[int, str | None]]]) -> None:
    pictures, jobs = Pictures(), dict[JobId, Job]()
    taken, copies = [], []
    for changes in rounds:
        for number, message in changes:
            job_id = JobId("evo", str(number))
            if message is None:
                if jobs.pop(job_id, None) is not None:
                    pictures.note(job_id, None)
            else:
                jobs[job_id] = make(number, message)
                pictures.note(job_id, jobs[job_id])
        taken.append(pictures.take(jobs))
        copies.append(dict(jobs))
    for picture, copy in zip(taken, copies, strict=True):
        assert dict(picture) == copy
        assert dict(picture.items()) == copy
        assert {job.id for job in picture.values()} == set(copy) == set(picture)
        assert len(picture) == len(copy)
        assert all(picture[job_id] is job and job_id in picture for job_id, job in copy.items())


def test_a_job_that_is_gone_is_not_found() -> None:
    pictures, first = Pictures(), make(1)
    jobs = {first.id: first}
    pictures.note(first.id, first)
    before = pictures.take(jobs)
    del jobs[first.id]
    pictures.note(first.id, None)
    after = pictures.take(jobs)
    assert before[first.id] is first
    assert after.get(first.id) is None
    assert first.id not in after
    with pytest.raises(KeyError):
        after[first.id]


def test_without_a_change_it_is_the_same_picture() -> None:
    pictures, first = Pictures(), make(1)
    pictures.note(first.id, first)
    assert pictures.take({first.id: first}) is pictures.take({first.id: first})
