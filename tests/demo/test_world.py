from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.states import JobState
from jobtui.demo.world import at_fraction, draw_plan, opening_plans, plan_from_id

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_RANK = {JobState.QUEUED: 0, JobState.RUNNING: 1, JobState.CANCELLING: 2}


@given(seed=st.integers(0, 2**32), speed=st.floats(0.1, 100), cancel_share=st.none() | st.floats(0, 1))
def test_a_life_only_goes_forward(seed: int, speed: float, cancel_share: float | None) -> None:
    plan = draw_plan(Random(seed), NOW, speed=speed)
    if cancel_share is not None:
        plan = plan.cancelled(NOW + (plan.ends_at - NOW) * cancel_share)
    moments = [plan.at(NOW + (plan.ends_at - NOW) * step / 50) for step in range(55)]
    for before, after in pairwise(moments):
        assert _RANK.get(before.state, 3) <= _RANK.get(after.state, 3)
        assert 0.0 <= before.fraction <= after.fraction + 1e-9 <= 1.0 + 1e-9
    assert moments[0].state in (JobState.QUEUED, JobState.CANCELLING)
    assert moments[-1].state.is_final
    assert moments[-1].finished_at == plan.ends_at


@given(seed=st.integers(0, 2**32))
def test_at_speed_one_a_job_lives_ten_seconds_to_three_minutes(seed: int) -> None:
    plan = draw_plan(Random(seed), NOW, speed=1)
    assert timedelta(seconds=10) <= plan.queue + plan.run <= timedelta(minutes=3)
    faster = draw_plan(Random(seed), NOW, speed=10)
    assert (plan.run / faster.run) == pytest.approx(10, rel=1e-4)


def test_a_cancel_takes_a_while_and_is_asked_for_once() -> None:
    plan = draw_plan(Random(3), NOW, speed=1)
    asked_at = NOW + plan.queue + plan.run / 2
    cancelled = plan.cancelled(asked_at)
    assert cancelled.at(asked_at).state is JobState.CANCELLING
    assert cancelled.cancelled(asked_at + plan.stopping / 2) == cancelled
    assert cancelled.at(asked_at + plan.stopping).state is JobState.CANCELLED
    assert cancelled.cancelled(asked_at + plan.stopping) == cancelled


def test_a_job_cancelled_in_the_queue_never_started() -> None:
    moment = draw_plan(Random(3), NOW, speed=1).cancelled(NOW).at(NOW + timedelta(hours=1))
    assert (moment.state, moment.started_at, moment.fraction) == (JobState.CANCELLED, None, 0.0)


@pytest.mark.parametrize("speed", [1.0, 25.0])
@pytest.mark.parametrize("count", [5, 8, 9, 25, 200])
def test_a_demo_opens_with_jobs_in_every_state(count: int, speed: float) -> None:
    plans = opening_plans(Random(7), count, NOW, speed=speed)
    states = Counter(plan.at(NOW).state for plan in plans)
    assert states.total() == count
    assert set(states) == set(JobState) - {JobState.CANCELLING, JobState.UNKNOWN, JobState.LOST}
    assert list(plans) == sorted(plans, key=lambda plan: plan.created_at)


def test_a_demo_can_open_empty() -> None:
    assert opening_plans(Random(7), 0, NOW, speed=1) == ()


def test_a_job_of_an_earlier_demo_is_over_and_the_same_each_time() -> None:
    plans = [plan_from_id(f"geostatistics/kriging/{number}", NOW, speed=1) for number in range(60)]
    assert plans == [plan_from_id(f"geostatistics/kriging/{number}", NOW, speed=1) for number in range(60)]
    ends = Counter(plan.at(NOW).state for plan in plans)
    assert set(ends) == {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


def test_work_is_cut_into_equal_pieces() -> None:
    assert [at_fraction("abcd", fraction) for fraction in (0.0, 0.3, 0.5, 0.99, 1.0)] == ["a", "b", "c", "d", "d"]
