"""What goes into the store and comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from jobtui.core.jobs import Job, JobId
from jobtui.engine.estimate import History
from jobtui.engine.snapshot import Change


class Retention(Struct, frozen=True):
    """What is kept of jobs that only came with a list; tracked ones stay until they are forgotten."""

    age: timedelta = timedelta(days=90)
    """Since the job ended."""
    count: int = 200_000
    """Finished jobs at most, the newest."""
    lines: int = 200
    """Of a job's timeline, the newest."""


class StoredJob(Struct, frozen=True):
    """A job, and why it is in the store."""

    job: Job
    tracked: bool
    forgotten: bool = False
    """The user doesn't want to see it; kept so that no list brings it back."""


class Duration(Struct, frozen=True):
    """How long one job took."""

    job_id: JobId
    kind: str
    finished_at: datetime
    running_s: float | None
    whole_s: float | None


class Unsettled(Struct, frozen=True):
    """A submission whose answer was lost."""

    id: int
    source: str
    target: str
    sent_at: datetime


class Batch(Struct):
    """Everything that one transaction writes. For each job only its latest observation is kept."""

    jobs: dict[JobId, Job] = field(default_factory=dict)
    bodies: dict[JobId, bytes] = field(default_factory=dict)
    lines: list[tuple[JobId, Change]] = field(default_factory=list)
    durations: list[Duration] = field(default_factory=list)
    track: set[JobId] = field(default_factory=set)
    """These are tracked from now on, and no longer forgotten."""
    forget: set[JobId] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.jobs or self.bodies or self.lines or self.durations or self.track or self.forget)

    def absorb(self, later: Batch) -> None:
        """Put a later batch on top of this one."""
        for job_id in later.forget:
            self.bodies.pop(job_id, None)
        if later.forget:
            self.lines = [line for line in self.lines if line[0] not in later.forget]
        self.jobs.update(later.jobs)
        self.bodies.update(later.bodies)
        self.lines.extend(later.lines)
        self.durations.extend(later.durations)
        self.track = (self.track - later.forget) | later.track
        self.forget = (self.forget - later.track) | later.forget


class Loaded(Struct, frozen=True):
    """All that the store holds for the sources at hand."""

    jobs: Sequence[Job] = ()
    """Without those that are forgotten."""
    tracked: frozenset[JobId] = frozenset()
    forgotten: frozenset[JobId] = frozenset()
    histories: Mapping[tuple[str, str], History] = field(default_factory=dict)
    """By source and kind."""
    unsettled: tuple[Unsettled, ...] = ()
