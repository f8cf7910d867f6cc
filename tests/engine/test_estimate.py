from __future__ import annotations

from datetime import timedelta

import pytest

from jobtui.core.jobs import EstimateBasis
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.estimate import History, Step, estimate, stalled_since
from tests.fakes import START, job

RUNNING = job("evo:1", created_at=START, started_at=START)


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def steps(*points: tuple[float, float]) -> list[Step]:
    return [Step(START + at(second), progress) for second, progress in points]


def test_a_steady_job_ends_when_its_rate_says() -> None:
    guess = estimate(RUNNING, steps((10, 0.1), (20, 0.2), (30, 0.3)), History(), START + at(30))
    assert guess is not None
    assert guess.basis is EstimateBasis.PROGRESS
    assert guess.finishes_at == START + at(100)


def test_one_outlier_does_not_throw_the_rate() -> None:
    points = [(float(second), second / 100) for second in range(10, 50, 10)] + [(50.0, 0.7)]
    guess = estimate(RUNNING, steps(*points), History(), START + at(50))
    assert guess is not None
    assert START + at(60) < guess.finishes_at < START + at(100)


def test_the_start_counts_as_the_first_step() -> None:
    guess = estimate(RUNNING, steps((20, 0.5)), History(), START + at(20))
    assert guess is not None
    assert guess.finishes_at == START + at(40)


@pytest.mark.parametrize("points", [(), ((10.0, 0.0),), ((10.0, 0.5),)])
def test_without_a_rate_history_answers(points: tuple[tuple[float, float], ...]) -> None:
    unstarted = replace(RUNNING, started_at=None)
    guess = estimate(unstarted, steps(*points), History(whole_s=(90, 120, 600)), START + at(10))
    assert guess is not None
    assert (guess.basis, guess.finishes_at) == (EstimateBasis.HISTORY, START + at(120))


def test_history_of_running_time_counts_from_the_start() -> None:
    late = replace(RUNNING, started_at=START + at(60))
    guess = estimate(late, [], History((10, 20, 30), (1000, 1000, 1000)), START + at(61))
    assert guess is not None
    assert guess.finishes_at == START + at(80)


def test_history_needs_three() -> None:
    assert estimate(RUNNING, [], History((1, 2), (1, 2)), START) is None
    assert estimate(replace(RUNNING, created_at=None, started_at=None), [], History((1,) * 3, (1,) * 3), START) is None


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.CANCELLING, JobState.LOST])
def test_what_is_over_or_ending_has_no_estimate(state: JobState) -> None:
    assert estimate(replace(RUNNING, state=state), [], History((1,) * 3), START) is None


def test_an_estimate_may_lie_in_the_past() -> None:
    guess = estimate(RUNNING, [], History((10, 10, 10)), START + at(100))
    assert guess is not None
    assert guess.finishes_at == START + at(10)


def test_a_rate_that_says_years_says_nothing() -> None:
    assert estimate(RUNNING, steps((1000, 1e-9)), History(), START + at(1000)) is None


def test_small_moves_leave_the_estimate_where_it_was() -> None:
    first = estimate(RUNNING, steps((10, 0.1), (20, 0.2)), History(), START + at(20))
    second = estimate(
        replace(RUNNING, estimate=first), steps((10, 0.1), (20, 0.2), (30, 0.31)), History(), START + at(30)
    )
    assert second is first
    third = estimate(
        replace(RUNNING, estimate=first), steps((10, 0.1), (20, 0.12), (60, 0.2)), History(), START + at(60)
    )
    assert third is not None
    assert first is not None
    assert third.finishes_at > first.finishes_at


def test_j5_a_history_of_ages_by_a_wrong_clock_is_no_estimate() -> None:
    ages = (7_000 * 365.25 * 86_400,) * 3
    late = RUNNING.started_at.replace(year=5_000) if RUNNING.started_at else None
    assert estimate(replace(RUNNING, started_at=late), [], History(ages, ages), START) is None
    assert estimate(replace(RUNNING, started_at=None, created_at=late), [], History(ages, ages), START) is None


def test_an_estimate_from_history_tells_of_how_many_jobs() -> None:
    history = History(running_s=(60.0, 70.0, 80.0, 90.0), whole_s=(100.0,) * 7)
    by_running = estimate(RUNNING, [], history, START)
    assert by_running is not None
    assert by_running.samples == 4
    queued = replace(RUNNING, state=JobState.QUEUED, started_at=None)
    by_whole = estimate(queued, [], history, START)
    assert by_whole is not None
    assert by_whole.samples == 7
    by_rate = estimate(RUNNING, steps((10, 0.1), (20, 0.2)), history, START + at(20))
    assert by_rate is not None
    assert by_rate.samples == 0


@pytest.mark.parametrize(
    ("seen_at", "stalled"),
    [(60, False), (40 + 99, False), (40 + 101, True)],
)
def test_a_job_is_stalled_once_nothing_moved_for_several_usual_steps(seen_at: float, stalled: bool) -> None:
    since = stalled_since(RUNNING, steps((0, 0.1), (20, 0.2), (40, 0.3)), START + at(seen_at))
    assert since == (START + at(40) if stalled else None)


def test_quick_steps_make_no_stall_of_a_short_rest() -> None:
    quick = steps((0, 0.1), (1, 0.2), (2, 0.3))
    assert stalled_since(RUNNING, quick, START + at(31)) is None
    assert stalled_since(RUNNING, quick, START + at(33)) == START + at(2)


@pytest.mark.parametrize(
    ("seen_at", "look_s", "stalled"), [(119, 5, False), (121, 5, True), (121, 60, False), (241, 60, True)]
)
def test_j8_a_job_that_stays_cancelling_is_stalled_after_two_minutes_or_four_looks(
    seen_at: float, look_s: float, stalled: bool
) -> None:
    leaving = job("evo:1", JobState.CANCELLING)
    since = stalled_since(leaving, (), START + at(seen_at), cancelling_since=START, look_s=look_s)
    assert since == (START if stalled else None)
    assert stalled_since(leaving, (), START + at(9_000)) is None


@pytest.mark.parametrize(("seen_at", "stalled"), [(399, False), (401, True)])
def test_j8_a_job_without_progress_is_stalled_after_several_times_what_its_kind_takes(
    seen_at: float, stalled: bool
) -> None:
    history = History(running_s=(80.0, 100.0, 300.0))
    assert stalled_since(RUNNING, (), START + at(seen_at), history=history) == (START if stalled else None)
    # One that stays where it was at the first look has no progress either.
    assert stalled_since(RUNNING, steps((5, 0.0)), START + at(seen_at), history=history) == (START if stalled else None)


def test_j8_a_job_that_just_moved_or_whose_kind_is_not_known_well_is_not_stalled() -> None:
    history = History(whole_s=(100.0, 100.0, 100.0))
    late = START + at(2_000)
    assert stalled_since(RUNNING, steps((5, 0.0), (1_990, 0.1)), late, history=history) is None
    assert stalled_since(RUNNING, (), late, history=History(running_s=(100.0, 100.0))) is None
    assert stalled_since(job("evo:1"), (), late, history=history) is None
    assert stalled_since(replace(RUNNING, state=JobState.QUEUED), (), late, history=history) is None


def test_too_few_steps_and_jobs_that_do_not_run_are_never_called_stalled() -> None:
    assert stalled_since(RUNNING, steps((0, 0.1), (1, 0.2)), START + at(9_000)) is None
    ended = replace(RUNNING, state=JobState.SUCCEEDED)
    assert stalled_since(ended, steps((0, 0.1), (1, 0.2), (2, 0.3)), START + at(9_000)) is None
