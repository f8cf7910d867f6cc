"""The store as the engine awaits it: one thread, one connection, and a way on when the disk fails."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from jobtui.core.clock import Clock
from jobtui.core.errors import StoreError
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.engine.port import Kin, SubmitRecord
from jobtui.engine.snapshot import Change
from jobtui.engine.store.database import Database
from jobtui.engine.store.opening import open_database
from jobtui.engine.store.records import Batch, Loaded, Retention, StoredJob

_T = TypeVar("_T")


class Store:
    """Jobs and all that is remembered about them.

    What is written `durable` is committed when the call returns. After the start no call but `write(durable=True)` and
    `begin_submission` fails: a fault of the disk becomes `notice`, and the engine goes on with what it has in memory.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Clock,
        retention: Retention | None = None,
        executor: Executor | None = None,
        on_tracked: Callable[[Iterable[Job]], None] | None = None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            path: The file; `None` keeps everything in memory.
            clock: For times in the file.
            retention: What is kept, and how long; by default long.
            executor: Runs the database; must run one call at a time. By default a thread of its own.
            on_tracked: Is told of the jobs that are tracked: at the opening, and later of each further one.
        """
        self._path = path
        self._clock = clock
        self._retention = retention or Retention()
        self._executor = executor or ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobtui-store")
        self._own_executor = executor is None
        self._on_tracked = on_tracked
        self._database: Database | None = None
        self._said_at_start = ""
        self.notice = ""
        """What the user must know about the store; empty while all is well."""
        self.lasting = False
        """Whether anything outlives the program."""

    async def open(self, sources: Collection[str]) -> Loaded:
        """Open the file and read what belongs to the sources.

        Raises:
            StoreError: A newer program made the file, or it can't be read though it opens.
        """
        try:
            loaded = await self._run(lambda: self._open(sources))
        except sqlite3.Error as error:
            raise StoreError(f"the job database can't be read: {error}") from error
        if self._on_tracked is not None:
            self._on_tracked(job for job in loaded.jobs if job.id in loaded.tracked)
        return loaded

    async def write(self, batch: Batch, *, durable: bool = False) -> bool:
        """Write a batch in one transaction.

        Returns:
            Whether it was written; if not, `notice` says why and the batch should be kept for a later try.

        Raises:
            StoreError: Only where `durable` was asked for, and couldn't be had.
        """
        now = self._clock.now()
        if self._on_tracked is not None:
            self._on_tracked(job for job_id, job in batch.jobs.items() if job_id in batch.track)
        try:
            await self._run(lambda: self._ready.write(batch, now, durable=durable))
        except sqlite3.Error as error:
            self._say(error)
            if durable:
                raise StoreError(f"the job database can't be written: {error}") from error
            return False
        if self.lasting:
            self.notice = self._said_at_start
        return True

    async def news(self) -> tuple[StoredJob, ...]:
        """What was written since the last call, if another process wrote any of it."""
        return await self._read(self._ready.news, ())

    async def body(self, job_id: JobId) -> bytes | None:
        """The last body about a job, if one is kept."""
        return await self._read(lambda: self._ready.body(job_id), None)

    async def with_body(self, sources: Collection[str]) -> tuple[JobId, ...]:
        """The finished jobs of these sources of which a body is kept."""
        return await self._read(lambda: self._ready.with_body(sources), ())

    async def timeline(self, job_id: JobId) -> tuple[Change, ...]:
        """The lines of a job, oldest first."""
        return await self._read(lambda: self._ready.timeline(job_id), ())

    async def submissions(self, source: str, limit: int = 20) -> tuple[SubmitRecord, ...]:
        """The latest submissions at a source, newest first."""
        return await self._read(lambda: self._ready.submissions(source, limit), ())

    async def submission_of(self, job_id: JobId) -> SubmitRecord | None:
        """The submission that made a job; `None` where none of those that are kept did."""
        return await self._read(lambda: self._ready.submission_of(job_id), None)

    async def kin(self, job_id: JobId, limit: int = 20) -> Kin:
        """The job that this one is a clone of, and the latest of its own clones."""
        return await self._read(lambda: self._ready.kin(job_id, limit), Kin())

    async def begin_submission(
        self, source: str, target: str, payload: JsonObject, cloned_from: JobId | None = None
    ) -> int:
        """Record a submission before it is sent.

        Args:
            source: Where it is sent to.
            target: What is to run.
            payload: With which input.
            cloned_from: The job whose input it began with.

        Raises:
            StoreError: It can't be recorded.
        """
        now = self._clock.now()
        try:
            return await self._run(lambda: self._ready.begin_submission(source, target, payload, now, cloned_from))
        except sqlite3.Error as error:
            self._say(error)
            raise StoreError(f"the job database can't be written: {error}") from error

    async def settle_submission(self, number: int, outcome: str, job_id: JobId | None = None) -> None:
        """Record how a submission ended: "made", "refused" or "unknown"."""
        await self._read(lambda: self._ready.settle_submission(number, outcome, job_id), None)

    async def looked_at(self, sources: Collection[str]) -> Mapping[str, datetime]:
        """When somebody last looked, by source; without those that nobody ever looked at."""
        return await self._read(lambda: self._ready.looked_at(sources), {})

    async def mark_looked(self, sources: Collection[str]) -> None:
        """Record that somebody looks at these sources now."""
        now = self._clock.now()
        await self._read(lambda: self._ready.mark_looked(sources, now), None)

    async def ended_since(self, looked_at: Mapping[str, datetime]) -> tuple[JobId, ...]:
        """The jobs that were first seen to be over after a moment, by source, the latest first."""
        return await self._read(lambda: self._ready.ended_since(looked_at), ())

    async def claim_ends(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Those of the ended jobs that no process has claimed yet; all where that can't be told."""
        return await self._read(lambda: self._ready.claim_ends(job_ids), frozenset(job_ids))

    async def unsaved(self, sources: Collection[str], since: datetime) -> tuple[JobId, ...]:
        """The jobs that were seen to succeed since then and whose results nobody has saved, the latest first."""
        return await self._read(lambda: self._ready.unsaved(sources, since), ())

    async def claim_saves(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Those whose results nobody has saved or is saving; all where that can't be told."""
        return await self._read(lambda: self._ready.claim_saves(job_ids), frozenset(job_ids))

    async def end_save(self, job_id: JobId, *, saved: bool) -> None:
        """Record that the job's results are saved, or that whoever comes next may try."""
        await self._read(lambda: self._ready.end_save(job_id, saved=saved), None)

    async def tidy(self) -> None:
        """Delete what is past its time."""
        now = self._clock.now()
        await self._read(lambda: self._ready.tidy(now), None)

    async def aclose(self) -> None:
        """Close the file, and end the thread."""
        if self._database is not None:
            await self._read(self._database.close, None)
            self._database = None
        if self._own_executor:
            self._executor.shutdown(wait=False)

    @property
    def _ready(self) -> Database:
        if self._database is None:
            raise StoreError("the job database isn't open")
        return self._database

    def _open(self, sources: Collection[str]) -> Loaded:
        now = self._clock.now()
        opened = open_database(self._path, now)
        self.notice = self._said_at_start = opened.notice
        self.lasting = opened.lasting
        self._database = Database(opened.connection, writer=secrets.randbits(62), retention=self._retention)
        return self._database.load(sources, now)

    async def _read(self, call: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return await self._run(call)
        except sqlite3.Error as error:
            self._say(error)
            return otherwise

    async def _run(self, call: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    def _say(self, error: sqlite3.Error) -> None:
        self.notice = f"The job database can't be used ({error}): what is new is kept in memory until it can."
