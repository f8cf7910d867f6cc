"""Jobs of sources that are configured no more: nothing can be asked about them, but nothing is lost either."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from jobtui.core.clock import Clock
from jobtui.core.errors import StoreError
from jobtui.core.jobs import Job, JobId
from jobtui.core.structs import replace
from jobtui.engine.port import Kin
from jobtui.engine.snapshot import Change
from jobtui.engine.store.records import Batch
from jobtui.engine.store.store import Store


class RetiredJobs:
    """What the store holds of some sources without a configuration. Works between `async with`."""

    def __init__(self, path: Path, sources: Collection[str], *, clock: Clock) -> None:
        """Nothing is opened yet.

        Args:
            path: The store.
            sources: Their names.
            clock: For what is written.
        """
        self._store = Store(path, clock=clock)
        self._sources = sources
        self.jobs: Mapping[JobId, Job] = {}
        """As they were last seen."""

    async def __aenter__(self) -> Self:
        """Read them. Raises `StoreError`."""
        if not self._sources:
            # As nearly always: then the store is the engine's alone.
            return self
        loaded = await self._store.open(self._sources)
        self.jobs = {job.id: replace(job, stale=True, can_cancel=False) for job in loaded.jobs}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        await self._store.aclose()

    async def raw_body(self, job_id: JobId) -> bytes:
        """The last body about the job; empty where none was kept."""
        return await self._store.body(job_id) or b""

    async def timeline(self, job_id: JobId) -> tuple[Change, ...]:
        """What was seen of the job, oldest first."""
        return await self._store.timeline(job_id)

    async def kin(self, job_id: JobId) -> Kin:
        """The job that this one is a clone of, and its own clones."""
        return await self._store.kin(job_id)

    async def forget(self, job_ids: Sequence[JobId]) -> None:
        """Take all of these jobs out of the store, or none. Raises `StoreError`."""
        if not job_ids:
            return
        if not self._store.lasting:
            raise StoreError(self._store.notice)
        await self._store.write(Batch(forget=set(job_ids)), durable=True)
