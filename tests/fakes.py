"""Stand-ins for time and for services, passed to constructors."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.results import Artifact, Result
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.providers.base import CancelReply, Download, JobPage, Observation, SourceCheck, Target
from jobtui.providers.capabilities import Capabilities

START = datetime(2026, 11, 22, 12, tzinfo=UTC)

_TURNS = 60
_QUIET_TURNS = 3


async def settle() -> None:
    """Let everything run that can run without time going on."""
    loop: Any = asyncio.get_running_loop()
    quiet = 0
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        # Private, and most of the time of a test of hours otherwise. Sockets are looked at once a turn.
        quiet = 0 if loop._ready else quiet + 1
        if quiet == _QUIET_TURNS:
            return


class FakeClock:
    """Time that goes on only when told; sleepers wake in order, each at its own moment."""

    def __init__(self, now: datetime = START) -> None:
        self._start = now
        self._passed_s = 0.0
        self._skew = timedelta()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._start + self._skew + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        self._count += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed_s + seconds, self._count, woken))
        await woken

    def skip(self, seconds: float) -> None:
        """Let time pass without waking anybody."""
        self._passed_s += seconds

    def set_wrong(self, skew: timedelta) -> None:
        """Let the wall clock jump; the monotonic one doesn't."""
        self._skew = skew

    async def advance(self, seconds: float) -> None:
        """Let time pass, everybody's sleep ending when it should."""
        await settle()
        end = self._passed_s + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self._passed_s = max(self._passed_s, due)
            woken.set_result(None)
            await settle()
        self._passed_s = end
        await settle()


class InlineExecutor(ThreadPoolExecutor):
    """Runs what it is given at once, so that a test needs no thread; an event loop takes no other kind for its own."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  (handed on, as every executor does)
            future.set_exception(error)
        return future


_T = TypeVar("_T")

Answer = Observation | BaseException
"""What one look gives: an observation, or something that is raised."""


def job(address: str, state: JobState = JobState.RUNNING, **fields: Any) -> Job:
    """A job with as few words as possible."""
    return Job(JobId.parse(address), "fake", state, **fields)


def look(address: str, state: JobState = JobState.RUNNING, raw: bytes | None = b"{}", **fields: Any) -> Observation:
    """One look at such a job."""
    return Observation(job(address, state, **fields), raw)


class FakeProvider:
    """Answers from a script; the last answer of each script is repeated for ever, and a job without one is as its list
    tells.

    Attributes are public so that a test can change the script and read what was asked.
    """

    def __init__(
        self,
        source: str,
        clock: FakeClock,
        *,
        jobs: dict[str, Sequence[Answer]] | None = None,
        pages: Sequence[Sequence[Observation]] | None = None,
        submits: Sequence[Answer] = (),
        cancels: Sequence[CancelReply | BaseException] = (CancelReply(True),),
        results: Sequence[Result | BaseException] = (),
        capabilities: Capabilities | None = None,
        down: Callable[[float], BaseException | None] = lambda _now: None,
        latency_s: float = 0.0,
    ) -> None:
        self.name = "fake"
        self.source = source
        self.capabilities = capabilities or Capabilities(lists=pages is not None, poll_interval_s=5.0)
        self.jobs: dict[str, list[Answer]] = {native: list(answers) for native, answers in (jobs or {}).items()}
        self.pages = [list(page) for page in pages or []]
        self.submits: list[Answer] = list(submits)
        self.cancels: list[CancelReply | BaseException] = list(cancels)
        self.results: list[Result | BaseException] = list(results)
        self.down = down
        self.latency_s = latency_s
        self.total: int | None = None
        self.downloads: list[Download] = []
        self.resumed_with: list[tuple[int, str]] = []
        self.calls: list[tuple[str, str, float]] = []
        """What was asked: the operation, its object and when."""
        self.closed = False
        self.most_in_flight = 0
        self._in_flight = 0
        self._clock = clock

    def asked(self, operation: str) -> list[str]:
        """The objects of all calls of one operation."""
        return [what for done, what, _ in self.calls if done == operation]

    async def check(self) -> SourceCheck:
        await self._enter("check", "")
        return SourceCheck("fake org")

    async def list_jobs(self, page: int = 1) -> JobPage:
        await self._enter("list", str(page))
        rows = tuple(self.pages[page - 1]) if self.pages else ()
        total = self.total if self.total is not None else sum(len(one) for one in self.pages)
        return JobPage(rows, total, page + 1 if page < len(self.pages) else None)

    async def fetch_job(self, job_id: JobId, known: Job | None = None) -> Observation:
        await self._enter("fetch", job_id.native)
        listed = [row for page in self.pages for row in page if row.job.id == job_id]
        if listed and job_id.native not in self.jobs:
            return replace(listed[-1], raw=b"{}")
        return _next(self.jobs[job_id.native])

    def log_in(self, body: bytes, job_id: JobId, known: Job | None = None) -> str:
        return body.decode()

    async def submit(self, target: str, payload: JsonObject) -> Observation:
        await self._enter("submit", target)
        return _next(self.submits)

    async def cancel(self, job_id: JobId, known: Job | None = None) -> CancelReply:
        await self._enter("cancel", job_id.native)
        return _next(self.cancels)

    async def fetch_result(
        self, job_id: JobId, known: Job | None = None, *, task: str | None = None, limit: int = 200
    ) -> Result:
        await self._enter("result", job_id.native)
        return _next(self.results)

    def open_download(
        self, job_id: JobId, artifact: Artifact, *, known: Job | None = None, offset_bytes: int = 0, validator: str = ""
    ) -> AbstractAsyncContextManager[Download]:
        return self._download(offset_bytes, validator)

    async def targets(self) -> tuple[Target, ...]:
        await self._enter("targets", "")
        return (Target("kriging"),)

    def curl(self, job_id: JobId, known: Job | None = None) -> str:
        return f"curl {job_id.native}"

    def link(self, job_id: JobId, known: Job | None = None) -> str:
        return f"https://fake.example/{job_id.native}"

    async def aclose(self) -> None:
        self.closed = True

    @asynccontextmanager
    async def _download(self, offset_bytes: int, validator: str) -> AsyncIterator[Download]:
        self.resumed_with.append((offset_bytes, validator))
        yield self.downloads.pop(0)

    async def _enter(self, operation: str, what: str) -> None:
        self.calls.append((operation, what, self._clock.monotonic()))
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            if self.latency_s:
                await self._clock.sleep(self.latency_s)
            fault = self.down(self._clock.monotonic())
            if fault is not None:
                raise fault
        finally:
            self._in_flight -= 1


def _next(script: list[_T | BaseException]) -> _T:
    answer = script.pop(0) if len(script) > 1 else script[0]
    if isinstance(answer, BaseException):
        raise answer
    return answer
