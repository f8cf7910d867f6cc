"""When a job is due for its next look: arithmetic alone, so that every rule can be tested without waiting."""

from __future__ import annotations

import random
from enum import IntEnum

from msgspec import Struct

from jobtui.core.states import JobState
from jobtui.engine.source import Pace
from jobtui.providers.capabilities import Capabilities

FLOOR_S = 1.0
"""No job is looked at more often, whatever is configured."""

LIST_INTERVAL_S = 10.0
"""Between two passes over a source's list, where the user asked for nothing else."""

_YOUNG_S = ((2.0, 2.0), (5.0, 3.0), (10.0, 5.0), (18.0, 8.0))
"""Pairs of age and delay: a job younger than the age is looked at again after the delay."""

_QUEUED_S = 15.0
_OLD_S = 60.0
_OLD_ON_SCREEN_S = 30.0
_LOST_S = 60.0
_FAILED_S = 60.0
_JITTER = 0.1


class Attention(IntEnum):
    """Who looks at a job right now."""

    NONE = 0
    ON_SCREEN = 1
    SELECTED = 2


class Rhythm(Struct, frozen=True):
    """The base interval of one source."""

    interval_s: float
    configured: bool
    """Whether the user set it: then it's kept to the letter, not stretched or shortened."""

    @classmethod
    def of(cls, pace: Pace, capabilities: Capabilities) -> Rhythm:
        """The user's interval, or the one that suits the API."""
        if pace.interval_s is None:
            return cls(max(FLOOR_S, capabilities.poll_interval_s), configured=False)
        return cls(max(FLOOR_S, pace.interval_s) if pace.interval_s > 0 else 0.0, configured=True)

    @property
    def by_hand(self) -> bool:
        """Whether nothing is asked unless the user asks."""
        return self.interval_s <= 0

    @property
    def list_interval_s(self) -> float:
        """Seconds between two passes over the list."""
        return self.interval_s if self.configured else LIST_INTERVAL_S


class Subject(Struct, frozen=True):
    """What the schedule knows of one job."""

    state: JobState
    age_s: float
    """Since it was made, or first seen where that isn't known; never negative."""
    attention: Attention = Attention.NONE
    finishes_in_s: float | None = None
    """By its estimate; negative where it should be done."""
    failures: int = 0
    """Looks at it that failed in a row."""


def look_delay_s(subject: Subject, rhythm: Rhythm, rng: random.Random) -> float:
    """Seconds from one look at a job to the next one.

    Args:
        subject: The job.
        rhythm: Its source's base; must not be `by_hand`.
        rng: For the jitter of ±10 %, which keeps many programs from asking at the same moment.
    """
    delay_s = _configured_s(subject, rhythm) if rhythm.configured else _adaptive_s(subject, rhythm)
    if subject.finishes_in_s is not None and 0 < subject.finishes_in_s < delay_s:
        delay_s = subject.finishes_in_s + 0.5
    if subject.failures:
        delay_s = min(max(_FAILED_S, delay_s), max(2.0, delay_s) * 2.0 ** min(subject.failures, 10))
    return max(FLOOR_S, jittered(delay_s, rng))


def jittered(seconds: float, rng: random.Random) -> float:
    """The span, up to a tenth shorter or longer."""
    return seconds * rng.uniform(1 - _JITTER, 1 + _JITTER)


def urgency(overdue_s: float, delay_s: float, attention: Attention, *, near_finish: bool) -> float:
    """How much a due job wants its look when the budget can't hold all.

    It grows with the time it is overdue, in units of its own interval, so that every job's turn comes.
    """
    weight = 8.0 if attention is Attention.SELECTED else 4.0 if attention is Attention.ON_SCREEN or near_finish else 1.0
    return (1.0 + overdue_s / delay_s) * weight


def _configured_s(subject: Subject, rhythm: Rhythm) -> float:
    if subject.state is JobState.LOST:
        return max(_LOST_S, rhythm.interval_s)
    if subject.state is JobState.QUEUED and subject.age_s >= _YOUNG_S[-1][0]:
        return max(rhythm.interval_s, min(_QUEUED_S, 3 * rhythm.interval_s))
    return rhythm.interval_s


def _adaptive_s(subject: Subject, rhythm: Rhythm) -> float:
    base_s = rhythm.interval_s
    if subject.state is JobState.LOST:
        return _LOST_S
    if subject.attention is Attention.SELECTED:
        delay_s = 0.6 * base_s
    elif subject.attention is Attention.ON_SCREEN:
        delay_s = max(base_s, min(_OLD_ON_SCREEN_S, subject.age_s / 60))
    else:
        delay_s = max(2 * base_s, min(_OLD_S, subject.age_s / 20))
    if subject.state is JobState.QUEUED and subject.attention is not Attention.SELECTED:
        delay_s = max(_QUEUED_S, delay_s)
    for age_s, young_s in _YOUNG_S:
        if subject.age_s < age_s:
            return min(delay_s, young_s)
    return delay_s
