"""An engine that does what the test says, and remembers what was asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.results import Artifact, Result
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import DownloadProgress, Kin, SavedFile, SubmitRecord
from jobtui.engine.snapshot import Change, Health, News, NextLook, Snapshot, SourceStatus, Update
from jobtui.providers.base import CancelReply, SourceCheck, Target
from jobtui.providers.capabilities import Capabilities

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
"""The moment at which tests begin."""


class FakeClock:
    """Time that moves when the test says so."""

    def __init__(self, now: datetime = NOW) -> None:
        self._start = now
        self._gone_s = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._gone_s)

    def monotonic(self) -> float:
        return self._gone_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._gone_s += seconds


GRAPH = SourceStatus(
    "graph", "nebula", Health.OK, latency_ms=12.0, capabilities=Capabilities(lists=True, target_hint="a workflow id")
)
EVO = SourceStatus("evo", "evo", Health.OK, latency_ms=88.0, capabilities=Capabilities(target_hint="topic/task"))
MEDIA = SourceStatus(
    "media",
    "generation",
    Health.OK,
    latency_ms=140.0,
    capabilities=Capabilities(
        cancels=False, why_no_cancel="Generation services offer no cancel.", target_hint="a vendor path"
    ),
)


def job(address: str, state: JobState = JobState.RUNNING, **more: object) -> Job:
    """A job by its address, seen just now."""
    job_id = JobId.parse(address)
    made = Job(
        job_id,
        {"graph": "nebula", "media": "generation"}.get(job_id.source, job_id.source),
        state,
        created_at=NOW - timedelta(minutes=3),
        started_at=None if state is JobState.QUEUED else NOW - timedelta(minutes=2),
        finished_at=NOW - timedelta(minutes=1) if state.is_final else None,
        observed_at=NOW,
        can_cancel=not state.is_final,
    )
    return replace(made, **more)  # type: ignore[arg-type]


class ScriptedSubscription:
    """One reader's place."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine
        self._news = asyncio.Event()
        self._changed: set[JobId] = set()
        self._removed: set[JobId] = set()
        self._ended: dict[JobId, Job] = {}
        self.closed = False

    def tell(self, changed: set[JobId], removed: set[JobId], ended: Sequence[Job]) -> None:
        self._changed |= changed
        self._removed |= removed
        self._ended.update({one.id: one for one in ended})
        self._news.set()

    async def wait(self) -> None:
        if self._engine.failure is not None:
            raise self._engine.failure
        await self._news.wait()

    def take(self) -> Update:
        update = Update(
            self._engine.snapshot, frozenset(self._changed), frozenset(self._removed), tuple(self._ended.values())
        )
        self._changed, self._removed, self._ended = set(), set(), {}
        self._news.clear()
        return update

    def close(self) -> None:
        self.closed = True


