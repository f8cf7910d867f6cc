"""The documented bodies, mutated: whatever a service says, a provider gives an observation or an error of the tree."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtui.core.errors import JobtuiError
from jobtui.core.export import job_document
from jobtui.core.jobs import Job, JobId
from jobtui.core.results import Result
from jobtui.core.text import one_line
from jobtui.engine.reconcile import merge
from jobtui.engine.store.rows import job_values
from jobtui.providers.base import JobPage, Observation
from jobtui.providers.credentials import BearerToken
from jobtui.providers.evo.provider import EvoProvider
from jobtui.providers.generation.provider import GenerationProvider
from jobtui.providers.http import HttpClient
from jobtui.providers.nebula import NebulaProvider
from tests.fakes import FakeClock
from tests.faults.services import ORG, evo_status
from tests.faults.world import EVO_JOB, GRAPH_JOB, MEDIA_JOB
from tests.providers.generation import bodies
from tests.providers.nebula import examples

ODD: list[Any] = [
    None, True, False, 0, -1, 1, 10**400, -(10**30), 1e308, 2**63, float("nan"), float("inf"), "", " ", "0", "1e999",
    "\x1b[2J\x00", "\ud800", "[/]", "..", "x" * 5000, [], {}, [None], [[]], {"": None}, "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00Z", "http://[::1", "http://a@b/", "file:///etc/passwd", "data:;base64,AAAA", "٣",
]  # fmt: skip

STATUSES = st.sampled_from([200, 200, 200, 200, 202, 204, 303, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 599])

GRAPH_BODIES: list[Any] = [
    json.loads(body) for name, body in vars(examples).items() if name.isupper() and isinstance(body, bytes)
]
MEDIA_BODIES: list[Any] = [body for name, body in vars(bodies).items() if name.isupper() and isinstance(body, dict)]
EVO_BODIES: list[Any] = [
    evo_status("requested", 0),
    evo_status("in progress", 35, links={"cancel": "/x", "results": "/y"}),
    evo_status("succeeded", 100, links={"results": f"/compute/orgs/{ORG}/geostatistics/kriging/x"}),
    evo_status(
        "failed", None, error={"status": 422, "type": "t", "title": "x", "detail": "y", "invalidParameters": []}
    ),
    {
        "status": 422,
        "type": "https://seequent.com/e",
        "title": "No",
        "invalidParameters": [{"name": "a", "reason": "b"}],
    },
    {"results": {"target": {"reference": "r", "attribute": {"name": "n"}}}, "status": "succeeded", "error": None},
    {
        "results": [
            {"topic": "geostatistics", "task": "kriging", "versions": [{"name": "v", "parameters": {"type": "object"}}]}
        ]
    },
]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from _places(item, (*path, key))


def _mutated_once(draw: st.DrawFn, body: Any) -> Any:
    body = deepcopy(body)
    path = draw(st.sampled_from(list(_places(body))))
    if not path:
        return draw(st.sampled_from([*ODD, [body], {"data": body}, body, body]))
    *outer, key = path
    holder = body
    for step in outer:
        holder = holder[step]
    match draw(st.sampled_from(["replace", "replace", "remove", "wrap", "double", "extra"])):
        case "replace":
            holder[key] = draw(st.sampled_from(ODD))
        case "remove":
            del holder[key]
        case "wrap":
            holder[key] = draw(st.sampled_from([[holder[key]], {"value": holder[key]}, str(holder[key])]))
        case "double" if isinstance(holder, list):
            holder.insert(key, deepcopy(holder[key]))
        case _:
            if isinstance(holder, dict):
                holder[draw(st.sampled_from(["id", "status", "error", "data", "task_id", "links", "url"]))] = draw(
                    st.sampled_from(ODD)
                )
    return body


@st.composite
def answers(draw: st.DrawFn, examples_of: list[Any]) -> tuple[int, bytes]:
    """A status and a body: an example with a few mutations, at times cut or no JSON at all."""
    body = draw(st.sampled_from(examples_of))
    for _ in range(draw(st.integers(0, 4))):
        body = _mutated_once(draw, body)
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 11)):
        case 0:
            raw = raw[: draw(st.integers(0, len(raw)))]
        case 1:
            place = draw(st.integers(0, len(raw)))
            raw = raw[:place] + draw(st.binary(min_size=1, max_size=4)) + raw[place:]
    return draw(STATUSES), raw


class Scripted:
    """One provider whose service answers everything with the same body."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.answer: tuple[int, bytes] = (200, b"{}")

    def http(self) -> HttpClient:
        def answered(_request: httpx.Request) -> httpx.Response:
            status, body = self.answer
            headers = {"location": body[:100].decode("latin-1").replace("\n", ""), "retry-after": "x"}
            return httpx.Response(status, content=body, headers={} if status == 204 else headers)

        return HttpClient("http://service.example", transport=httpx.MockTransport(answered), clock=self.clock)


