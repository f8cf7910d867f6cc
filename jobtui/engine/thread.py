"""The engine in a thread of its own, so that neither polling nor a stalled terminal slows the other down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.engine.giving_way import GivesWay
from jobtui.engine.publisher import Place, Publisher
from jobtui.engine.snapshot import Change, News, Snapshot

if TYPE_CHECKING:
    # Late, in the factory: the screen is there before the engine is.
    from jobtui.core.results import Artifact, Result
    from jobtui.engine.engine import Engine
    from jobtui.engine.port import DownloadProgress, Kin, SavedFile, SubmitRecord
    from jobtui.providers.base import CancelReply, SourceCheck, Target

_T = TypeVar("_T")


class EngineStopped(JobtuiError):
    """The engine isn't running, so nothing can be asked of it."""


class EngineThread:
    """An `EnginePort` whose engine runs elsewhere.

    Snapshots and subscriptions work from the beginning; calls wait until the engine has started.
    """

    def __init__(self, factory: Callable[[], Awaitable[Engine]], first: Snapshot | None = None) -> None:
        """Nothing is started yet.

        Args:
            factory: Makes the engine, inside the thread: what is slow to import or to set up belongs there.
            first: What to show until the engine knows more.
        """
        self._factory = factory
        self._publisher = Publisher(first)
        self._selector: GivesWay | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="jobtui-engine", daemon=True)
        self._engine: Engine | None = None
        self._settled = threading.Event()
        self._waiters: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._stop = asyncio.Event()
        self._focus: tuple[frozenset[JobId], JobId | None] = (frozenset(), None)
        self._automatic = True
        self.failure: BaseException | None = None
        """Why the engine couldn't start, or ended by itself: a `JobtuiError` to be told, or a bug to be raised."""

    def start(self) -> None:
        """Start the thread."""
        self._selector = GivesWay()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self._thread.start()

    async def started(self) -> None:
        """Return once the engine works.

        Raises:
            JobtuiError: It can't start.
        """
        await self._until_settled()
        self._ready()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the engine, its requests and its thread; tells whether it ended in time."""
        if not self._thread.is_alive():
            return True
        self._in_loop(self._stop.set)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def snapshot(self) -> Snapshot:
        """The latest, at once."""
        return self._publisher.latest

    def subscribe(self) -> Place:
        """A place for one reader, bound to the running event loop."""
        return self._publisher.subscribe()

    def give_way(self) -> None:
        """Leave the interpreter to the screen for a few milliseconds: somebody waits for what it shows."""
        if self._selector is not None:
            self._selector.give_way()

    def set_focus(self, on_screen: frozenset[JobId], selected: JobId | None) -> None:
        """Say which jobs someone looks at: they are asked for sooner."""
        self._focus = (on_screen, selected)
        self._tell(lambda engine: engine.set_focus(on_screen, selected))

    def set_automatic(self, automatic: bool) -> None:
        """Poll by itself, or only by hand."""
        self._automatic = automatic
        self._tell(lambda engine: engine.set_automatic(automatic))

    async def look(self) -> News | None:
        """Say that somebody looks from now on, and learn what ended since somebody last did."""
        return await self._call(lambda engine: engine.look())

    async def claim_ends(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Take over what is to be done once for the end of a job; gives the jobs that no other program took before."""
        return await self._call(lambda engine: engine.claim_ends(job_ids))

    async def claim_saves(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Take over the saving of results; gives the jobs whose results nobody has saved and nobody else is saving."""
        return await self._call(lambda engine: engine.claim_saves(job_ids))

    async def unsaved(self, sources: Collection[str]) -> tuple[JobId, ...]:
        """The jobs of these sources that succeeded in the last days and whose results nobody has saved."""
        return await self._call(lambda engine: engine.unsaved(sources))

    async def refresh(self, source: str | None = None) -> None:
        """Ask one source, or all, now; returns when the answers are in. A failing source is told by its status."""
        await self._call(lambda engine: engine.refresh(source))

    async def sign_in(self, source: str) -> SourceCheck:
        """Read the credential anew, sign in, and poll again."""
        return await self._call(lambda engine: engine.sign_in(source))

    async def fetch_job(self, job_id: JobId) -> Job:
        """Look at one job now, tracked or not."""
        return await self._call(lambda engine: engine.fetch_job(job_id))

    async def raw_body(self, job_id: JobId) -> bytes:
        """The last body about the job, fetched if none is kept."""
        return await self._call(lambda engine: engine.raw_body(job_id))

    async def log(self, job_id: JobId) -> str:
        """What the job has written by the last answer about it; empty where that holds no log."""
        return await self._call(lambda engine: engine.log(job_id))

    async def timeline(self, job_id: JobId) -> tuple[Change, ...]:
        """What was seen of the job, oldest first."""
        return await self._call(lambda engine: engine.timeline(job_id))

    async def fetch_result(self, job_id: JobId, *, task: str | None = None, limit: int = 200) -> Result:
        """Read the job's result from its service."""
        return await self._call(lambda engine: engine.fetch_result(job_id, task=task, limit=limit))

    async def download(
        self,
        job_id: JobId,
        artifact: Artifact,
        folder: Path,
        *,
        progress: Callable[[DownloadProgress], None] | None = None,
    ) -> SavedFile:
        """Put one artifact into a folder, whole or not at all; `progress` is called in the caller's loop."""
        loop = asyncio.get_running_loop()

        def tell(state: DownloadProgress) -> None:
            if progress is not None and not loop.is_closed():
                loop.call_soon_threadsafe(progress, state)

        return await self._call(lambda engine: engine.download(job_id, artifact, folder, progress=tell))

    async def submit(self, source: str, target: str, payload: JsonObject, *, cloned_from: JobId | None = None) -> Job:
        """Start a job, record it before it is sent, with the job that it is a clone of, and track it."""
        return await self._call(lambda engine: engine.submit(source, target, payload, cloned_from=cloned_from))

    async def submissions(self, source: str) -> tuple[SubmitRecord, ...]:
        """This user's latest submissions at a source, newest first."""
        return await self._call(lambda engine: engine.submissions(source))

    async def submission_of(self, job_id: JobId) -> SubmitRecord | None:
        """This user's submission that made a job; `None` where it was made elsewhere, or too long ago."""
        return await self._call(lambda engine: engine.submission_of(job_id))

    async def kin(self, job_id: JobId) -> Kin:
        """The job that this one is a clone of, and its own clones."""
        return await self._call(lambda engine: engine.kin(job_id))

    async def targets(self, source: str) -> tuple[Target, ...]:
        """What can be submitted there."""
        return await self._call(lambda engine: engine.targets(source))

    async def cancel(self, job_id: JobId) -> CancelReply:
        """Ask for one job to end, with one request."""
        return await self._call(lambda engine: engine.cancel(job_id))

    async def track(self, source: str, native_ids: Sequence[str]) -> tuple[JobId, ...]:
        """Watch jobs that were made elsewhere."""
        return await self._call(lambda engine: engine.track(source, native_ids))

    async def forget(self, job_ids: Sequence[JobId]) -> None:
        """Stop watching; the job itself goes on."""
        await self._call(lambda engine: engine.forget(job_ids))

    def curl(self, job_id: JobId) -> str:
        """A curl line for the job, with a variable in place of the secret."""
        return self._ready().curl(job_id)

    def link(self, job_id: JobId) -> str:
        """A URL of the job; empty where there is none."""
        return self._ready().link(job_id)

    def _run(self) -> None:
        loop = self._loop
        if loop is None:
            return
        asyncio.set_event_loop(loop)
        try:
            task = loop.create_task(self._live())
            # Waited for rather than run to its end, so that a fault of ours can be handed on whole, whatever it is.
            loop.run_until_complete(asyncio.wait({task}))
            self.failure = task.exception()
            self._engine = None
            self._settle()
            loop.run_until_complete(_let_go())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    async def _live(self) -> None:
        engine = await self._factory()
        engine.publish_through(self._publisher)
        async with engine:
            engine.set_focus(*self._focus)
            engine.set_automatic(self._automatic)
            self._engine = engine
            self._settle()
            await self._stop.wait()
            self._engine = None

    def _settle(self) -> None:
        """Let those go on who wait for the engine to start."""
        with self._lock:
            self._settled.set()
            waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    async def _until_settled(self) -> None:
        loop, settled = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settled.set)

        with self._lock:
            if self._settled.is_set():
                return
            self._waiters.append(wake)
        await settled.wait()

    def _ready(self) -> Engine:
        engine = self._engine
        if engine is not None:
            return engine
        if self.failure is not None:
            raise self.failure
        raise EngineStopped("jobtui is starting or ending")

    def _tell(self, what: Callable[[Engine], None]) -> None:
        def tell() -> None:
            if self._engine is not None:
                what(self._engine)

        self._in_loop(tell)

    def _in_loop(self, what: Callable[[], object]) -> None:
        """Run something in the engine's loop, as long as there is one."""
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            # Closed by the engine's thread this very moment: there is nobody left to tell.
            return

    async def _call(self, what: Callable[[Engine], Coroutine[Any, Any, _T]]) -> _T:
        await self._until_settled()
        engine, loop = self._ready(), self._loop
        if loop is None:
            raise EngineStopped("jobtui is starting or ending")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(what(engine), loop))


async def _let_go() -> None:
    """End calls that nobody can answer any more, so that those who wait for them are told."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=0.5)
