from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.states import JobState
from jobtui.engine.schedule import FLOOR_S, Attention, Rhythm, Subject, jittered, look_delay_s, urgency
from jobtui.engine.source import Pace
from jobtui.providers.capabilities import Capabilities

ADAPTIVE = Rhythm(5.0, configured=False)
DAY_S = 86400.0


class Middle(random.Random):
    """No jitter at all."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def delay_s(state: JobState = JobState.RUNNING, age_s: float = 100.0, **more: object) -> float:
    rhythm = more.pop("rhythm", ADAPTIVE)
    assert isinstance(rhythm, Rhythm)
    return look_delay_s(Subject(state, age_s, **more), rhythm, Middle())  # type: ignore[arg-type]


@pytest.mark.parametrize(("age_s", "expected_s"), [(0, 2), (1.9, 2), (3, 3), (7, 5), (12, 8), (20, 10)])
def test_a_young_job_is_looked_at_quickly_and_then_slower(age_s: float, expected_s: float) -> None:
    assert delay_s(age_s=age_s) == expected_s


def test_who_is_looked_at_is_asked_for_sooner() -> None:
    selected = delay_s(attention=Attention.SELECTED)
    on_screen = delay_s(attention=Attention.ON_SCREEN)
    assert selected == 3.0
    assert selected < on_screen < delay_s()


def test_a_queued_job_waits_15_seconds_unless_it_is_selected() -> None:
    assert delay_s(JobState.QUEUED) == 15
    assert delay_s(JobState.QUEUED, attention=Attention.ON_SCREEN) == 15
    assert delay_s(JobState.QUEUED, attention=Attention.SELECTED) == 3


def test_an_old_job_is_asked_for_once_a_minute_and_on_screen_twice() -> None:
    assert delay_s(age_s=DAY_S) == 60
    assert delay_s(age_s=DAY_S, attention=Attention.ON_SCREEN) == 30
    assert delay_s(age_s=DAY_S, attention=Attention.SELECTED) == 3


def test_a_configured_interval_is_kept_to_the_letter() -> None:
    rhythm = Rhythm.of(Pace(interval_s=7.0), Capabilities())
    for attention in Attention:
        for age_s in (0.0, 100.0, DAY_S):
            assert delay_s(age_s=age_s, attention=attention, rhythm=rhythm) == 7
    assert rhythm.list_interval_s == 7


def test_a_configured_interval_also_paces_queued_and_lost_jobs() -> None:
    rhythm = Rhythm(1.0, configured=True)
    assert delay_s(JobState.QUEUED, rhythm=rhythm) == 3
    assert delay_s(JobState.QUEUED, age_s=1, rhythm=rhythm) == 1
    assert delay_s(JobState.LOST, rhythm=rhythm) == 60
    assert delay_s(JobState.LOST) == 60


def test_an_interval_of_zero_is_only_by_hand() -> None:
    assert Rhythm.of(Pace(interval_s=0), Capabilities()).by_hand
    assert not Rhythm.of(Pace(), Capabilities()).by_hand


def test_a_list_is_read_every_ten_seconds_unless_configured() -> None:
    assert Rhythm.of(Pace(), Capabilities(poll_interval_s=3)).list_interval_s == 10


def test_a_job_about_to_finish_is_looked_at_when_it_should_be_done() -> None:
    assert delay_s(finishes_in_s=4.0) == 4.5
    assert delay_s(finishes_in_s=-4.0) == 10
    assert delay_s(finishes_in_s=400.0) == 10


def test_looks_that_fail_are_repeated_ever_later_up_to_a_minute() -> None:
    delays = [delay_s(failures=failures, age_s=0) for failures in range(8)]
    assert delays == sorted(delays)
    assert delays[1] == 4
    assert delays[-1] == 60


@given(
    state=st.sampled_from(JobState),
    age_s=st.floats(0, 1e9),
    attention=st.sampled_from(Attention),
    finishes_in_s=st.none() | st.floats(-1e9, 1e9),
    failures=st.integers(0, 10_000),
    interval_s=st.floats(0.001, 1e4),
    configured=st.booleans(),
    seed=st.integers(),
)
def test_no_delay_is_under_the_floor_or_absurdly_long(
    state: JobState,
    age_s: float,
    attention: Attention,
    finishes_in_s: float | None,
    failures: int,
    interval_s: float,
    configured: bool,
    seed: int,
) -> None:
    subject = Subject(state, age_s, attention, finishes_in_s, failures)
    delay = look_delay_s(subject, Rhythm(interval_s, configured), random.Random(seed))
    assert FLOOR_S <= delay <= 1.1 * max(60.0, 2 * interval_s) + 1


@given(st.floats(0.1, 1e6), st.integers())
def test_jitter_is_a_tenth_at_most(seconds: float, seed: int) -> None:
    assert 0.9 * seconds <= jittered(seconds, random.Random(seed)) <= 1.1 * seconds


def test_a_job_that_waits_long_enough_beats_any_other() -> None:
    ignored = urgency(80.0, 10.0, Attention.NONE, near_finish=False)
    assert ignored > urgency(0.0, 3.0, Attention.SELECTED, near_finish=True)
    assert urgency(0.0, 3.0, Attention.SELECTED, near_finish=False) > urgency(
        0.0, 3.0, Attention.ON_SCREEN, near_finish=False
    )
    assert urgency(5, 10, Attention.NONE, near_finish=True) > urgency(5, 10, Attention.NONE, near_finish=False)