@dataclass
class ScriptedEngine:
    """Stands where the engine stands; answers are attributes, what was asked is in `calls`."""

    sources: tuple[SourceStatus, ...] = (GRAPH, EVO, MEDIA)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    error: JobtuiError | None = None
    """Raised by the next call that is awaited."""
    failure: JobtuiError | None = None
    """Raised to the reader: the engine couldn't start."""
    failing: dict[str, JobtuiError] = field(default_factory=dict)
    """Raised by every call of that name."""
    result: Result | None = None
    results: dict[JobId, Result] = field(default_factory=dict)
    """By job, where they differ."""
    news: News | None = None
    changes: tuple[Change, ...] = ()
    raw: bytes = b'{"status": "running"}'
    written: str = ""
    """Every job's log."""
    offered: tuple[Target, ...] = ()
    sent: tuple[SubmitRecord, ...] = ()
    sent_before: tuple[SubmitRecord, ...] = ()
    """Kept too, but not among the latest."""
    kin_of: Mapping[JobId, Kin] = field(default_factory=dict)
    cloned_from: JobId | None = None
    """What the last submission was said to be a clone of."""
    cancel_reply: CancelReply = CancelReply(accepted=True)  # noqa: RUF009  frozen
    url: str = "https://example.test/job"
    claimed_elsewhere: frozenset[JobId] = frozenset()
    """Whose ends another program deals with, and whose results it saves."""
    left_unsaved: tuple[JobId, ...] = ()
    """What earlier runs ought to have saved."""
    gate: asyncio.Event | None = None
    """Where set, submits and cancels wait for it."""
    timeline_gate: asyncio.Event | None = None
    """Where set, timelines wait for it."""

    def __post_init__(self) -> None:
        self._snapshot = Snapshot(1, NOW, {}, self.sources)
        self._subscriptions: list[ScriptedSubscription] = []

    def asked(self, what: str) -> list[tuple[object, ...]]:
        """The arguments of every call of that name."""
        return [call[1:] for call in self.calls if call[0] == what]

    def publish(self, *jobs: Job) -> None:
        """Let these be observed."""
        before = self._snapshot.jobs
        ended = [one for one in jobs if one.state.is_final and one.id in before and not before[one.id].state.is_final]
        self._next(jobs={**before, **{one.id: one for one in jobs}})
        self._tell({one.id for one in jobs}, set(), ended)

    def begin_with(self, *jobs: Job) -> None:
        """Let no more be known yet than the first rows."""
        self._next(jobs={one.id: one for one in jobs}, complete=False)

    def read_all(self, *jobs: Job) -> None:
        """Let all be read: these."""
        self._next(jobs={one.id: one for one in jobs}, complete=True)
        self._tell({one.id for one in jobs}, set(), [])

    def remove(self, *job_ids: JobId) -> None:
        """Let these be gone."""
        self._next(jobs={job_id: one for job_id, one in self._snapshot.jobs.items() if job_id not in job_ids})
        self._tell(set(), set(job_ids), [])

    def set_status(self, status: SourceStatus) -> None:
        """Let a source do as told."""
        self._next(sources=tuple(status if old.name == status.name else old for old in self._snapshot.sources))
        self._tell(set(), set(), [])

    def plan_look(self, look: NextLook) -> None:
        """Let a job be asked for then."""
        self._next(next_look=look)

    def set_notice(self, notice: str) -> None:
        """Let the engine have a fault of its own."""
        self._next(notice=notice)
        self._tell(set(), set(), [])

    def _next(self, **changes: object) -> None:
        self._snapshot = replace(self._snapshot, sequence=self._snapshot.sequence + 1, **changes)  # type: ignore[arg-type]

    def _tell(self, changed: set[JobId], removed: set[JobId], ended: Sequence[Job]) -> None:
        for subscription in self._subscriptions:
            subscription.tell(changed, removed, ended)

    def _note(self, *call: object) -> None:
        self.calls.append(call)
        if call[0] in self.failing:
            raise self.failing[str(call[0])]
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def subscribe(self) -> ScriptedSubscription:
        subscription = ScriptedSubscription(self)
        self._subscriptions.append(subscription)
        return subscription

    def set_focus(self, on_screen: frozenset[JobId], selected: JobId | None) -> None:
        self.calls.append(("set_focus", on_screen, selected))

    def set_automatic(self, automatic: bool) -> None:
        self.calls.append(("set_automatic", automatic))
        self._next(automatic=automatic)
        self._tell(set(), set(), [])

    async def look(self) -> News | None:
        self._note("look")
        return self.news

    async def claim_ends(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        self._note("claim_ends", *job_ids)
        return frozenset(job_ids) - self.claimed_elsewhere

    async def claim_saves(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        self._note("claim_saves", *job_ids)
        return frozenset(job_ids) - self.claimed_elsewhere

    async def unsaved(self, sources: Collection[str]) -> tuple[JobId, ...]:
        self._note("unsaved", *sources)
        return self.left_unsaved

    async def refresh(self, source: str | None = None) -> None:
        self._note("refresh", source)

    async def sign_in(self, source: str) -> SourceCheck:
        self._note("sign_in", source)
        return SourceCheck("as root")

    async def fetch_job(self, job_id: JobId) -> Job:
        self._note("fetch_job", job_id)
        return self._snapshot.jobs.get(job_id) or job(str(job_id))

    async def raw_body(self, job_id: JobId) -> bytes:
        self._note("raw_body", job_id)
        return self.raw

    async def log(self, job_id: JobId) -> str:
        self._note("log", job_id)
        return self.written

    async def timeline(self, job_id: JobId) -> tuple[Change, ...]:
        self._note("timeline", job_id)
        if self.timeline_gate is not None:
            await self.timeline_gate.wait()
        return self.changes

    async def fetch_result(self, job_id: JobId, *, task: str | None = None, limit: int = 200) -> Result:
        self._note("fetch_result", job_id, task, limit)
        return self.results.get(job_id) or self.result or Result(job_id)

    async def download(
        self,
        job_id: JobId,
        artifact: Artifact,
        folder: Path,
        *,
        progress: Callable[[DownloadProgress], None] | None = None,
    ) -> SavedFile:
        self._note("download", job_id, artifact, folder)
        if progress is not None:
            progress(DownloadProgress(artifact.name, 1, 1, 1.0))
        return SavedFile(artifact, folder / artifact.name, 1, "0" * 64)

    async def submit(self, source: str, target: str, payload: JsonObject, *, cloned_from: JobId | None = None) -> Job:
        self.cloned_from = cloned_from
        self._note("submit", source, target, payload)
        if self.gate is not None:
            await self.gate.wait()
        made = job(f"{source}:new-1", JobState.QUEUED)
        self.publish(made)
        return made

    async def submissions(self, source: str) -> tuple[SubmitRecord, ...]:
        self._note("submissions", source)
        return self.sent

    async def submission_of(self, job_id: JobId) -> SubmitRecord | None:
        self._note("submission_of", job_id)
        return next((record for record in (*self.sent, *self.sent_before) if record.job_id == job_id), None)

    async def kin(self, job_id: JobId) -> Kin:
        self._note("kin", job_id)
        return self.kin_of.get(job_id, Kin())

    async def targets(self, source: str) -> tuple[Target, ...]:
        self._note("targets", source)
        return self.offered

    async def cancel(self, job_id: JobId) -> CancelReply:
        self._note("cancel", job_id)
        if self.gate is not None:
            await self.gate.wait()
        return self.cancel_reply

    async def track(self, source: str, native_ids: Sequence[str]) -> tuple[JobId, ...]:
        self._note("track", source, tuple(native_ids))
        return tuple(JobId(source, native_id) for native_id in native_ids)

    async def forget(self, job_ids: Sequence[JobId]) -> None:
        self._note("forget", tuple(job_ids))
        self.remove(*job_ids)

    def curl(self, job_id: JobId) -> str:
        self._note("curl", job_id)
        return f'curl -H "Authorization: Bearer $TOKEN" {self.url}'

    def link(self, job_id: JobId) -> str:
        self._note("link", job_id)
        return self.url
