"""The vendor's released client at work on the demo's Evo service, over a real connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

import pytest
from evo.aio import AioTransport
from evo.common import APIConnector, StaticContext
from evo.common.exceptions import (
    BadRequestException,
    DefaultTypedError,
    NotFoundException,
    UnauthorizedException,
    UnknownResponseError,
)
from evo.common.interfaces import IAuthorizer, IFeedback
from evo.compute import JobClient, JobStatusEnum  # type: ignore[import-untyped]
from evo.compute.exceptions import JobError, JobPendingError  # type: ignore[import-untyped]
from evo.compute.tasks import Ellipsoid, EllipsoidRanges, Rotation  # type: ignore[import-untyped]
from evo.compute.tasks.common.runner import TaskRunner  # type: ignore[import-untyped]
from evo.discovery import DiscoveryAPIClient
from evo.oauth import AccessTokenAuthorizer, ClientCredentialsAuthorizer, EvoScopes, OAuthConnector

from jobtui.core.states import JobState
from jobtui.demo.evo import CLIENT_ID, CLIENT_SECRET, TOKEN, EvoService
from jobtui.demo.evo_tasks import OBJECTS_PATH, ORG_ID
from jobtui.demo.http_server import HttpServer
from jobtui.providers.evo.catalogue import DOCUMENTED_TASKS
from tests.demo.calls import Json, steady
from tests.demo.fake_clock import FakeClock

SOURCE = {"source": "https://au.example/objects/1"}
Job: TypeAlias = JobClient[dict[str, object]]

OBJECT = f"https://au.example{OBJECTS_PATH}11111111-2222-4333-8444-555555555555"
ATTRIBUTE = "locations.attributes[?name=='Cu_pct']"
READ = {"object": OBJECT, "attribute": ATTRIBUTE}
WRITTEN = {"object": OBJECT, "attribute": {"operation": "create", "name": "result"}}
SEARCH = {
    "ellipsoid": Ellipsoid(ranges=EllipsoidRanges(180.0, 120.0, 60.0), rotation=Rotation(0, 0, 0)),
    "max_samples": 24,
    "min_samples": 4,
}
FILL = {"source": READ, "target": WRITTEN}
SEARCH_AND_FILL = {**FILL, "neighborhood": SEARCH}
COSTS = {
    "material_categories": [{"cutoff_grade": 0.3, "metal_price": 9000.0, "label": "ore"}],
    "processing_cost": 12.5,
    "mining_waste_cost": 2.0,
    "mining_ore_cost": 3.0,
    "metal_recovery_fraction": 0.9,
}
PARAMETERS: dict[str, dict[str, object]] = {
    "break-ties": SEARCH_AND_FILL,
    "conditional-turning-bands": {
        "source": OBJECT,
        "source_attribute": ATTRIBUTE,
        "target": OBJECT,
        "neighborhood": SEARCH,
        "distribution": OBJECT,
        "variogram_model": OBJECT,
    },
    "consim": {
        "source_object": OBJECT,
        "source_attribute": ATTRIBUTE,
        "target_object": OBJECT,
        "variogram_model": OBJECT,
        "neighborhood": SEARCH,
    },
    "continuous-distribution": {"source": READ, "target": {"reference": OBJECT}},
    "declustering": {"source": OBJECT, "grid": OBJECT, "target": WRITTEN, "neighborhood": SEARCH},
    "idw": {**SEARCH_AND_FILL, "power": 2.0},
    "knn": SEARCH_AND_FILL,
    "kriging": {**SEARCH_AND_FILL, "variogram": OBJECT},
    "location-wise": {"source": READ, "target": {"object": OBJECT}, "summary": True, "quantiles": [0.1, 0.9]},
    "loss-calculation": {**FILL, **COSTS},
    "normal-score": {**FILL, "method": "forward", "distribution": OBJECT},
    "profit-calculation": {**FILL, **COSTS},
    "simulation-report": {
        "simulation_source": OBJECT,
        "source_attribute": ATTRIBUTE,
        "simulation_target": OBJECT,
        "point_simulations": ATTRIBUTE,
        "point_simulations_normal_score": ATTRIBUTE,
        "block_simulations": ATTRIBUTE,
        "block_simulations_normal_score": ATTRIBUTE,
        "variogram_model": OBJECT,
        "neighborhood": SEARCH,
        "number_of_simulations": 10,
    },
}
"""The least that each task of the client wants."""
MORE: list[tuple[str, dict[str, object]]] = [
    ("kriging", {"kriging_method": {"type": "simple", "mean": 0.8}, "block_discretization": {"nx": 3, "ny": 3}}),
    ("declustering", {"power": None}),
    ("consim", {"number_of_simulations": 20, "perform_validation": True, "kriging_method": "ordinary"}),
    ("location-wise", {"probability_above_cutoff": {"cutoffs": [0.3, 0.5]}, "mean_above_cutoff": {"cutoffs": [0.3]}}),
]
RUNNERS = {runner.task: runner for runner in TaskRunner.__subclasses__()}


class HurryingClock(FakeClock):
    """Half a second passes with every look at it, so a client that polls without a pause sees a whole life."""

    def now(self) -> datetime:
        self.advance(0.5)
        return super().now()


class Progress(IFeedback):
    """Keeps what the client tells."""

    def __init__(self) -> None:
        self.fractions: list[float] = []
        self.messages: list[str | None] = []

    def progress(self, progress: float, message: str | None = None) -> None:
        self.fractions.append(progress)
        if message not in self.messages:
            self.messages.append(message)


@asynccontextmanager
async def connected(service: EvoService, authorizer: IAuthorizer | None = None) -> AsyncIterator[APIConnector]:
    server = HttpServer(service.handle)
    await server.start()
    transport = AioTransport("jobtui-tests", max_attempts=1, close_grace_period_ms=0)
    try:
        async with APIConnector(server.base_url, transport, authorizer or AccessTokenAuthorizer(TOKEN)) as connector:
            yield connector
    finally:
        await server.stop()


def service(ending: JobState = JobState.SUCCEEDED, **switches: Json) -> EvoService:
    return EvoService(HurryingClock(), jobs=0, draw=steady(ending), **switches)


async def submit(connector: APIConnector, task: str = "declustering", parameters: Json = None) -> Job:
    job: Job = await JobClient.submit(
        connector, UUID(ORG_ID), "geostatistics", task, SOURCE if parameters is None else parameters, preview=True
    )
    return job


async def test_a_job_is_submitted_polled_and_read() -> None:
    async with connected(service()) as connector:
        job = await submit(connector)
        progress = Progress()
        results = await job.wait_for_results(polling_interval_seconds=0, fb=progress)
    assert results["message"] == "Declustering completed."
    assert progress.messages == [
        "Queued",
        "Reading samples",
        "Trying cell sizes",
        "Writing weights",
        "Fetching results...",
    ]
    assert progress.fractions == sorted(progress.fractions)
    assert len(set(progress.fractions)) > 10


async def test_a_failed_job_raises_its_problem() -> None:
    async with connected(service(JobState.FAILED)) as connector:
        job = await submit(connector)
        with pytest.raises(JobError) as raised:
            await job.wait_for_results(polling_interval_seconds=0)
    assert raised.value.title == "Geoscience object not found"
    assert raised.value.status == 404
    assert raised.value.type_ == "https://seequent.com/error-codes/example/object-not-found"


async def test_a_cancelled_job_says_so_and_has_no_results() -> None:
    async with connected(service()) as connector:
        job = await submit(connector)
        await job.cancel()
        assert (await job.get_status()).status is JobStatusEnum.cancelling
        assert (await job.get_status()).status is JobStatusEnum.cancelled
        with pytest.raises(UnknownResponseError):
            await job.get_results()


async def test_results_asked_for_too_early_are_pending() -> None:
    async with connected(service()) as connector:
        job = await submit(connector)
        with pytest.raises(JobPendingError):
            await job.get_results()


async def test_a_busy_service_is_asked_again() -> None:
    evo = service()
    async with connected(evo) as connector:
        job = await submit(connector)
        evo.faults.fail_next(429, body=b"slow down", times=2)
        assert await job.wait_for_results(polling_interval_seconds=0)


async def test_refusals_are_the_exceptions_that_the_client_knows() -> None:
    async with connected(service()) as connector:
        with pytest.raises(DefaultTypedError, match="Invalid parameters"):
            await submit(connector, parameters={})
        with pytest.raises(NotFoundException):
            await submit(connector, "dowsing")
        with pytest.raises(BadRequestException, match=r"Preview API\."):
            await JobClient.submit(connector, UUID(ORG_ID), "geostatistics", "declustering", SOURCE)
        unknown: Job = JobClient(connector, UUID(ORG_ID), "geostatistics", "kriging", uuid4())
        with pytest.raises(NotFoundException):
            await unknown.cancel()
    async with connected(service(), AccessTokenAuthorizer("wrong")) as connector:
        with pytest.raises(UnauthorizedException):
            await submit(connector)


async def test_the_client_signs_in_by_itself_and_again_when_its_token_ends() -> None:
    evo = EvoService(FakeClock(), jobs=0, token_lifetime=timedelta(hours=1))
    transport = AioTransport("jobtui-tests", max_attempts=1, close_grace_period_ms=0)
    async with connected(evo) as plain, transport:
        identity = OAuthConnector(transport, CLIENT_ID, CLIENT_SECRET, base_uri=plain.base_url)
        authorizer = ClientCredentialsAuthorizer(identity, scopes=EvoScopes.all_evo)
        connector = APIConnector(plain.base_url, transport, authorizer)
        job = await submit(connector)
        evo.revoke_tokens()
        assert (await job.get_status()).status is JobStatusEnum.requested


async def test_discovery_finds_the_organisation_and_its_hub() -> None:
    async with connected(service()) as connector:
        organization = (await DiscoveryAPIClient(connector).list_organizations())[0]
        assert organization.id == UUID(ORG_ID)
        assert [hub.url + "/" for hub in organization.hubs] == [connector.base_url]


def test_the_runners_of_the_client_are_the_documented_tasks() -> None:
    assert {f"{runner.topic}/{task}" for task, runner in RUNNERS.items()} == {task.name for task in DOCUMENTED_TASKS}


@pytest.mark.parametrize(("task", "more"), [*((task, {}) for task in sorted(RUNNERS)), *MORE])
async def test_every_runner_of_the_client_gives_its_typed_result(task: str, more: dict[str, object]) -> None:
    runner = RUNNERS[task]
    parameters = runner.params_type.model_validate(PARAMETERS[task] | more)
    quick = EvoService(HurryingClock(), jobs=0, draw=steady(run_s=3))
    async with connected(quick) as connector:
        context = StaticContext(connector=connector, org_id=UUID(ORG_ID))
        result = await runner(context, parameters, preview=True, polling_interval_seconds=0)
    assert type(result) is runner.result_type
    assert "Result" in str(result)
    if task == "consim":
        assert result.summary_attributes.mean.name
