from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from jobtui.core.jobs import Job, JobError, Task
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.reconcile import Doubt, Merged, duration_s, merge, missed, same_facts
from jobtui.engine.snapshot import Change
from tests.fakes import START, job, look

LATER = START + timedelta(seconds=30)
RUNNING = job("evo:1", observed_at=START, created_at=START, started_at=START)


def test_a_first_look_is_kept_as_told() -> None:
    merged = merge(None, look("evo:1", progress=0.5, message="half"), START)
    assert merged.job == job("evo:1", progress=0.5, message="half", observed_at=START, first_seen_at=START)
    assert merged.change == Change(START, JobState.RUNNING, "", 0.5, "half")


def test_where_the_service_tells_no_beginning_the_first_look_stays_it() -> None:
    first = merge(None, look("evo:1"), START).job
    later = merge(first, look("evo:1", JobState.SUCCEEDED), START + timedelta(hours=1)).job
    assert (later.created_at, later.first_seen_at, later.began_at) == (None, START, START)
    told = merge(None, look("evo:1", created_at=START - timedelta(days=1)), START).job
    assert (told.first_seen_at, told.began_at) == (None, START - timedelta(days=1))


def test_a_job_made_here_begins_now() -> None:
    queued = merge(None, look("evo:1", JobState.QUEUED), START, made_here=True).job
    running = merge(None, look("evo:1"), START, made_here=True).job
    assert (queued.created_at, queued.started_at) == (START, None)
    assert (running.created_at, running.started_at) == (START, START)


def test_the_start_and_the_end_are_filled_in_as_they_are_seen() -> None:
    queued = job("evo:1", JobState.QUEUED, observed_at=START)
    running = merge(queued, look("evo:1"), LATER).job
    assert running.started_at == LATER
    end = LATER + timedelta(seconds=9)
    assert merge(running, look("evo:1", JobState.SUCCEEDED), end).job.finished_at == end


def test_an_end_that_nobody_watched_stays_unknown() -> None:
    two_days_on = START + timedelta(days=2)
    assert merge(RUNNING, look("evo:1", JobState.SUCCEEDED), two_days_on).job.finished_at is None


def test_an_end_seen_by_a_slow_clock_is_not_before_the_start() -> None:
    ahead = replace(RUNNING, started_at=LATER)
    done = merge(ahead, look("evo:1", JobState.FAILED), START + timedelta(seconds=5)).job
    assert done.finished_at == LATER


def test_times_of_the_service_win_over_times_that_were_seen() -> None:
    told = START - timedelta(minutes=5)
    done = merge(RUNNING, look("evo:1", JobState.SUCCEEDED, finished_at=told, started_at=told), LATER).job
    assert (done.started_at, done.finished_at) == (told, told)
    assert merge(done, look("evo:1", JobState.SUCCEEDED), LATER).job.finished_at == told


def test_j2_a_final_state_is_left_only_on_two_equal_answers() -> None:
    done = job("evo:1", JobState.SUCCEEDED, observed_at=START)
    first = merge(done, look("evo:1", native_state="RUN"), LATER)
    assert first.job.state is JobState.SUCCEEDED
    assert first.change is None
    assert first.doubt == Doubt(JobState.RUNNING, "RUN")
    other = merge(first.job, look("evo:1", JobState.QUEUED), LATER, doubt=first.doubt)
    assert other.job.state is JobState.SUCCEEDED
    second = merge(first.job, look("evo:1", native_state="RUN"), LATER, doubt=first.doubt)
    assert second.job.state is JobState.RUNNING
    assert second.job.finished_at is None
    assert second.change is not None
    assert second.doubt is None


def test_j2_states_and_progress_that_go_back_are_shown_as_told() -> None:
    before = replace(RUNNING, progress=0.8)
    back = merge(before, look("evo:1", progress=0.2), LATER).job
    assert back.progress == 0.2
    assert merge(back, look("evo:1", JobState.QUEUED), LATER).job.state is JobState.QUEUED


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ((JobState.RUNNING, 0.62), (JobState.RUNNING, 0.2), "went back from 62 %"),
        ((JobState.RUNNING, 0.62), (JobState.QUEUED, None), "went back from running"),
        ((JobState.CANCELLING, None), (JobState.RUNNING, None), "went back from cancelling"),
        ((JobState.RUNNING, 0.62), (JobState.RUNNING, 0.617), None),
        ((JobState.RUNNING, 0.62), (JobState.UNKNOWN, 0.62), ""),
        ((JobState.UNKNOWN, None), (JobState.QUEUED, None), ""),
        ((JobState.QUEUED, None), (JobState.RUNNING, 0.0), ""),
        ((JobState.RUNNING, 0.9), (JobState.CANCELLING, None), ""),
    ],
)
def test_j2_what_goes_back_is_marked_in_the_timeline(
    before: tuple[JobState, float | None], after: tuple[JobState, float | None], says: str | None
) -> None:
    known = replace(RUNNING, state=before[0], progress=before[1])
    line = merge(known, look("evo:1", after[0], progress=after[1]), LATER).change
    assert (line and line.message) == says


