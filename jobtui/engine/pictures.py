"""Immutable pictures of many jobs of which few change between one picture and the next.

Copying 100,000 entries eight times a second would hold the interpreter's lock for a tenth of the time, and the screen
with it. So pictures share one base, and each keeps only what changed since.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView

from jobtui.core.jobs import Job, JobId

_SMALL = 64
_SHARE = 16
"""A base is renewed once more than this part of it changed."""


class Picture(Mapping[JobId, Job]):
    """All jobs at one moment."""

    __slots__ = ("_base", "_changes", "_count")

    def __init__(self, base: Mapping[JobId, Job], changes: Mapping[JobId, Job | None], count: int) -> None:
        """Neither mapping may change any more.

        Args:
            base: Jobs at some earlier moment.
            changes: Jobs that are other than there; `None` for one that is gone.
            count: How many jobs there are.
        """
        self._base = base
        self._changes = changes
        self._count = count

    def __getitem__(self, job_id: JobId) -> Job:
        if job_id in self._changes:
            job = self._changes[job_id]
            if job is None:
                raise KeyError(job_id)
            return job
        return self._base[job_id]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[JobId]:
        return (job.id for job in self.values())

    def __contains__(self, job_id: object) -> bool:
        if job_id in self._changes:
            return self._changes[job_id] is not None  # type: ignore[index]
        return job_id in self._base

    def values(self) -> ValuesView[Job]:
        """The jobs, without a look-up for each."""
        return _Values(self)

    def items(self) -> ItemsView[JobId, Job]:
        """The jobs with their ids, without a look-up for each."""
        return _Items(self)

    def jobs(self) -> Iterator[Job]:
        """The jobs, those that changed last."""
        changes = self._changes
        for job in self._base.values():
            if job.id not in changes:
                yield job
        for changed in changes.values():
            if changed is not None:
                yield changed


class _Values(ValuesView[Job]):
    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        self._picture = picture

    def __iter__(self) -> Iterator[Job]:
        return self._picture.jobs()


class _Items(ItemsView[JobId, Job]):
    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        self._picture = picture

    def __iter__(self) -> Iterator[tuple[JobId, Job]]:
        return ((job.id, job) for job in self._picture.jobs())


class Pictures:
    """Takes pictures of a mapping that is told of each of its changes."""

    def __init__(self) -> None:
        self._base: dict[JobId, Job] = {}
        self._changes: dict[JobId, Job | None] = {}
        self._latest = Picture({}, {}, 0)
        self._fresh = True

    def note(self, job_id: JobId, job: Job | None) -> None:
        """A job is another one now, or gone."""
        self._changes[job_id] = job
        self._fresh = False

    def take(self, jobs: Mapping[JobId, Job]) -> Picture:
        """A picture of the mapping as it is; the same one again where nothing changed."""
        if not self._fresh:
            if len(self._changes) > max(_SMALL, len(jobs) // _SHARE):
                self._base, self._changes = dict(jobs), {}
            self._latest = Picture(self._base, dict(self._changes), len(jobs))
            self._fresh = True
        return self._latest
