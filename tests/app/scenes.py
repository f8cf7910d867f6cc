"""States that a user meets the screen in, each from jobs that are always the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from jobtui.core.errors import ProviderRefused
from jobtui.core.jobs import Estimate, EstimateBasis, Job, JobError, JobId, Task
from jobtui.core.results import Artifact, Document, RemoteFile, Result, Rows
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import SubmitRecord
from jobtui.engine.snapshot import Change, Health, SourceStatus
from jobtui.providers.base import Target, TargetParameter
from tests.app.scripted_engine import EVO, GRAPH, MEDIA, NOW, ScriptedEngine, job

SOURCES = (GRAPH, EVO, MEDIA)


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is, what the user presses, and what the screen says once it is all there."""

    name: str
    build: Callable[[], ScriptedEngine]
    says: str
    keys: tuple[str, ...] = ()
    typed: str = ""
    """Put into the focused field after the keys."""
    waits: str = ""
    """The group of workers that never come to an end in it."""


def _before(**span: float) -> timedelta:
    return timedelta(**span)


def _all_kinds() -> tuple[Job, ...]:
    """Every state, long and wide names, what is estimated, stale, in trouble or unnamed."""
    return (
        job(
            "evo:geostatistics/kriging/9b2f6c1e",
            name="kriging 9b2f6c1e",
            kind="geostatistics/kriging",
            progress=0.62,
            message="Estimating blocks",
            estimate=Estimate(NOW + _before(minutes=1, seconds=10), EstimateBasis.PROGRESS),
        ),
        job(
            "graph:30712",
            name="fraud_rank",
            kind="4216617528",
            native_state="RUNNING",
            estimate=Estimate(NOW + _before(minutes=4), EstimateBasis.HISTORY),
            tasks=(
                Task(
                    "query_1",
                    "Query",
                    JobState.SUCCEEDED,
                    "SUCCEED",
                    NOW - _before(minutes=2),
                    NOW - _before(minutes=1),
                ),
                Task("pagerank_1", "PageRank", JobState.RUNNING, "RUNNING", NOW - _before(minutes=1)),
                Task("louvain_1", "Louvain", JobState.QUEUED, "WAITING"),
                Task("write_1", "写入结果", JobState.QUEUED, "WAITING"),
            ),
        ),
        job(
            "media:minimax/v1/video_generation/3140528",
            JobState.QUEUED,
            name="MiniMax-Hailuo-02 a lighthouse in a storm, waves against the rocks, seen from far above",
            native_state="Queueing",
            estimate=Estimate(NOW + _before(minutes=3), EstimateBasis.HISTORY),
        ),
        job("evo:geostatistics/variogram/41aa", JobState.CANCELLING, name="variogram 41aa", progress=0.4),
        job("graph:30711", JobState.SUCCEEDED, name="社区发现 louvain"),
        job(
            "evo:geostatistics/break-ties/77aa01c2",
            JobState.FAILED,
            name="break-ties 77aa01c2",
            progress=0.31,
            message="Singular kriging matrix",
            error=JobError(
                "geostatistics.singular-matrix",
                "Singular kriging matrix",
                "Two samples share one location: the system of equations has no single answer.",
                (("neighborhood.search.ranges", "has to be larger than 0"), ("target.attribute", "is missing")),
                "req-5f0c9a",
            ),
        ),
        job("graph:30709", JobState.CANCELLED, name="triangle_count", created_at=NOW - _before(hours=1)),
        job("graph:30708", JobState.UNKNOWN, name="k_core", native_state="PAUSED", stale=True),
        job("media:kling/v1/images/99", JobState.LOST, created_at=NOW - _before(days=2), observed_at=None),
    )


def _busy() -> ScriptedEngine:
    engine = ScriptedEngine(
        sources=(
            GRAPH,
            replace(EVO, read_only=True),
            replace(MEDIA, health=Health.BUSY, detail="too many requests", next_try_at=NOW + _before(seconds=12)),
        )
    )
    engine.publish(*_all_kinds())
    engine.changes = tuple(
        Change(NOW - _before(seconds=120 - 30 * number), JobState.RUNNING, "in progress", number * 0.155, message)
        for number, message in enumerate(
            ("Reading samples", "Searching", "Searching", "Estimating", "Estimating blocks")
        )
    )
    return engine


def _quiet(health: Health, detail: str = "") -> ScriptedEngine:
    def status(known: SourceStatus) -> SourceStatus:
        next_try = NOW + _before(seconds=30) if health is Health.DOWN else None
        return replace(known, health=health, detail=detail, latency_ms=None, next_try_at=next_try)

    return ScriptedEngine(sources=tuple(status(known) for known in SOURCES))


def _with(result: Callable[[Job], Result], shown: Job) -> ScriptedEngine:
    """One job alone, and what it left."""
    engine = ScriptedEngine()
    engine.publish(shown)
    engine.result = result(shown)
    return engine


def _rows() -> ScriptedEngine:
    people = ("Ada", "Grace", "Edsger", "Barbara", "Dennis", "王小云")
    rows = tuple(
        (f"{people[n % 6]} {n}", f"{1 / (n + 1):.6f}", "Amsterdam" if n % 2 else "", "note " * 9) for n in range(200)
    )
    table = Artifact("pagerank_1.csv", "text/csv", Rows(("name", "rank", "city", "note"), rows, 200, more=True))
    return _with(lambda shown: Result(shown.id, (table,)), job("graph:30711", JobState.SUCCEEDED, name="pagerank"))