def test_j2_a_progress_that_swings_is_marked_once_a_minute_with_the_services_words() -> None:
    known = replace(RUNNING, progress=0.62)
    first = merge(known, look("evo:1", progress=0.6, message="again"), LATER)
    assert first.change is not None
    assert first.change.message == "went back from 62 %: again"
    high = replace(first.job, progress=0.62)
    soon = merge(high, look("evo:1", progress=0.61), LATER + timedelta(seconds=5), last_line=first.change)
    assert soon.change is None
    later = merge(high, look("evo:1", progress=0.61), LATER + timedelta(seconds=65), last_line=first.change)
    assert later.change is not None


def test_j2_an_end_that_is_taken_back_twice_is_marked() -> None:
    ended = replace(RUNNING, state=JobState.SUCCEEDED)
    doubt = merge(ended, look("evo:1", native_state="RUN"), LATER).doubt
    line = merge(ended, look("evo:1", native_state="RUN"), LATER, doubt=doubt).change
    assert line is not None
    assert line.message == "went back from succeeded"


@pytest.mark.parametrize("progress", [-0.1, 1.1, math.nan, math.inf])
def test_h8_a_first_answer_out_of_range_is_no_progress_either(progress: float) -> None:
    assert merge(None, look("evo:1", progress=progress), LATER).job.progress is None


def test_j3_three_misses_make_a_job_lost_and_one_look_brings_it_back() -> None:
    once = missed(RUNNING, LATER)
    twice = missed(once.job, LATER)
    thrice = missed(twice.job, LATER)
    assert [once.job.state, twice.job.state] == [JobState.RUNNING] * 2
    assert once.change is None
    assert thrice.job.state is JobState.LOST
    assert thrice.change is not None
    assert thrice.change.message == "not found 3 times in a row"
    found = merge(thrice.job, look("evo:1"), LATER)
    assert (found.job.state, found.job.misses) == (JobState.RUNNING, 0)
    assert found.change is not None
    assert found.change.message == "found again"


def test_j3_a_look_in_between_starts_the_count_anew() -> None:
    twice = missed(missed(RUNNING, LATER).job, LATER).job
    seen = merge(twice, look("evo:1"), LATER).job
    assert missed(seen, LATER).job.state is JobState.RUNNING


def test_a_finished_job_that_the_service_deleted_stays_finished() -> None:
    gone = job("evo:1", JobState.SUCCEEDED)
    for _ in range(4):
        gone = missed(gone, LATER).job
    assert gone.state is JobState.SUCCEEDED


def test_a_list_may_leave_things_out() -> None:
    task = Task("a", "load", JobState.RUNNING, "RUN")
    known = replace(RUNNING, name="rank", kind="k", progress=0.5, message="busy", tasks=(task,), handle={"file": "7"})
    told = merge(known, look("evo:1", raw=None), LATER).job
    assert (told.name, told.kind, told.progress, told.message) == ("rank", "k", 0.5, "busy")
    assert told.tasks == (task,)
    assert dict(told.handle) == {"file": "7"}


def test_a_look_of_its_own_is_complete() -> None:
    task = Task("a", "load", JobState.RUNNING, "RUN")
    known = replace(RUNNING, progress=0.5, message="busy", tasks=(task,))
    told = merge(known, look("evo:1", handle={"b": "2"}), LATER).job
    assert (told.progress, told.message, told.tasks, dict(told.handle)) == (None, "", (), {"b": "2"})


def test_handles_add_up() -> None:
    known = replace(RUNNING, handle={"a": "1", "b": "1"})
    assert dict(merge(known, look("evo:1", handle={"b": "2"}), LATER).job.handle) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("progress", [float("nan"), float("inf"), -0.1, 1.5])
def test_h8_progress_out_of_range_is_no_progress(progress: float) -> None:
    assert merge(RUNNING, look("evo:1", progress=progress), LATER).job.progress is None


