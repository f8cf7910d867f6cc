"""A picture is what a copy would be, for ever, at the price of what changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.engine.pictures import Jobs, Picture


def make(number: int, message: str = "") -> Job:
    return Job(JobId("evo", str(number)), "evo", JobState.RUNNING, message=message)


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 150), st.sampled_from(["", "a", "b", None])), max_size=90), max_size=12)
)
def test_the_jobs_and_every_picture_of_them_are_what_a_dictionary_would_be(
    rounds: list[list[tuple[int, str | None]]],
) -> None:
    jobs, expected = Jobs(), dict[JobId, Job]()
    taken: list[Picture] = []
    copies = []
    for changes in rounds:
        for number, message in changes:
            job_id = JobId("evo", str(number))
            if message is None:
                assert jobs.drop(job_id) is (expected.pop(job_id, None) is not None)
            else:
                expected[job_id] = make(number, message)
                jobs.put(expected[job_id])
        assert dict(jobs.items()) == expected
        taken.append(jobs.picture())
        copies.append(dict(expected))
    for picture, copy in zip([*taken, jobs], [*copies, expected], strict=True):
        assert dict(picture) == copy
        assert dict(picture.items()) == copy
        assert {job.id for job in picture.values()} == set(copy) == set(picture)
        assert len(picture) == len(copy)
        assert all(picture[job_id] is job and job_id in picture for job_id, job in copy.items())


def test_a_job_that_is_gone_is_not_found() -> None:
    jobs, first = Jobs(), make(1)
    jobs.put(first)
    before = jobs.picture()
    assert jobs.drop(first.id)
    assert not jobs.drop(first.id)
    after = jobs.picture()
    assert before[first.id] is first
    assert after.get(first.id) is None
    assert first.id not in after
    with pytest.raises(KeyError):
        after[first.id]


def test_without_a_change_it_is_the_same_picture() -> None:
    jobs = Jobs()
    jobs.put(make(1))
    assert jobs.picture() is jobs.picture()
