"""The jobs of the demo's graph service: a few run at once, the others wait, new ones come by themselves."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from random import Random

from msgspec import Struct

from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.demo.nebula_workflows import WORKFLOWS, Workflow
from jobtui.demo.world import Moment, Plan, draw_plan, opening_plans, plan_from_id

SLOTS = 3
"""How many jobs run at once."""

FIRST_ID = 30687
"""The id of the oldest job when a demo opens, unless jobs of an earlier demo have higher ones."""

MAX_DIGITS = 19
"""Of the longest id that can be asked for."""

_ADOPTED_BELOW = 2**63
"""Leaves room for the ids of later jobs, which are higher than any adopted one."""


class GraphJob(Struct, frozen=True):
    """One run of a workflow."""

    id: int
    """Increases from job to job."""
    workflow: Workflow
    """What it runs."""
    plan: Plan
    """What becomes of it, once it has a slot."""
    has_slot: bool = False
    """Whether it was let out of the queue."""

    def at(self, now: datetime) -> Moment:
        """Where the job stands at `now`."""
        return self.plan.at(now) if self.has_slot else Moment(JobState.QUEUED, 0.0)


class DagController:
    """Lets jobs run in the order of their creation. Catches up with the clock whenever it is asked something."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        opening_jobs: int,
        speed: float,
        seed: int,
        draw: Callable[[Random, datetime], Plan] | None = None,
        arrival_gap: timedelta | None = timedelta(seconds=25),
    ) -> None:
        self._now = now
        self._opening_jobs = opening_jobs
        self._speed = speed
        self._random = Random(f"graph:{seed}")
        self._draw = draw or (lambda random, created_at: draw_plan(random, created_at, speed=speed))
        self._arrival_gap = arrival_gap
        self._next_arrival: datetime | None = None
        self._jobs: dict[int, GraphJob] = {}
        self._next_id = FIRST_ID
        self._by_creation: list[int] = []
        self._waiting: deque[int] = deque()
        self._slots: list[int] = []
        self._opened = False

    def jobs(self) -> Sequence[GraphJob]:
        """All jobs, oldest first."""
        self._catch_up()
        return [self._jobs[job_id] for job_id in self._by_creation]

    def find(self, job_id: int) -> GraphJob | None:
        """The job with this id, if there is one."""
        self._catch_up()
        return self._jobs.get(job_id)

    def submit(self, workflow: Workflow) -> GraphJob:
        """Make a job that is created now."""
        self._catch_up()
        return self._add(workflow, self._draw(self._random, self._now()))

    def cancel(self, job_id: int) -> bool:
        """Ask for the end of a job; false when it has ended or is ending already."""
        self._catch_up()
        job, now = self._jobs[job_id], self._now()
        if job.at(now).state not in (JobState.QUEUED, JobState.RUNNING):
            return False
        plan = job.plan
        if not job.has_slot:
            self._waiting.remove(job_id)
            plan = replace(plan, queue=now - plan.created_at + timedelta(seconds=1), cancel_asked_at=None)
        self._jobs[job_id] = replace(job, plan=replace(plan, cancel_asked_at=now), has_slot=True)
        return True

    def adopt(self, native_ids: Iterable[str]) -> None:
        """Know jobs of an earlier demo again; ids that no job can have or that are in use are left alone."""
        for native_id in native_ids:
            if not (native_id.isascii() and native_id.isdecimal()) or len(native_id) > MAX_DIGITS:
                continue
            if int(native_id) >= _ADOPTED_BELOW or int(native_id) in self._jobs:
                continue
            plan = plan_from_id(native_id, self._now(), speed=self._speed)
            workflow = Random(native_id).choice(WORKFLOWS)
            self._insert(GraphJob(int(native_id), workflow, plan, has_slot=True))

    def _catch_up(self) -> None:
        now = self._now()
        if not self._opened:
            self._opened = True
            plans = opening_plans(self._random, self._opening_jobs, now, speed=self._speed)
            for plan, workflow in zip(plans, cycle(WORKFLOWS), strict=False):
                self._add(workflow, plan)
            self._next_arrival = self._arrival_after(now)
        while self._next_arrival is not None and self._next_arrival <= now:
            self._add(self._random.choice(WORKFLOWS), self._draw(self._random, self._next_arrival))
            self._next_arrival = self._arrival_after(self._next_arrival)
        self._fill_slots(now)

    def _arrival_after(self, moment: datetime) -> datetime | None:
        if self._arrival_gap is None:
            return None
        return moment + self._arrival_gap * self._random.uniform(0.5, 1.5) / self._speed

    def _add(self, workflow: Workflow, plan: Plan) -> GraphJob:
        job = GraphJob(self._next_id, workflow, plan)
        self._insert(job)
        self._waiting.append(job.id)
        return job

    def _insert(self, job: GraphJob) -> None:
        self._jobs[job.id] = job
        self._next_id = max(self._next_id, job.id + 1)
        insort(self._by_creation, job.id, key=lambda job_id: (self._jobs[job_id].plan.created_at, job_id))

    def _fill_slots(self, now: datetime) -> None:
        """Start waiting jobs at the times when slots became free; asking late or often gives the same times."""
        while self._waiting:
            job = self._jobs[self._waiting[0]]
            starts_at = job.plan.created_at + job.plan.queue
            freed = min(self._slots, key=lambda job_id: self._jobs[job_id].plan.ends_at, default=None)
            if freed is not None and len(self._slots) == SLOTS:
                starts_at = max(starts_at, self._jobs[freed].plan.ends_at)
                if starts_at <= now:
                    self._slots.remove(freed)
            if starts_at > now:
                return
            self._slots.append(self._waiting.popleft())
            self._jobs[job.id] = replace(job, plan=_delayed(job.plan, starts_at), has_slot=True)


def _delayed(plan: Plan, starts_at: datetime) -> Plan:
    delay = starts_at - plan.created_at - plan.queue
    asked_at = plan.cancel_asked_at
    return replace(plan, queue=plan.queue + delay, cancel_asked_at=asked_at + delay if asked_at else None)