def test_a_failed_look_is_forgotten_once_one_succeeds() -> None:
    assert merge(replace(RUNNING, stale=True), look("evo:1"), LATER).job.stale is False


def test_the_same_again_is_no_news() -> None:
    merged = merge(RUNNING, look("evo:1"), LATER)
    assert merged.change is None
    assert same_facts(RUNNING, merged.job)


def test_progress_makes_a_line_each_tenth() -> None:
    known, lines = replace(RUNNING, progress=0.0), 0
    last = None
    for percent in range(101):
        merged = merge(known, look("evo:1", progress=percent / 100), LATER, last_line=last)
        known, last = merged.job, merged.change or last
        lines += merged.change is not None
    assert lines == 10


def test_messages_alone_make_a_line_a_minute_at_most() -> None:
    known, last, lines = RUNNING, None, 0
    for second in range(300):
        now = START + timedelta(seconds=second)
        merged = merge(known, look("evo:1", message=f"block {second}"), now, last_line=last)
        known, last = merged.job, merged.change or last
        lines += merged.change is not None
    assert lines == 5


def test_a_list_s_poorer_reason_takes_nothing_from_what_the_job_itself_told() -> None:
    listed = JobError(title="the workflow failed")
    known = merge(RUNNING, look("evo:1", JobState.FAILED, raw=None, error=listed), LATER).job
    assert known.error == listed
    known = merge(known, look("evo:1", JobState.FAILED, error=JobError(title="failed: PageRank")), LATER).job
    known = merge(known, look("evo:1", JobState.FAILED, raw=None, error=listed), LATER).job
    assert known.error == JobError(title="failed: PageRank")


def test_an_error_speaks_where_there_is_no_message() -> None:
    failed = look("evo:1", JobState.FAILED, error=JobError("e1", "Singular matrix"))
    merged = merge(RUNNING, failed, LATER)
    assert merged.change is not None
    assert merged.change.message == "Singular matrix"
    assert merge(merged.job, look("evo:1", JobState.FAILED, raw=None), LATER).job.error == JobError(
        "e1", "Singular matrix"
    )


def test_j5_no_duration_is_negative() -> None:
    assert duration_s(START, LATER) == 30
    assert duration_s(LATER, START) is None
    assert duration_s(None, LATER) is None


OVER = job(
    "graph:1",
    JobState.SUCCEEDED,
    native_state="2",
    name="rank",
    kind="pagerank",
    progress=1.0,
    message="done",
    created_at=START,
    started_at=START,
    finished_at=START,
    first_seen_at=None,
    observed_at=START,
    tasks=(Task("a", "a", JobState.SUCCEEDED, "2"),),
    handle={"workflow": "7"},
    stale=True,
)
"""A job that is over, as a look of its own told it."""


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"name": "rank", "kind": "pagerank", "message": "done", "progress": 1.0},
        {"created_at": START, "started_at": START, "finished_at": START},
        {"handle": {"workflow": "7"}, "tasks": OVER.tasks},
    ],
)
def test_a_list_that_says_the_same_of_an_ended_job_only_makes_its_look_newer(told: dict[str, Any]) -> None:
    listed = look("graph:1", JobState.SUCCEEDED, raw=None, native_state="2", **told)
    merged = merge(OVER, listed, LATER)
    assert merged == Merged(replace(OVER, observed_at=LATER, stale=False))


OTHER: list[dict[str, Any]] = [
    {"native_state": "9"},
    {"name": "other"},
    {"kind": "other"},
    {"message": "other"},
    {"progress": 0.5},
    {"error": JobError("1", "other")},
    {"created_at": LATER},
    {"started_at": LATER},
    {"finished_at": LATER},
    {"tasks": (Task("b", "b", JobState.SUCCEEDED, "2"),)},
    {"can_cancel": True},
    {"handle": {"workflow": "8"}},
]


@pytest.mark.parametrize("told", OTHER)
def test_whatever_a_list_says_else_of_an_ended_job_is_taken(told: dict[str, Any]) -> None:
    listed = look("graph:1", JobState.SUCCEEDED, raw=None, **({"native_state": "2"} | told))
    assert merge(OVER, listed, LATER).job == replace(OVER, observed_at=LATER, stale=False, **told)


def test_each_field_that_a_service_tells_is_among_those() -> None:
    told = {name for fields_told in OTHER for name in fields_told}
    # What says which job it is and how far, and what the engine fills in by itself.
    others = {"id", "provider", "state", "observed_at", "estimate", "stalled_since", "stale", "misses", "first_seen_at"}
    assert told | others == set(Job.__struct_fields__)
