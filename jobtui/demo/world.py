"""Lives of demo jobs: what a job is doing is computed from its plan and the time, no task runs anywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain, cycle, islice
from random import Random
from typing import TypeVar

from msgspec import Struct

from jobtui.core.states import JobState
from jobtui.core.structs import replace

_T = TypeVar("_T")

FAILING_SHARE = 0.16
"""Part of the jobs that fail."""
ABANDONED_SHARE = 0.06
"""Part of the jobs that somebody else cancels, among those that no caller of the demo submitted."""

_ONE_OF_EACH = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED, JobState.SUCCEEDED, JobState.CANCELLED)
_MORE_ALIVE = (JobState.QUEUED, JobState.RUNNING, JobState.RUNNING)
_CROWD = 8
"""With more jobs than this, more than two of them are alive."""
_HISTORY = (*(JobState.SUCCEEDED,) * 5, JobState.FAILED, *(JobState.SUCCEEDED,) * 4, JobState.CANCELLED)
"""How the older jobs ended, over and over."""


class Moment(Struct, frozen=True):
    """Where a job stands at one time."""

    state: JobState
    """Queued, running, cancelling or one of the three ends; never unknown or lost."""
    fraction: float
    """How far it is, 0.0 to 1.0; short of 1.0 where it ended early."""
    started_at: datetime | None = None
    """When it left the queue, if it did."""
    finished_at: datetime | None = None
    """When it came to its end, if it did."""


class Plan(Struct, frozen=True):
    """Everything that will happen to a job. The spans are those of the clock: the demo's speed is already in them."""

    created_at: datetime
    """When it was submitted."""
    queue: timedelta
    """How long it waits before it runs."""
    run: timedelta
    """How long it runs when nobody cancels it."""
    ending: JobState
    """Succeeded or failed: how it ends when nobody cancels it."""
    seed: int
    """Settles whatever else is chosen at random about this job."""
    reach: float = 1.0
    """The fraction at which it ends; below 1.0 for one that fails."""
    stopping: timedelta = timedelta(0)
    """How long a cancel takes from being asked for to being done."""
    cancel_asked_at: datetime | None = None
    """When somebody cancels it; may lie in the future."""

    @property
    def ends_at(self) -> datetime:
        """When it comes to its end, one way or another."""
        natural = self.created_at + self.queue + self.run
        if self.cancel_asked_at is None or self.cancel_asked_at >= natural:
            return natural
        return self.cancel_asked_at + self.stopping

    def at(self, now: datetime) -> Moment:
        """Where the job stands at `now`."""
        starts_at = self.created_at + self.queue
        natural_end = starts_at + self.run
        stopped_at = self.cancel_asked_at
        if stopped_at is None or stopped_at >= natural_end or stopped_at > now:
            if now < starts_at:
                return Moment(JobState.QUEUED, 0.0)
            if now < natural_end:
                return Moment(JobState.RUNNING, self._fraction(now), starts_at)
            return Moment(self.ending, self.reach, starts_at, natural_end)
        started_at = starts_at if starts_at <= stopped_at else None
        fraction = self._fraction(stopped_at) if started_at else 0.0
        if now < self.ends_at:
            return Moment(JobState.CANCELLING, fraction, started_at)
        return Moment(JobState.CANCELLED, fraction, started_at, self.ends_at)

    def cancelled(self, now: datetime) -> Plan:
        """The plan once somebody cancels the job now: the same one if it has ended or is already being cancelled."""
        if self.at(now).state not in (JobState.QUEUED, JobState.RUNNING):
            return self
        return replace(self, cancel_asked_at=now)

    def _fraction(self, now: datetime) -> float:
        """Progress at a time of the run: it only grows, but faster at some times than at others, as real jobs do."""
        share = (now - self.created_at - self.queue) / self.run
        lead = Random(self.seed).uniform(-0.7, 0.7)
        return self.reach * (share + lead * math.sin(2 * math.pi * share) / (2 * math.pi))


