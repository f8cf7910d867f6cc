"""When a running job will probably be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from msgspec import Struct

from jobtui.core.jobs import Estimate, EstimateBasis, Job
from jobtui.core.states import JobState

HISTORY_NEEDS = 3
"""Finished jobs of a kind before their median says anything."""

WINDOW = 8
"""Steps of progress that the rate is taken from: the latest, because jobs change their pace."""

_NO_ESTIMATE_BEYOND_S = 30 * 24 * 3600.0
_LEAST_STEP_S = 5.0
_STALLED_STEPS = 5
_STALLED_RUNS = 4
_STALLED_LOOKS = 4
_LEAST_STALL_S = 30.0
_LEAST_CANCELLING_S = 120.0
_STEPS_NEEDED = 3
_STEP_SHARE = 0.1


class Step(Struct, frozen=True):
    """A progress, and when it was first seen."""

    at: datetime
    progress: float


class History(Struct, frozen=True):
    """How long this user's finished jobs of one kind took, in seconds."""

    running_s: tuple[float, ...] = ()
    """From start to end, where both are known."""
    whole_s: tuple[float, ...] = ()
    """From being made to the end, the queue included."""


def estimate(job: Job, steps: Sequence[Step], history: History, now: datetime) -> Estimate | None:
    """The best guess at a job's end.

    Args:
        job: The job; its own `estimate` is kept as long as the new one says about the same.
        steps: Its latest progress, oldest first, at most `WINDOW`.
        history: Of its source and kind.
        now: The moment of the guess.

    Returns:
        The progress' own rate where there is one, else the median of history, else `None`.
    """
    if job.state.is_final or job.state is JobState.CANCELLING:
        return None
    fresh = _from_progress(job, steps) or _from_history(job, history)
    return _steady(job.estimate, fresh, now) if fresh is not None else None


def stalled_since(
    job: Job,
    steps: Sequence[Step],
    now: datetime,
    *,
    history: History | None = None,
    cancelling_since: datetime | None = None,
    look_s: float = 0.0,
) -> datetime | None:
    """Since when a job has not moved, if that is several times what it usually takes.

    Args:
        job: As it was seen at `now`.
        steps: Its latest progress, oldest first.
        now: The moment it was seen.
        history: Of its source and kind: what a run takes whose own steps say nothing.
        cancelling_since: When it was first seen to be about to end.
        look_s: Seconds between two looks at it, usually.

    Returns:
        When it moved last; `None` for one that moves, and where too little was seen to tell.
    """
    if job.state is JobState.CANCELLING:
        return _if_over(cancelling_since, now, max(_LEAST_CANCELLING_S, _STALLED_LOOKS * look_s))
    if job.state is not JobState.RUNNING:
        return None
    if len(steps) >= _STEPS_NEEDED:
        usual_s = median((later.at - earlier.at).total_seconds() for earlier, later in pairwise(steps))
        return _if_over(steps[-1].at, now, max(_LEAST_STALL_S, _STALLED_STEPS * usual_s))
    usual = _usual_run(job, history) if history is not None else None
    if usual is None:
        return None
    begun_at, span_s, _ = usual
    last = max(begun_at, steps[-1].at) if len(steps) > 1 else begun_at
    return _if_over(last, now, max(_LEAST_STALL_S, _STALLED_RUNS * span_s))


def _if_over(since: datetime | None, now: datetime, limit_s: float) -> datetime | None:
    return since if since is not None and (now - since).total_seconds() > limit_s else None


def _from_progress(job: Job, steps: Sequence[Step]) -> Estimate | None:
    if not steps or job.state is not JobState.RUNNING:
        return None
    points = list(steps)
    if len(points) < WINDOW and job.started_at is not None and job.started_at < points[0].at:
        points.insert(0, Step(job.started_at, 0.0))
    # The median of all pairs' slopes: one stall or one jump doesn't throw it.
    slopes = [
        (later.progress - earlier.progress) / (later.at - earlier.at).total_seconds()
        for index, earlier in enumerate(points)
        for later in points[index + 1 :]
        if later.at > earlier.at
    ]
    rate = median(slopes) if slopes else 0.0
    last = points[-1]
    if rate <= 0 or last.progress <= 0:
        return None
    remaining_s = (1.0 - last.progress) / rate
    if remaining_s > _NO_ESTIMATE_BEYOND_S:
        return None
    return Estimate((last.at + timedelta(seconds=remaining_s)).replace(microsecond=0), EstimateBasis.PROGRESS)


def _from_history(job: Job, history: History) -> Estimate | None:
    usual = _usual_run(job, history)
    if usual is None:
        return None
    begun_at, span_s, samples = usual
    if span_s > _NO_ESTIMATE_BEYOND_S:
        return None
    finishes_at = (begun_at + timedelta(seconds=span_s)).replace(microsecond=0)
    return Estimate(finishes_at, EstimateBasis.HISTORY, samples)


def _usual_run(job: Job, history: History) -> tuple[datetime, float, int] | None:
    """When the job began, the median of what its kind takes from there, and of how many; `None` where too few say."""
    begun_at, spans_s = job.created_at, history.whole_s
    if job.started_at is not None and len(history.running_s) >= HISTORY_NEEDS:
        begun_at, spans_s = job.started_at, history.running_s
    if begun_at is None or len(spans_s) < HISTORY_NEEDS:
        return None
    return begun_at, median(spans_s), len(spans_s)


def _steady(before: Estimate | None, fresh: Estimate, now: datetime) -> Estimate:
    """The earlier guess, unless the new one differs by more than a reader would care for."""
    if before is None or before.basis is not fresh.basis:
        return fresh
    remaining_s = max(0.0, (fresh.finishes_at - now).total_seconds())
    moved_s = abs((fresh.finishes_at - before.finishes_at).total_seconds())
    return before if moved_s <= max(_LEAST_STEP_S, _STEP_SHARE * remaining_s) else fresh
