"""Each documented body on its way through the provider: the whole job, result or refusal that it has to give."""

from __future__ import annotations

import json

import httpx
import pytest

from jobtui.core.errors import InvalidInput, InvalidParameter
from jobtui.core.jobs import Job, JobError, JobId
from jobtui.core.results import Artifact, Document, Result
from jobtui.core.states import JobState
from jobtui.demo.evo import TOKEN, EvoService
from jobtui.demo.evo_tasks import ORG_ID
from jobtui.providers.base import Observation, Target, TargetParameter
from jobtui.providers.credentials import BearerToken
from jobtui.providers.evo import wire
from jobtui.providers.evo.provider import EvoProvider
from jobtui.providers.http import HttpClient
from tests.demo.calls import Json, call, read
from tests.demo.fake_clock import FakeClock
from tests.providers.evo import examples

NATIVE = "geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"
JOB_ID = JobId("evo", NATIVE)
BASE_URL = "https://au.api.seequent.com"
JOB_URL = examples.LOCATION.removesuffix("/status")
NOW = FakeClock().now()
SINGULAR = JobError(
    code="example/singular-matrix", title="Singular kriging matrix", detail="Two samples share one location."
)


async def token(renew: bool) -> str:
    return TOKEN


class Service:
    """A provider whose service gives one answer, and what it was asked."""

    def __init__(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.asked: list[httpx.Request] = []
        self._answer = httpx.Response(status, content=body, headers=headers)
        clock = FakeClock()
        http = HttpClient(BASE_URL, transport=httpx.MockTransport(self._give), clock=clock)
        self.provider = EvoProvider("evo", http, clock=clock, org_id=ORG_ID, credentials=BearerToken(token))

    def _give(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answer


def seen(state: JobState, native_state: str = "", **fields: Json) -> Job:
    return Job(
        id=JOB_ID,
        provider="evo",
        state=state,
        native_state=native_state,
        name="kriging 9b2f6c1e",
        kind="geostatistics/kriging",
        observed_at=NOW,
        **fields,
    )


@pytest.mark.parametrize("body", [examples.SUBMIT, examples.SUBMIT_KRIGING], ids=["guide", "kriging"])
async def test_a_documented_submit_is_sent_as_it_stands_and_makes_a_job(body: bytes) -> None:
    service = Service(303, headers={"location": examples.LOCATION})
    observation = await service.provider.submit("geostatistics/kriging", json.loads(body))
    assert observation == Observation(seen(JobState.QUEUED, created_at=NOW, can_cancel=True))
    (request,) = service.asked
    assert (request.method, str(request.url)) == ("POST", JOB_URL.rpartition("/")[0])
    assert json.loads(request.content) == json.loads(body)


@pytest.mark.parametrize("body", [examples.SUBMIT, examples.SUBMIT_KRIGING], ids=["guide", "kriging"])
async def test_the_parameters_of_a_documented_submit_may_be_given_alone(body: bytes) -> None:
    service = Service(303, headers={"location": examples.LOCATION})
    await service.provider.submit("geostatistics/kriging", json.loads(body)["parameters"])
    assert json.loads(service.asked[0].content) == json.loads(body)


@pytest.mark.parametrize(
    ("status", "body", "job"),
    [
        (
            202,
            examples.REQUESTED,
            seen(JobState.QUEUED, "requested", progress=0.0, message="Queued", can_cancel=True),
        ),
        (
            202,
            examples.IN_PROGRESS,
            seen(JobState.RUNNING, "in progress", progress=0.35, message="Estimating blocks", can_cancel=True),
        ),
        (202, examples.CANCELLING, seen(JobState.CANCELLING, "cancelling", progress=0.35, message="Stopping")),
        (200, examples.CANCELLED, seen(JobState.CANCELLED, "cancelled", progress=1.0, message="Stopped on request")),
        (
            200,
            examples.SUCCEEDED,
            seen(
                JobState.SUCCEEDED, "succeeded", progress=1.0, message="Finished", handle={wire.RESULTS_LINK: JOB_URL}
            ),
        ),
        (
            200,
            examples.FAILED,
            seen(JobState.FAILED, "failed", progress=1.0, message="Kriging failed", error=SINGULAR),
        ),
        (202, examples.SMALLEST, seen(JobState.QUEUED, "requested", can_cancel=True)),
    ],
    ids=["requested", "in progress", "cancelling", "cancelled", "succeeded", "failed", "smallest"],
)
async def test_a_documented_status_is_a_whole_job(status: int, body: bytes, job: Job) -> None:
    service = Service(status, body)
    assert await service.provider.fetch_job(JOB_ID) == Observation(job, body)
    (request,) = service.asked
    assert (request.method, str(request.url)) == ("GET", examples.LOCATION)


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (
            200,
            examples.RESULTS,
            Result(
                JOB_ID,
                artifacts=(
                    Artifact(
                        "kriging-9b2f6c1e.json",
                        "application/json",
                        Document(
                            {
                                "message": "Kriging completed.",
                                "target": {
                                    "reference": f"{BASE_URL}/geoscience-object/orgs/{ORG_ID}/workspaces/"
                                    "6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/66666666-7777-4888-9999-aaaaaaaaaaaa",
                                    "name": "Grid 20m",
                                    "description": None,
                                    "schema_id": "/objects/regular-3d-grid/1.3.0/regular-3d-grid.schema.json",
                                    "attribute": {"reference": "cell_attributes[?name=='Cu_ok']", "name": "Cu_ok"},
                                },
                            }
                        ),
                    ),
                ),
                raw=examples.RESULTS,
            ),
        ),
        (
            200,
            examples.RESULTS_OF_A_FAILURE,
            Result(JOB_ID, error=SINGULAR, raw=examples.RESULTS_OF_A_FAILURE),
        ),
        (
            202,
            examples.RESULTS_TOO_EARLY,
            Result(
                JOB_ID,
                warnings=("The job isn't finished: there is no result yet.",),
                raw=examples.RESULTS_TOO_EARLY,
            ),
        ),
    ],
    ids=["succeeded", "failed", "too early"],
)
async def test_documented_results_are_a_whole_result(status: int, body: bytes, result: Result) -> None:
    service = Service(status, body)
    known = seen(JobState.SUCCEEDED, "succeeded", handle={wire.RESULTS_LINK: JOB_URL})
    assert await service.provider.fetch_result(JOB_ID, known) == result
    (request,) = service.asked
    assert (request.method, str(request.url)) == ("GET", JOB_URL)