def _document() -> ScriptedEngine:
    value = {
        "status": "succeeded",
        "variogram": {"nugget": 0.12, "structures": [{"type": "spherical", "sill": 0.88, "range": [120, 80, 40]}]},
        "attributes": ["grade", "density"],
        "valid": True,
        "note": None,
        "log": '{"level": "info", "messages": ["read 12,400 samples"]}',
    }
    tree = Artifact("result.json", "application/json", Document(value))  # type: ignore[arg-type]
    return _with(lambda shown: Result(shown.id, (tree,)), job("evo:geostatistics/kriging/9b2f", JobState.SUCCEEDED))


def _video() -> ScriptedEngine:
    clip = Artifact(
        "lighthouse.mp4",
        "video/mp4",
        RemoteFile("https://cdn.example.test/lighthouse.mp4?sign=x", expires_at=NOW + _before(minutes=42)),
        size_bytes=7_340_032,
        role="video",
    )
    cover = Artifact("cover.jpeg", "image/jpeg", RemoteFile(file_id="file-77"), role="cover")
    return _with(lambda shown: Result(shown.id, (clip, cover)), job("media:minimax/1", JobState.SUCCEEDED))


def _form() -> ScriptedEngine:
    engine = _busy()
    engine.sources = SOURCES
    engine.offered = (
        Target(
            "pagerank",
            "PageRank on the payments graph",
            parameters=(
                TargetParameter("query_1.name", required=True, description="Whose payments to follow"),
                TargetParameter("iterations", "integer", default="20"),
                TargetParameter("direction", choices=("in", "out", "both"), default="both"),
            ),
        ),
    )
    return engine


class _Unanswered(ScriptedEngine):
    """Its results are still on their way."""

    async def fetch_result(self, job_id: JobId, *, task: str | None = None, limit: int = 200) -> Result:
        self._note("fetch_result", job_id, task, limit)
        await asyncio.Event().wait()
        raise AssertionError


def _loading_result() -> ScriptedEngine:
    engine = _Unanswered()
    engine.publish(job("graph:30711", JobState.SUCCEEDED, name="pagerank"))
    return engine


def _refused_result() -> ScriptedEngine:
    engine = ScriptedEngine()
    engine.publish(job("graph:30711", JobState.SUCCEEDED, name="pagerank"))
    engine.failing["fetch_result"] = ProviderRefused(
        "the result of this job was removed by its owner",
        hint="Start it again to have another.",
        code="50004003",
        http_status=403,
        request_id="req-5f0c9a",
    )
    return engine


def _offline_progress() -> ScriptedEngine:
    engine = _busy()
    down = replace(EVO, health=Health.DOWN, detail="no route to the host", next_try_at=NOW + _before(seconds=30))
    engine.set_status(replace(down, latency_ms=None))
    kriging = next(one for one in engine.snapshot.jobs.values() if one.progress == 0.62)
    engine.publish(replace(kriging, stale=True, observed_at=NOW - _before(minutes=4)))
    return engine


def _started_before() -> ScriptedEngine:
    engine = ScriptedEngine()
    engine.sent = (
        SubmitRecord("pagerank", {"query_1": {"name": "Ada"}, "iterations": 20}, JobId("graph", "30712"), "made"),
        SubmitRecord("louvain", {"picture": "A" * 90_000, "name": "写入"}, None, "refused"),
        SubmitRecord("pagerank", {"iterations": 5}, None, "unknown"),
        SubmitRecord("k_core with a name that is longer than a line of the dialog has room for", {}, None, "sent"),
    )
    return engine


SCENES = (
    Scene("jobs", _busy, "fraud_rank"),
    Scene("empty", ScriptedEngine, "No jobs yet"),
    Scene("loading", lambda: _quiet(Health.STARTING), "Asking the sources"),
    Scene("offline", lambda: _quiet(Health.DOWN, "no route to the host"), "No source answers"),
    Scene("welcome", lambda: ScriptedEngine(sources=()), "demo"),
    Scene("job-error", _busy, "Singular", ("exclamation_mark", "enter")),
    Scene("result-error", _busy, "Error   Raw", ("exclamation_mark", "v")),
    Scene("result-loading", _loading_result, "Reading the result", ("v",), waits="result"),
    Scene("result-refused", _refused_result, "of this job was removed", ("v",)),
    Scene("progress-offline", _offline_progress, "62 %", ("j", "k", "enter")),
    Scene("result-table", _rows, "Grace 1", ("v",)),
    Scene("result-tree", _document, "variogram", ("v",)),
    Scene("result-video", _video, "lighthouse", ("v",)),
    Scene("help", _busy, "Keys in the list", ("question_mark",)),
    Scene("confirm", _busy, "Cancel 2 jobs", ("asterisk", "slash", *"kriging", "enter", "x")),
    Scene("track", _busy, "Watch jobs that were made elsewhere", ("t",)),
    Scene("sort", _busy, "Order by", ("s",)),
    Scene("columns", _busy, "Columns", ("C",)),
    Scene("compare", _busy, "differences", ("space", "j", "space", "d")),
    Scene("earlier", _started_before, "Started before", ("N", "ctrl+r", "j")),
    Scene("submit", _form, "query_1.name", ("N",), "pagerank"),
    Scene("filter-error", _busy, "colour", ("slash",), "kriging colour:red"),
)
