from __future__ import annotations

import pytest

from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from jobtui.engine.hearsay import Hearsay, Verdict

JOB = JobId("graph", "1")
QUEUED, RUNNING, DONE, LOST = JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED, JobState.LOST
BELIEVED, DOUBTED, OVERRULED = Verdict.BELIEVED, Verdict.DOUBTED, Verdict.OVERRULED

Said = tuple[JobState] | tuple[JobState, Verdict]
"""By a look, or by the list and what became of it."""


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([(RUNNING, BELIEVED), (DONE, BELIEVED), (RUNNING, BELIEVED)], id="never looked at"),
        pytest.param([(RUNNING,), (RUNNING, BELIEVED), (DONE, DOUBTED), (DONE,), (DONE, BELIEVED)], id="it ended"),
        pytest.param([(RUNNING,), (DONE, DOUBTED), (RUNNING,), (DONE, OVERRULED), (DONE, OVERRULED)], id="list ahead"),
        pytest.param([(DONE,), (RUNNING, DOUBTED), (DONE,), (RUNNING, OVERRULED), (DONE, BELIEVED)], id="list behind"),
        pytest.param([(DONE,), (RUNNING, DOUBTED), (DONE,), (QUEUED, DOUBTED)], id="a new word"),
        pytest.param([(RUNNING,), (DONE, DOUBTED), (DONE, BELIEVED), (DONE, BELIEVED)], id="no look answers"),
        pytest.param([(QUEUED,), (RUNNING, BELIEVED), (QUEUED,), (RUNNING, OVERRULED)], id="neither is an end"),
        pytest.param([(LOST,), (RUNNING, DOUBTED), (RUNNING,), (RUNNING, BELIEVED)], id="found again"),
    ],
)
def test_a_jobs_own_looks_are_the_truth_and_a_list_only_has_it_looked_at(said: list[Said]) -> None:
    hearsay = Hearsay()
    for words in said:
        if len(words) == 1:
            hearsay.looked(JOB, words[0], 0.0)
        else:
            assert hearsay.listed(JOB, words[0], 0.0) is words[1]


def test_a_list_that_was_overruled_has_its_job_looked_at_now_and_then() -> None:
    hearsay = Hearsay()
    hearsay.looked(JOB, DONE, 0.0)
    hearsay.listed(JOB, RUNNING, 1.0)
    hearsay.looked(JOB, DONE, 2.0)
    verdicts = [hearsay.listed(JOB, RUNNING, float(now)) for now in range(10, 3610, 10)]
    assert verdicts.count(DOUBTED) == 5
    assert hearsay.is_overruled(JOB)
    hearsay.looked(JOB, RUNNING, 3620.0)
    assert not hearsay.is_overruled(JOB)
    hearsay.forget(JOB)
    assert hearsay.listed(JOB, DONE, 3630.0) is BELIEVED