async def test_the_documented_error_is_a_refusal_with_all_it_says() -> None:
    with pytest.raises(InvalidInput) as caught:
        await Service(422, examples.ERROR).provider.submit("geostatistics/kriging", {})
    error = caught.value
    assert str(error) == 'submitting geostatistics/kriging: "Invalid parameters"'
    assert (error.code, error.http_status) == ("example/invalid-parameters", 422)
    assert error.detail == "1 parameter is invalid."
    assert error.invalid_parameters == (InvalidParameter("neighborhood.max_samples", "must be >= 1"),)


async def test_the_documented_error_inside_a_job_is_why_it_failed() -> None:
    body = b'{"status": "failed", "error": %s}' % examples.ERROR
    job = (await Service(200, body).provider.fetch_job(JOB_ID)).job
    assert job.error == JobError(
        code="example/invalid-parameters",
        title="Invalid parameters",
        detail="1 parameter is invalid.",
        invalid_parameters=(("neighborhood.max_samples", "must be >= 1"),),
    )


async def test_the_documented_catalogue_is_the_targets() -> None:
    service = Service(200, examples.CATALOGUE)
    assert await service.provider.targets() == (
        Target(
            "geostatistics/declustering",
            "Declustering",
            "Compute declustering weights. Preview: needs `preview = true` in the source's settings.",
            (TargetParameter("source", required=True),),
        ),
    )


@pytest.mark.parametrize(("task", "body"), [("break-ties", examples.SUBMIT), ("kriging", examples.SUBMIT_KRIGING)])
async def test_the_demo_takes_the_documented_submits(task: str, body: bytes) -> None:
    path = f"/compute/orgs/{ORG_ID}/geostatistics/{task}"
    headers = {"authorization": f"Bearer {TOKEN}", "api-preview": "opt-in"}
    answer = await call(EvoService(FakeClock(), jobs=0), "POST", path, body, headers)
    assert (answer.status, answer.body) == (303, b"")


async def test_the_demo_s_discovery_answers_as_documented() -> None:
    """The provider is told organisation and hub in its settings, so that only the demo has to know this body."""
    service = EvoService(FakeClock(), jobs=0)
    path = "/evo/identity/v2/discovery?service=file"
    answer = await call(service, "GET", path, headers={"authorization": f"Bearer {TOKEN}"})
    documented = examples.DISCOVERY.replace(BASE_URL.encode(), b"http://127.0.0.1:7002")
    assert read(answer) == json.loads(documented)
