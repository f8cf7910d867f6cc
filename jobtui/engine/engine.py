"""The engine: keeps watch over the jobs of all sources, and does what the two faces ask for."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import traceback
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jobtui.core.clock import Clock
from jobtui.core.errors import JobNotFound, JobtuiError, NotOffered, ReadOnlySource, StoreError, UnknownSource
from jobtui.core.jobs import Job, JobId, JsonObject, checked_native_id
from jobtui.core.pauses import no_collection
from jobtui.core.results import Artifact, RemoteFile, Result
from jobtui.engine.board import Board
from jobtui.engine.downloads import Downloader
from jobtui.engine.line import Line
from jobtui.engine.poller import Poller
from jobtui.engine.port import DownloadProgress, Kin, SavedFile, SubmitRecord
from jobtui.engine.publisher import Place, Publisher
from jobtui.engine.reconcile import merge
from jobtui.engine.saves import Saves
from jobtui.engine.snapshot import Change, News, NextLook, Snapshot, SourceStatus
from jobtui.engine.source import Source
from jobtui.engine.store.store import Store
from jobtui.engine.submitting import Submitter
from jobtui.engine.values import Values
from jobtui.providers.base import CancelReply, Observation, SourceCheck, Target, TellsLog

_PUBLISH_S = 0.125
_FIGURES_S = 1.0
_STORE_S = 1.0
_LOOKED_S = 60.0
_TIDY_S = 3600.0
_LEAVE_S = 1.0
_MANY = 10_000
_SAVED_LATE = timedelta(days=7)
"""So long after a job's end its results are still offered to be saved."""
_FURTHER_LOOKS = 2
"""Where a look says something else than what is known: overtaken by a list, then twice against an end."""
_LEAP_S = 30.0
"""By so much the wall clock may differ from the other one; beyond that it was set, or the machine slept."""
_AGAIN_S = 1.0
"""After a fault of our own; one that comes at every try must not keep the machine busy."""

_log = logging.getLogger(__name__)


