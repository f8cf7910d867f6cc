"""All jobs that the engine knows, and immutable pictures of them, of which few change between one and the next.

Copying 100,000 entries eight times a second would hold the interpreter's lock for a tenth of the time, and the screen
with it. So what changes lies over a base that never does, which the jobs share with their pictures.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from typing import TypeVar, overload

from jobtui.core.jobs import Job, JobId

_T = TypeVar("_T")

_SMALL = 64
_SHARE = 16
"""A base is renewed once more than this part of it changed."""


class Picture(Mapping[JobId, Job]):
    """All jobs at one moment."""

    __slots__ = ("_base", "_changed", "_count", "_gone")

    def __init__(
        self, base: Mapping[JobId, Job], changed: Mapping[JobId, Job], gone: AbstractSet[JobId], count: int
    ) -> None:
        """Lay changes over a base that never changes.

        Args:
            base: Jobs at some earlier moment.
            changed: Jobs that are other than there.
            gone: Those of the base that are no longer.
            count: How many jobs there are.
        """
        self._base = base
        self._changed = changed
        self._gone = gone
        self._count = count

    def __getitem__(self, job_id: JobId) -> Job:
        job = self._changed.get(job_id)
        if job is not None:
            return job
        if job_id in self._gone:
            raise KeyError(job_id)
        return self._base[job_id]

    @overload
    def get(self, job_id: JobId, /) -> Job | None: ...
    @overload
    def get(self, job_id: JobId, /, default: Job | _T) -> Job | _T: ...
    def get(self, job_id: JobId, /, default: Job | _T | None = None) -> Job | _T | None:
        """The job, or the default: asked several times for each poll, so not by way of an exception."""
        job = self._changed.get(job_id)
        if job is not None:
            return job
        return default if job_id in self._gone else self._base.get(job_id, default)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[JobId]:
        return (job.id for job in self.values())

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._changed or (job_id in self._base and job_id not in self._gone)

    def values(self) -> ValuesView[Job]:
        """The jobs, without a look-up for each."""
        return _Values(self)

    def items(self) -> ItemsView[JobId, Job]:
        """The jobs with their ids, without a look-up for each."""
        return _Items(self)

    def jobs(self) -> list[Job]:
        """The jobs, those that changed last."""
        changed, gone = self._changed, self._gone
        # As a list and by the base's own keys: a sort or a filter of 100,000 waits for it.
        kept = [job for job_id, job in self._base.items() if job_id not in changed] if changed else self._base.values()
        if gone:
            kept = [job for job in kept if job.id not in gone]
        return [*kept, *changed.values()]


class _Values(ValuesView[Job]):
    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        self._picture = picture

    def __iter__(self) -> Iterator[Job]:
        return iter(self._picture.jobs())


class _Items(ItemsView[JobId, Job]):
    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        self._picture = picture

    def __iter__(self) -> Iterator[tuple[JobId, Job]]:
        return ((job.id, job) for job in self._picture.jobs())


class Jobs(Picture):
    """The jobs as they are now; they belong to one thread, and another may at most look a single one up."""

    __slots__ = ("_latest", "_left", "_new")

    def __init__(self) -> None:
        self._new: dict[JobId, Job] = {}
        self._left: set[JobId] = set()
        super().__init__({}, self._new, self._left, 0)
        self._latest: Picture | None = None

    # In an order in which a look-up from elsewhere never finds what the base had of the job before.

    def put(self, job: Job) -> None:
        """Take a job in, in place of what was known of it."""
        if job.id not in self:
            self._count += 1
        self._new[job.id] = job
        self._left.discard(job.id)
        self._latest = None

    def drop(self, job_id: JobId) -> bool:
        """Take a job out; tells whether it was there."""
        if job_id not in self:
            return False
        self._count -= 1
        if job_id in self._base:
            self._left.add(job_id)
        self._new.pop(job_id, None)
        self._latest = None
        return True

    def picture(self) -> Picture:
        """The jobs as they are; the same picture again where nothing changed."""
        if self._latest is None:
            if len(self._new) + len(self._left) > max(_SMALL, self._count // _SHARE):
                # What is loaded at the start needn't be there twice, not even for a moment.
                self._base = {job.id: job for job in self.jobs()} if self._base else self._new
                self._changed = self._new = {}
                self._gone = self._left = set()
            self._latest = Picture(self._base, dict(self._new), frozenset(self._left), self._count)
        return self._latest
