"""Words and strokes: short, honest about guesses, never negative."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.app import display
from jobtui.core.jobs import Estimate, EstimateBasis, Task
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from tests.app.scripted_engine import NOW, job


@pytest.mark.parametrize(
    ("seconds", "short", "words", "rough"),
    [
        (-5, "0s", "0 s", "~5 s"),
        (0, "0s", "0 s", "~5 s"),
        (41, "41s", "41 s", "~40 s"),
        (58, "58s", "58 s", "~1 min"),
        (200, "3m", "3 min 20 s", "~3 min"),
        (3600, "1h", "1 h", "~1 h"),
        (7500, "2h", "2 h 5 min", "~2 h"),
        (1_047_600, "12d", "12 d 3 h", "~12 d"),
    ],
)
def test_spans_are_told_at_their_size(seconds: int, short: str, words: str, rough: str) -> None:
    span = timedelta(seconds=seconds)
    assert display.short_span(span) == short
    assert display.span_words(span) == words
    assert display.rough_words(span) == rough


@given(st.floats(allow_nan=False), st.integers(1, 300))
def test_h8_a_bar_has_always_its_width(fraction: float, width: int) -> None:
    done, rest = display.bar(fraction, width)
    assert len(done) + len(rest) == width


def test_a_bar_moves_in_half_cells() -> None:
    assert display.bar(0.25, 10) == ("━━╸", "───────")
    assert display.bar(1.0, 4) == ("━━━━", "")


def test_an_age_that_is_only_known_at_least_says_so() -> None:
    unknown = job("evo:1", created_at=None, started_at=None)
    assert display.age_cell(unknown, NOW) == ""
    assert display.age_cell(replace(unknown, first_seen_at=NOW - timedelta(minutes=3)), NOW) == ">3m"
    ended = replace(unknown, first_seen_at=NOW, finished_at=NOW - timedelta(hours=2))
    assert display.age_cell(ended, NOW) == ">2h"
    assert display.age_cell(replace(ended, started_at=NOW - timedelta(hours=5)), NOW) == ">5h"
    assert display.age_cell(replace(ended, created_at=NOW - timedelta(hours=1)), NOW) == "1h"


def test_a_job_that_failed_is_never_shown_as_done() -> None:
    tasks = tuple(Task(f"{state}", "", state, "") for state in (JobState.SUCCEEDED, JobState.FAILED))
    failed = job("graph:1", JobState.FAILED, tasks=tasks)
    assert display.fraction_done(failed) == 0.5
    assert display.progress_cell(failed) == "50 %"


@pytest.mark.parametrize(("width", "words"), [(9, "120/200"), (7, "120/200"), (5, "60 %")])
def test_a_share_of_tasks_is_told_where_it_fits(width: int, words: str) -> None:
    tasks = tuple(Task("", "", JobState.SUCCEEDED if n < 120 else JobState.QUEUED, "") for n in range(200))
    assert display.progress_cell(job("graph:1", tasks=tasks), width) == words


@pytest.mark.parametrize(
    ("place", "count", "words"),
    [
        (0, 0, ""),
        (3, 17, "3 of 17"),
        (0, 17, "17 found"),
        (3, 1001, "3 of more than 1,000"),
        (0, 1001, "more than 1,000 found"),
    ],
)
def test_what_a_search_found_is_counted_as_far_as_it_was(place: int, count: int, words: str) -> None:
    assert display.hits_words(place, count) == words


def test_an_estimate_says_what_it_rests_on() -> None:
    running = job("evo:1", estimate=Estimate(NOW + timedelta(minutes=4), EstimateBasis.PROGRESS))
    assert display.eta_words(running, NOW) == "~4 min left (from its progress)"
    assert display.eta_cell(running, NOW) == "~4m"
    past = job("evo:1", estimate=Estimate(NOW - timedelta(minutes=4), EstimateBasis.HISTORY))
    assert display.eta_words(past, NOW) == "taking longer than expected (median of your earlier runs)"
    assert display.eta_cell(past, NOW) == "late"
    waiting = replace(past, state=JobState.QUEUED)
    assert display.eta_words(waiting, NOW) == "waiting longer than usual (median of your earlier runs)"
    assert display.eta_cell(waiting, NOW) == ""
    unseen = replace(past, stale=True)
    assert display.eta_words(unseen, NOW) == "perhaps over by now (median of your earlier runs)"
    assert display.eta_cell(unseen, NOW) == "?"


def test_no_estimate_is_told_of_what_is_over_or_unknown() -> None:
    estimate = Estimate(NOW, EstimateBasis.PROGRESS)
    assert display.eta_words(job("evo:1", JobState.SUCCEEDED, estimate=estimate), NOW) == ""
    assert display.eta_words(job("evo:1"), NOW) == ""


def test_what_has_not_begun_is_not_guessed_to_be_under_way() -> None:
    begun = job("evo:1", estimate=Estimate(NOW + timedelta(minutes=4), EstimateBasis.HISTORY))
    assert display.guessed_fraction(begun, NOW) is not None
    assert display.guessed_fraction(replace(begun, state=JobState.QUEUED), NOW) is None


def test_tasks_count_as_progress_where_the_service_tells_none() -> None:
    tasks = (Task("1", "a", JobState.SUCCEEDED, ""), Task("2", "b", JobState.RUNNING, ""))
    assert display.progress_cell(job("graph:1", tasks=tasks)) == "1/2"
    assert display.fraction_done(job("graph:1", tasks=tasks)) == 0.5
    assert display.progress_cell(job("graph:1")) == ""
    assert display.progress_cell(job("graph:1", progress=0.625)) == "62 %"


def test_j5_times_in_the_future_give_no_negative_age() -> None:
    future = job("graph:1", created_at=NOW + timedelta(hours=1), started_at=NOW + timedelta(hours=1))
    assert display.age_cell(future, NOW) == "0s"
    assert display.duration_cell(future, NOW) == "0s"


def test_the_service_s_own_word_stands_beside_ours_where_it_differs() -> None:
    assert display.state_words(JobState.RUNNING, "in progress") == "running (in progress)"
    assert display.state_words(JobState.RUNNING, "RUNNING") == "running"


def test_what_is_over_ages_by_the_minute() -> None:
    assert display.ago_words(NOW, NOW + timedelta(seconds=59)) == "less than a minute ago"
    assert display.ago_words(NOW, NOW + timedelta(minutes=14, seconds=3)) == "14 min ago"
    assert display.ago_words(NOW, NOW + timedelta(hours=3)) == "3 h ago"
    assert display.ago_words(NOW, NOW + timedelta(days=3)) == "3 d ago"


@pytest.mark.parametrize(
    ("latency_ms", "words"),
    [(0.4, "<10 ms"), (11.9, "10 ms"), (17, "20 ms"), (96, "100 ms"), (243, "200 ms"), (960, "1 s"), (3400, "3 s")],
)
def test_a_latency_is_told_roughly(latency_ms: float, words: str) -> None:
    assert display.latency_words(latency_ms) == words


def test_the_last_look_is_told_once_it_is_old() -> None:
    seen = job("evo:1", observed_at=NOW - timedelta(seconds=19))
    assert display.old_look_words(seen, NOW) == ""
    assert display.old_look_words(seen, NOW + timedelta(seconds=8)) == "last seen 20 s ago"
    assert display.old_look_words(job("evo:1", observed_at=None), NOW) == "not looked at yet"


def test_a_median_says_of_how_many_runs_it_is() -> None:
    one = job("evo:1", estimate=Estimate(NOW + timedelta(minutes=4), EstimateBasis.HISTORY, samples=12))
    assert display.eta_words(one, NOW) == "~4 min left (median of your last 12 runs)"


def test_a_stalled_job_has_no_time_left_to_tell() -> None:
    still = job("evo:1", progress=0.5, stalled_since=NOW - timedelta(minutes=3))
    assert display.eta_cell(still, NOW) == "stall"
    assert display.stall_words(still, NOW).startswith("Stalled: no progress for 3 min, several times what a step")
    silent = replace(still, progress=None)
    assert display.stall_words(silent, NOW).startswith(
        "Stalled: no sign of progress for 3 min, several times what others"
    )
    ending = replace(still, state=JobState.CANCELLING)
    assert display.stall_words(ending, NOW) == "Stalled: asked to cancel, and still not over after 3 min."
    assert display.stall_words(job("evo:1"), NOW) == ""


def test_the_oldest_look_is_told_once_it_is_a_minute_old() -> None:
    assert display.oldest_look_words(None, NOW) == ""
    assert display.oldest_look_words(NOW - timedelta(seconds=59), NOW) == ""
    assert display.oldest_look_words(NOW - timedelta(seconds=97), NOW) == "oldest look 1 min 30 s ago"