def draw_plan(random: Random, created_at: datetime, *, speed: float, may_be_abandoned: bool = False) -> Plan:
    """A varied life of 10 seconds to 3 minutes at speed 1.

    Args:
        random: Where chance comes from.
        created_at: When the job is submitted.
        speed: How many times faster than that the job lives.
        may_be_abandoned: Whether somebody else may cancel it; nobody does that to a job of the caller's own.
    """
    queue_s = random.uniform(1.0, 9.0)
    run_s = min(max(random.lognormvariate(math.log(45.0), 0.7), 9.0), 170.0)
    fails = random.random() < FAILING_SHARE
    asked_at = None
    if not fails and random.random() < ABANDONED_SHARE / (1 - FAILING_SHARE):
        asked_at = created_at + timedelta(seconds=(queue_s + run_s * random.uniform(0.2, 0.8)) / speed)
    return Plan(
        created_at=created_at,
        queue=timedelta(seconds=queue_s / speed),
        run=timedelta(seconds=run_s / speed),
        ending=JobState.FAILED if fails else JobState.SUCCEEDED,
        seed=random.getrandbits(48),
        reach=random.uniform(0.15, 0.95) if fails else 1.0,
        stopping=timedelta(seconds=random.uniform(1.5, 3.5) / speed),
        cancel_asked_at=asked_at if may_be_abandoned else None,
    )


def opening_plans(random: Random, count: int, now: datetime, *, speed: float) -> tuple[Plan, ...]:
    """The jobs that exist when a demo opens, oldest first: the newest wait and run, the older ones came to every end.

    Args:
        random: Where chance comes from.
        count: How many; from five on, each of queued, running, succeeded, failed and cancelled occurs.
        now: When the demo opens.
        speed: How many times faster than at speed 1 the jobs live.
    """
    cast = chain(_ONE_OF_EACH, _MORE_ALIVE if count > _CROWD else (), cycle(_HISTORY))
    age = timedelta(minutes=random.uniform(3.5, 6.0))
    plans: list[Plan] = []
    for state in islice(cast, count):
        plans.append(_plan_standing_at(state, random, now, age, speed=speed))
        if state.is_final:
            age += timedelta(minutes=random.uniform(4.0, 20.0))
    return tuple(sorted(plans, key=lambda plan: plan.created_at))


def _plan_standing_at(state: JobState, random: Random, now: datetime, age: timedelta, *, speed: float) -> Plan:
    """A plan that has the wanted state now; one that is over ended `age` ago."""
    plan = replace(draw_plan(random, now, speed=speed), cancel_asked_at=None, ending=JobState.SUCCEEDED, reach=1.0)
    if state is JobState.QUEUED:
        return replace(plan, created_at=now - plan.queue * random.uniform(0.1, 0.6))
    if state is JobState.RUNNING:
        # Long runs, so that the first screen of the demo is worth looking at for a while.
        run = timedelta(seconds=random.uniform(50.0, 150.0) / speed)
        return replace(plan, created_at=now - plan.queue - run * random.uniform(0.1, 0.7), run=run)
    plan = replace(plan, created_at=now - age - plan.queue - plan.run)
    if state is JobState.FAILED:
        return replace(plan, ending=JobState.FAILED, reach=random.uniform(0.15, 0.95))
    if state is JobState.CANCELLED:
        return replace(plan, cancel_asked_at=plan.created_at + plan.queue + plan.run * random.uniform(0.2, 0.8))
    return plan


def plan_from_id(native_id: str, now: datetime, *, speed: float) -> Plan:
    """The life of a job that an earlier demo had: derived from its id, and over by now."""
    random = Random(native_id)
    plan = draw_plan(random, now, speed=speed, may_be_abandoned=True)
    shift = now - plan.ends_at - timedelta(minutes=random.uniform(10.0, 600.0))
    asked_at = plan.cancel_asked_at
    return replace(
        plan,
        created_at=plan.created_at + shift,
        cancel_asked_at=asked_at + shift if asked_at else None,
    )


def at_fraction(pieces: Sequence[_T], fraction: float) -> _T:
    """The piece that a job is busy with when its work is cut into equal pieces."""
    return pieces[min(int(fraction * len(pieces)), len(pieces) - 1)]