class Engine:
    """All sources, one store, one event loop. Works between `async with`.

    With `polling=False` nothing is asked that nobody asked for: so the command line's one-shot verbs use it.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        store: Store,
        *,
        clock: Clock,
        rng: random.Random,
        polling: bool = True,
        values: Values | None = None,
        notice: Callable[[], str] = str,
    ) -> None:
        """Nothing is asked yet.

        Args:
            sources: What is asked.
            store: What remembers.
            clock: Where time comes from.
            rng: Spreads looks out.
            polling: Whether it asks by itself.
            values: Finds the values of the configured columns; `None` where there are none.
            notice: Gives what else the user must know by now, besides faults of the engine and its store.
        """
        self._further_notice = notice
        self._sources = {source.name: source for source in sources}
        self._store = store
        self._clock = clock
        self._polling = polling
        self._values = values
        self._board = Board(clock, [_first_status(source) for source in sources], values)
        self._lines = {source.name: Line(source, clock=clock, rng=rng, board=self._board) for source in sources}
        self._pollers = {
            name: Poller(line, clock=clock, rng=rng, board=self._board) for name, line in self._lines.items()
        }
        self._board.next_look = self._next_look
        self._submitter = Submitter(clock, store, self._board)
        self._downloader = Downloader(clock)
        self._tasks: list[asyncio.Task[None]] = []
        self._writing = asyncio.Lock()
        self._is_looked_at = False
        self._saves = Saves()
        self._fault = ""
        self._ahead_s = self._wall_ahead_s()

    async def __aenter__(self) -> Self:
        """Open the store and begin.

        Raises:
            StoreError: The store was made by a newer program.
        """
        with no_collection():
            loaded = await self._store.open(tuple(self._sources))
            self._board.load(loaded)
        if self._polling and len(loaded.jobs) >= _MANY:
            # What was loaded stays: to look through it for garbage again and again would hold the screen up each time.
            gc.freeze()
        self._submitter.begin(loaded.unsettled)
        self._tell_faults()
        self._keep_going("showing what is new", self._publish_forever)
        if self._polling:
            self._keep_going("storing", self._store_forever)
            if self._values is not None:
                self._keep_going("reading kept answers", partial(self._read_kept_answers, self._values))
            for name, poller in self._pollers.items():
                poller.hurry()
                self._keep_going(f"asking {name}", poller.run, tell=self._lines[name].break_down)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop asking, store what is left, and let go of everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_LEAVE_S)
        try:
            await self._submitter.finish(_LEAVE_S)
            await self._write_pending()
            await self._mark_looked()
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        closing = [asyncio.create_task(_close(source)) for source in self._sources.values()]
        if closing:
            await asyncio.wait(closing, timeout=_LEAVE_S)
        for closed in closing:
            closed.cancel()
        await self._store.aclose()
        self._board.publish()

    @property
    def snapshot(self) -> Snapshot:
        """The latest, at once."""
        return self._board.snapshot

    def publish_through(self, publisher: Publisher) -> None:
        """Tell the readers of another publisher, such as one in another thread; before the start only."""
        self._board.publisher = publisher

    def subscribe(self) -> Place:
        """A place for one reader, bound to the running event loop."""
        self._board.publish()
        return self._board.publisher.subscribe()

    def set_focus(self, on_screen: frozenset[JobId], selected: JobId | None) -> None:
        """Say which jobs someone looks at: they are asked for sooner."""
        for poller in self._pollers.values():
            poller.set_focus(on_screen, selected)
        self._board.note_selection(selected)

    def set_automatic(self, automatic: bool) -> None:
        """Poll by itself, or only by hand."""
        self._board.set_automatic(automatic)
        for poller in self._pollers.values():
            poller.set_automatic(automatic)

    async def look(self) -> News | None:
        """Say that somebody looks from now on, and learn what ended since somebody last did, in whichever program."""
        await self._write_pending()
        looked_at = await self._store.looked_at(tuple(self._sources))
        ended = await self._store.ended_since(looked_at)
        self._is_looked_at = True
        await self._mark_looked()
        if not looked_at:
            return None
        known = self._board.jobs
        return News(min(looked_at.values()), tuple(known[job_id] for job_id in ended if job_id in known))

    async def claim_ends(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Take over what is to be done once for the end of a job; gives the jobs that no other program took before."""
        await self._write_pending()
        return await self._store.claim_ends(job_ids)

    async def claim_saves(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Take over the saving of results; gives the jobs whose results nobody has saved and nobody else is saving."""
        await self._write_pending()
        mine = await self._store.claim_saves([job_id for job_id in job_ids if job_id not in self._saves.claimed])
        self._saves.begin(mine)
        return mine

    async def unsaved(self, sources: Collection[str]) -> tuple[JobId, ...]:
        """The jobs of these sources that succeeded in the last days and whose results nobody has saved."""
        await self._write_pending()
        found = await self._store.unsaved(tuple(sources), self._clock.now() - _SAVED_LATE)
        return tuple(job_id for job_id in found if job_id in self._board.jobs)

    async def _end_save(self, job_id: JobId, *, saved: bool) -> None:
        await self._write_pending()
        await self._store.end_save(job_id, saved=saved)

    async def _give_save_back(self, job_id: JobId) -> None:
        if self._saves.give_back(job_id):
            with suppress(StoreError):
                # Closed already: then this process is about to be gone, and its claim with it.
                await self._end_save(job_id, saved=False)

    @property
    def _answering(self) -> tuple[str, ...]:
        """The sources that have told something since the start: what the others did can't have been seen."""
        return tuple(name for name in self._sources if self._board.status(name).last_ok_at is not None)

    async def _mark_looked(self) -> None:
        if self._is_looked_at:
            await self._store.mark_looked(self._answering)

    async def refresh(self, source: str | None = None) -> None:
        """Ask one source, or all, now; returns when the answers are in. A failing source is told by its status."""
        names = [self._line(source).source.name] if source is not None else list(self._pollers)
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(self._pollers[name].refresh())
        await self._absorb_news()
        await self._write_pending()
        self._board.publish()

    async def sign_in(self, source: str) -> SourceCheck:
        """Read the credential anew, sign in, and poll again."""
        line = self._line(source)
        check = await line.read(line.source.provider.check)
        self._pollers[source].hurry()
        return check

    async def fetch_job(self, job_id: JobId) -> Job:
        """Look at one job now, tracked or not."""
        observation, job = await self._look(job_id)
        for _ in range(_FURTHER_LOOKS):
            if job is None or job.state is observation.job.state:
                break
            observation, job = await self._look(job_id)
        self._pollers[job_id.source].hurry()
        await self._write_pending()
        if job is None and self._values is not None:
            observation = self._values.put_into(observation)
        return job or merge(None, observation, self._clock.now()).job

    async def _look(self, job_id: JobId) -> tuple[Observation, Job | None]:
        line, known = self._line(job_id.source), self._board.jobs.get(job_id)
        sequence = self._board.next_sequence()
        try:
            observation = await line.read(lambda: line.source.provider.fetch_job(job_id, known), subject=job_id)
        except JobNotFound:
            self._board.miss(job_id, sequence)
            raise
        if job_id in self._board.jobs:
            return observation, self._board.observe(observation, sequence)
        self._board.note_look(job_id, observation.job.state)
        return observation, None

    async def raw_body(self, job_id: JobId) -> bytes:
        """The last body about the job, fetched if none is kept."""
        body = self._board.body_of(job_id) or await self._store.body(job_id)
        if body is not None:
            return body
        line, known = self._line(job_id.source), self._board.jobs.get(job_id)
        sequence = self._board.next_sequence()
        observation = await line.read(lambda: line.source.provider.fetch_job(job_id, known), subject=job_id)
        if job_id in self._board.jobs:
            self._board.observe(observation, sequence)
        return observation.raw or b""

    async def log(self, job_id: JobId) -> str:
        """What the job has written by the last answer about it; empty where that holds no log."""
        body, provider = await self.raw_body(job_id), self._line(job_id.source).source.provider
        if not isinstance(provider, TellsLog):
            return ""
        # Apart from the loop, since a body may be long.
        return await asyncio.to_thread(provider.log_in, body, job_id, self._board.jobs.get(job_id))

    async def timeline(self, job_id: JobId) -> tuple[Change, ...]:
        """What was seen of the job, oldest first."""
        await self._write_pending()
        stored = await self._store.timeline(job_id)
        waiting = tuple(line for of_job, line in self._board.pending.lines if of_job == job_id)
        return stored + waiting

    async def fetch_result(self, job_id: JobId, *, task: str | None = None, limit: int = 200) -> Result:
        """Read the job's result from its service."""
        line, known = self._line(job_id.source), self._board.jobs.get(job_id)
        try:
            result = await line.read(
                lambda: line.source.provider.fetch_result(job_id, known, task=task, limit=limit), subject=job_id
            )
        except (JobtuiError, asyncio.CancelledError):
            await self._give_save_back(job_id)
            raise
        if result.refused and not result.artifacts:
            # Nothing to save is another thing than nothing that could be read.
            await self._give_save_back(job_id)
            return result
        is_final = known is not None and known.state.is_final
        if task is None and is_final and self._saves.expect(job_id, result):
            await self._end_save(job_id, saved=True)
        return result

    async def download(
        self,
        job_id: JobId,
        artifact: Artifact,
        folder: Path,
        *,
        progress: Callable[[DownloadProgress], None] | None = None,
    ) -> SavedFile:
        """Put one artifact into a folder, whole or not at all."""
        try:
            saved = await self._download(job_id, artifact, folder, progress)
        except (JobtuiError, asyncio.CancelledError):
            await self._give_save_back(job_id)
            raise
        if self._saves.saved(job_id, artifact.name):
            await self._end_save(job_id, saved=True)
        return saved

    async def _download(
        self,
        job_id: JobId,
        artifact: Artifact,
        folder: Path,
        progress: Callable[[DownloadProgress], None] | None,
    ) -> SavedFile:
        line, known = self._line(job_id.source), self._board.jobs.get(job_id)
        if not isinstance(artifact.content, RemoteFile):
            return await self._downloader.save(artifact, folder)
        provider = line.source.provider
        return await line.read(
            lambda: self._downloader.fetch(
                job_id,
                artifact,
                folder,
                lambda offset_bytes, validator: provider.open_download(
                    job_id, artifact, known=known, offset_bytes=offset_bytes, validator=validator
                ),
                progress=progress,
            ),
            judge=False,
            deadline_s=None,
        )

    async def submit(self, source: str, target: str, payload: JsonObject, *, cloned_from: JobId | None = None) -> Job:
        """Start a job, record it before it is sent, with the job that it is a clone of, and track it."""
        line = self._writable(source)
        if not line.source.provider.capabilities.submits:
            raise NotOffered(f"{source} can't be submitted to")
        await line.admit()
        job = await self._submitter.submit(line, target, payload, cloned_from)
        self._pollers[source].hurry()
        return job

    async def finish_submits(self, within_s: float) -> None:
        """Return once all that was submitted is answered, or the time is over."""
        await self._submitter.answered(within_s)

    async def submissions(self, source: str) -> tuple[SubmitRecord, ...]:
        """This user's latest submissions at a source, newest first."""
        return await self._store.submissions(self._line(source).source.name)

    async def submission_of(self, job_id: JobId) -> SubmitRecord | None:
        """This user's submission that made a job; `None` where it was made elsewhere, or too long ago."""
        return await self._store.submission_of(job_id)

    async def kin(self, job_id: JobId) -> Kin:
        """The job that this one is a clone of, and its own clones."""
        return await self._store.kin(job_id)

    async def targets(self, source: str) -> tuple[Target, ...]:
        """What can be submitted there."""
        line = self._line(source)
        # Some providers know them by heart: that they tell is no sign of life of the service.
        return await line.read(line.source.provider.targets, judge=False)

    async def cancel(self, job_id: JobId) -> CancelReply:
        """Ask for one job to end, with one request."""
        line, known = self._writable(job_id.source), self._board.jobs.get(job_id)
        provider = line.source.provider
        if not provider.capabilities.cancels:
            raise NotOffered(provider.capabilities.why_no_cancel or f"{job_id.source} can't cancel jobs")
        reply = await line.once(lambda: provider.cancel(job_id, known), subject=job_id)
        said = f": {reply.reason}" if reply.reason else ""
        self._board.add_line(job_id, ("asked to cancel" if reply.accepted else "cancel declined") + said)
        self._pollers[job_id.source].look_soon(job_id)
        return reply

    async def track(self, source: str, native_ids: Sequence[str]) -> tuple[JobId, ...]:
        """Watch jobs that were made elsewhere."""
        line = self._line(source)
        job_ids = tuple(dict.fromkeys(JobId(source, checked_native_id(native)) for native in native_ids))
        await self._write_durably(lambda: self._board.track(job_ids, line.source.provider.name))
        self._pollers[source].hurry()
        return job_ids

    async def forget(self, job_ids: Sequence[JobId]) -> None:
        """Stop watching all of these jobs, or none; the jobs themselves go on."""
        for job_id in job_ids:
            self._line(job_id.source)
            if job_id not in self._board.jobs:
                raise JobNotFound(f"{job_id} isn't watched")
        await self._write_durably(lambda: self._board.forget(job_ids))

    def curl(self, job_id: JobId) -> str:
        """A curl line for the job, with a variable in place of the secret."""
        line, known = self._line(job_id.source), self._board.jobs.get(job_id)
        return line.told(lambda: line.source.provider.curl(job_id, known))

    def link(self, job_id: JobId) -> str:
        """A URL of the job; empty where there is none."""
        line, known = self._line(job_id.source), self._board.jobs.get(job_id)
        return line.told(lambda: line.source.provider.link(job_id, known))

    def _line(self, source: str) -> Line:
        line = self._lines.get(source)
        if line is None:
            raise UnknownSource(source, tuple(self._sources))
        return line

    def _writable(self, source: str) -> Line:
        line = self._line(source)
        if line.source.read_only:
            raise ReadOnlySource(
                f"{source} is read-only", hint="read_only in the source's configuration allows no submit and no cancel."
            )
        return line

    def _next_look(self) -> NextLook | None:
        looks = (poller.next_look() for poller in self._pollers.values())
        return next((look for look in looks if look is not None), None)

    async def _publish_forever(self) -> None:
        while True:
            await self._board.has_news.wait()
            self._board.publish()
            await self._clock.sleep(_PUBLISH_S)

    async def _store_forever(self) -> None:
        looked = tidied = self._clock.monotonic()
        while True:
            await self._clock.sleep(_STORE_S)
            # Figures that wake nobody are told along with this.
            self._board.publish()
            await self._write_pending()
            await self._absorb_news()
            now = self._clock.monotonic()
            if now - looked >= _LOOKED_S:
                looked = now
                await self._mark_looked()
            if now - tidied >= _TIDY_S:
                tidied = now
                await self._store.tidy()

    async def _read_kept_answers(self, values: Values) -> None:
        """Find in the last answers about jobs that ended what was configured since: nobody asks for those again."""
        for job_id in await self._store.with_body(tuple(self._sources)):
            job = self._board.jobs.get(job_id)
            if job is None or not job.state.is_final or values.are_known(job):
                continue
            body = await self._store.body(job_id)
            if body is not None:
                self._board.add_values(job_id, values.of_body(body))

    def _wall_ahead_s(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _get_over_leap(self) -> None:
        """See whether the wall clock jumped: a machine that slept shows what is long past."""
        leap_s = self._wall_ahead_s() - self._ahead_s
        self._ahead_s += leap_s
        if abs(leap_s) <= _LEAP_S:
            return
        self._board.get_over_leap(timedelta(seconds=leap_s))
        if leap_s > 0:
            for poller in self._pollers.values():
                poller.wake_up()

    async def _absorb_news(self) -> None:
        # Under the same lock as every write: what was read before the user forgot a job must not bring it back.
        async with self._writing:
            news = await self._store.news()
            self._board.absorb(news)
        if news:
            for poller in self._pollers.values():
                poller.hurry()

    async def _write_pending(self) -> None:
        """Store what gathered; what can't be stored stays for the next time."""
        async with self._writing:
            self._get_over_leap()
            batch = self._board.take_pending()
            try:
                is_written = not batch or await self._store.write(batch)
            except Exception:
                # A fault of our own, which goes on its way; the batch waits for another try.
                self._board.keep_pending(batch)
                raise
            if not is_written:
                self._board.keep_pending(batch)
            await self._submitter.settle()
            self._tell_faults()

    async def _write_durably(self, change: Callable[[], None]) -> None:
        """Change the board, and store that before the user is told that it is done.

        Raises:
            StoreError: It can't be, or into memory alone, and the program is about to end; one that goes on polling
                keeps it there.
        """
        async with self._writing:
            self._get_over_leap()
            change()
            batch = self._board.take_pending()
            try:
                await self._store.write(batch, durable=True)
            except StoreError:
                self._board.keep_pending(batch)
                self._tell_faults()
                if not self._polling:
                    raise
            self._tell_faults()
            if not self._polling and self._store.notice and not self._store.lasting:
                # Why is the store's notice, which is told in any case.
                raise StoreError("what was asked for would be lost at once, so it counts as not done")

    def _tell_faults(self) -> None:
        notices = (self._fault, self._store.notice, self._further_notice())
        self._board.set_notice(" ".join(words for words in notices if words))

    def _keep_going(
        self,
        doing: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        *,
        tell: Callable[[BaseException], None] | None = None,
        after_s: float | None = None,
    ) -> None:
        """Run an endless loop; a bug that ends it is told, by the notice or otherwise, and it begins again."""

        async def run() -> None:
            if after_s is not None:
                await self._clock.sleep(after_s)
            await work()

        def report(ended: asyncio.Task[None]) -> None:
            self._tasks.remove(ended)
            error = None if ended.cancelled() else ended.exception()
            if error is None:
                return
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            (tell or partial(self._tell_fault, doing))(error)
            self._keep_going(doing, work, tell=tell, after_s=_AGAIN_S)

        task = asyncio.create_task(run())
        self._tasks.append(task)
        task.add_done_callback(report)

    def _tell_fault(self, doing: str, error: BaseException) -> None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        # Without its message: nobody vouches for what a stray exception carries.
        _log.error("a fault while %s: %s\n%s", doing, type(error).__name__, frames)
        self._fault = (
            f"A fault in jobtui while {doing} ({type(error).__name__}): it goes on, and jobtui.log tells more."
        )
        self._tell_faults()


def _first_status(source: Source) -> SourceStatus:
    return SourceStatus(
        source.name,
        source.provider.name,
        most_per_minute=source.pace.max_per_minute,
        read_only=source.read_only,
        tls_verified=source.tls_verified,
        capabilities=source.provider.capabilities,
    )


async def _close(source: Source) -> None:
    await source.provider.aclose()