async def _secret(_anew: bool) -> str:
    return "a-token-of-the-test"


SCRIPT = Scripted()
PROVIDERS: dict[str, tuple[NebulaProvider | EvoProvider | GenerationProvider, JobId, str]] = {
    "graph": (
        NebulaProvider("graph", SCRIPT.http(), clock=SCRIPT.clock, login=None, token=_secret),
        GRAPH_JOB,
        "107",
    ),
    "evo": (
        EvoProvider("evo", SCRIPT.http(), clock=SCRIPT.clock, org_id=ORG, credentials=BearerToken(_secret)),
        EVO_JOB,
        "geostatistics/kriging",
    ),
    "media": (
        GenerationProvider("media", SCRIPT.http(), clock=SCRIPT.clock, credentials=BearerToken(_secret)),
        MEDIA_JOB,
        "minimax/v1/video_generation",
    ),
}


async def _drive(source: str) -> None:
    provider, job_id, target = PROVIDERS[source]
    known: Job | None = None
    for call in _calls(provider, job_id, target):
        try:
            answer = await call(known)
        except JobtuiError:
            continue
        observations = (
            answer.observations if isinstance(answer, JobPage) else (answer,) if isinstance(answer, Observation) else ()
        )
        for observation in observations:
            known = _acceptable(observation, known if observation.job.id == job_id else None)
        if isinstance(answer, Result):
            for artifact in answer.artifacts:
                one_line(artifact.name).encode()


def _calls(provider: Any, job_id: JobId, target: str) -> list[Callable[[Job | None], Awaitable[Any]]]:
    return [
        lambda _known: provider.check(),
        lambda _known: provider.list_jobs(),
        lambda known: provider.fetch_job(job_id, known),
        lambda known: provider.fetch_job(job_id, known),
        lambda known: provider.fetch_result(job_id, known),
        lambda known: provider.cancel(job_id, known),
        lambda _known: provider.submit(target, {}),
        lambda _known: provider.targets(),
    ]


def _acceptable(observation: Observation, known: Job | None) -> Job:
    """The job as everything behind the provider takes it: merge, JSON, the store's columns, the gate."""
    job = merge(known, observation, SCRIPT.clock.now()).job
    json.dumps(job_document(job, SCRIPT.clock.now()), allow_nan=False).encode()
    values = job_values(job)
    DATABASE.execute(f"SELECT {', '.join('?' * len(values))}", values).fetchone()
    for text in (job.name, job.kind, job.message, job.native_state, job.id.native):
        one_line(text).encode()
    return job


DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
FUZZ = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@FUZZ
@given(answer=answers(GRAPH_BODIES))
def test_j1_j5_j6_h5_h8_d9_no_mutated_answer_of_nebula_is_more_than_an_error(
    runner: asyncio.Runner, answer: tuple[int, bytes]
) -> None:
    SCRIPT.answer = answer
    runner.run(_drive("graph"))


@FUZZ
@given(answer=answers(EVO_BODIES))
def test_j1_j5_j6_h5_h8_d9_no_mutated_answer_of_evo_is_more_than_an_error(
    runner: asyncio.Runner, answer: tuple[int, bytes]
) -> None:
    SCRIPT.answer = answer
    runner.run(_drive("evo"))


@FUZZ
@given(answer=answers(MEDIA_BODIES))
def test_j1_j5_j6_h5_h8_d9_no_mutated_answer_of_a_gateway_is_more_than_an_error(
    runner: asyncio.Runner, answer: tuple[int, bytes]
) -> None:
    SCRIPT.answer = answer
    runner.run(_drive("media"))
