from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    NotOffered,
    OutcomeUnknown,
    ProtocolError,
    ProviderBusy,
    ProviderRefused,
    RateLimited,
    SignInRefused,
    Unreachable,
    UsageError,
)
from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.results import Artifact, Document, RemoteFile
from jobtui.core.states import JobState
from jobtui.demo.evo import CLIENT_ID, CLIENT_SECRET, TOKEN, EvoService
from jobtui.demo.evo_tasks import ORG_ID
from jobtui.demo.http_server import HttpServer
from jobtui.providers.base import ReadSecret
from jobtui.providers.credentials import BearerToken
from jobtui.providers.evo.catalogue import DOCUMENTED_TASKS
from jobtui.providers.evo.oauth import ClientCredentials
from jobtui.providers.evo.provider import EvoProvider
from jobtui.providers.evo.wire import PREVIEW_ERROR, RESULTS_LINK
from jobtui.providers.http import HttpClient
from tests.demo.calls import steady
from tests.demo.fake_clock import FakeClock

UUID = "9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"
JOB_ID = JobId("evo", f"geostatistics/kriging/{UUID}")
BASE_URL = "https://au.api.seequent.com"
STATUS_PATH = f"/compute/orgs/{ORG_ID}/geostatistics/kriging/{UUID}/status"
NOT_FOUND = {"status": 404, "type": "https://seequent.com/error-codes/not-found", "title": "Not found"}
KRIGING: JsonObject = {
    "source": {"object": "https://x.example/o/1", "attribute": "locations.attributes[0]"},
    "target": {"object": "https://x.example/o/2", "attribute": {"operation": "create", "name": "Cu_ok"}},
    "variogram": "https://x.example/o/3",
    "neighborhood": {"max_samples": 24},
    "kriging_method": {"type": "ordinary"},
}


def secret(*values: str) -> ReadSecret:
    rest = list(values)

    async def read(renew: bool) -> str:
        if renew and len(rest) > 1:
            rest.pop(0)
        return rest[0]

    return read


class Demo:
    """The demo's Evo service on a port, and a provider that talks to it."""

    def __init__(self, clock: FakeClock, service: EvoService, server: HttpServer) -> None:
        self.clock = clock
        self.service = service
        self.server = server
        self.provider = self.provider_with(BearerToken(secret(TOKEN)))

    def provider_with(
        self, credentials: BearerToken | ClientCredentials, *, preview: bool = True, org_id: str = ORG_ID
    ) -> EvoProvider:
        http = HttpClient(self.server.base_url, clock=self.clock)
        return EvoProvider("evo", http, clock=self.clock, org_id=org_id, credentials=credentials, preview=preview)


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    clock = FakeClock()
    service = EvoService(clock, jobs=3, draw=steady(), preview_everywhere=True)
    server = HttpServer(service.handle)
    await server.start()
    demo = Demo(clock, service, server)
    yield demo
    await demo.provider.aclose()
    await server.stop()


def scripted(
    handler: Callable[[httpx.Request], httpx.Response], *, preview: bool = False, base_url: str = BASE_URL
) -> EvoProvider:
    """A provider whose service is a function."""
    clock = FakeClock()
    http = HttpClient(base_url, transport=httpx.MockTransport(handler), clock=clock)
    credentials = BearerToken(secret(TOKEN))
    return EvoProvider("evo", http, clock=clock, org_id=ORG_ID, credentials=credentials, preview=preview)


def answering(*answers: httpx.Response) -> tuple[EvoProvider, list[httpx.Request]]:
    """A provider whose service gives these answers, and the requests that it got."""
    rest, seen = list(answers), list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return rest.pop(0)

    return scripted(handle), seen


async def test_a_job_lives_from_submit_to_result(demo: Demo) -> None:
    submitted = (await demo.provider.submit("geostatistics/kriging", KRIGING)).job
    assert submitted.state is JobState.QUEUED
    assert submitted.id.native.startswith("geostatistics/kriging/")
    assert submitted.created_at == demo.clock.now()
    demo.clock.advance(22)
    running = (await demo.provider.fetch_job(submitted.id, submitted)).job
    assert (running.state, running.native_state, running.progress) == (JobState.RUNNING, "in progress", 0.5)
    assert running.created_at == submitted.created_at
    pending = await demo.provider.fetch_result(running.id, running)
    assert "isn't finished" in pending.warnings[0]
    demo.clock.advance(30)
    done = await demo.provider.fetch_job(submitted.id, running)
    assert done.job.state is JobState.SUCCEEDED
    assert done.raw is not None
    assert json.loads(done.raw)["status"] == "succeeded"
    result = await demo.provider.fetch_result(done.job.id, done.job)
    (artifact,) = result.artifacts
    assert isinstance(artifact.content, Document)
    assert isinstance(artifact.content.value, dict)
    assert "message" in artifact.content.value


async def test_a_cancel_takes_its_time(demo: Demo) -> None:
    job = (await demo.provider.submit("geostatistics/kriging", {"parameters": KRIGING})).job
    demo.clock.advance(10)
    assert (await demo.provider.cancel(job.id, job)).accepted
    assert (await demo.provider.fetch_job(job.id, job)).job.state is JobState.CANCELLING
    demo.clock.advance(5)
    assert (await demo.provider.fetch_job(job.id, job)).job.state is JobState.CANCELLED
    result = await demo.provider.fetch_result(job.id, job)
    assert result.warnings == ("The job was cancelled and left no result.",)


async def test_refused_parameters_are_named(demo: Demo) -> None:
    with pytest.raises(InvalidInput) as caught:
        await demo.provider.submit("geostatistics/kriging", {"source": {}})
    assert "variogram" in {parameter.name for parameter in caught.value.invalid_parameters}


async def test_a_preview_task_without_opting_in_gets_a_hint(demo: Demo) -> None:
    plain = demo.provider_with(BearerToken(secret(TOKEN)), preview=False)
    with pytest.raises(ProviderRefused) as caught:
        await plain.submit("geostatistics/kriging", KRIGING)
    assert "preview = true" in caught.value.hint
    await plain.aclose()


async def test_an_unknown_job_isnt_found(demo: Demo) -> None:
    with pytest.raises(JobNotFound):
        await demo.provider.fetch_job(JOB_ID)
    with pytest.raises(JobNotFound):
        await demo.provider.cancel(JOB_ID)
    with pytest.raises(JobNotFound):
        await demo.provider.fetch_result(JOB_ID)


async def test_a_token_that_isnt_accepted_is_a_refused_sign_in(demo: Demo) -> None:
    stranger = demo.provider_with(BearerToken(secret("another-token-altogether")))
    with pytest.raises(SignInRefused):
        await stranger.check()
    elsewhere = demo.provider_with(BearerToken(secret(TOKEN)), org_id=UUID)
    with pytest.raises(SignInRefused):
        await elsewhere.check()
    await stranger.aclose()
    await elsewhere.aclose()


async def test_an_expired_token_is_read_anew_and_the_submit_made_once(demo: Demo) -> None:
    provider = demo.provider_with(BearerToken(secret("a-token-of-yesterday", TOKEN)))
    job = (await provider.submit("geostatistics/kriging", KRIGING)).job
    assert (await provider.fetch_job(job.id)).job.state is JobState.QUEUED
    await provider.aclose()


async def test_client_credentials_are_renewed_when_their_tokens_are_revoked(demo: Demo) -> None:
    token_http = HttpClient(f"{demo.server.base_url}/connect/token", clock=demo.clock)
    credentials = ClientCredentials(
        token_http, client_id=CLIENT_ID, client_secret=secret(CLIENT_SECRET), clock=demo.clock
    )
    provider = demo.provider_with(credentials)
    assert ORG_ID in (await provider.check()).detail
    demo.service.revoke_tokens()
    assert ORG_ID in (await provider.check()).detail
    await provider.aclose()


async def test_sign_ins_are_counted_too(demo: Demo) -> None:
    token_http = HttpClient(f"{demo.server.base_url}/connect/token", clock=demo.clock)
    provider = demo.provider_with(
        ClientCredentials(token_http, client_id=CLIENT_ID, client_secret=secret(CLIENT_SECRET), clock=demo.clock)
    )
    await provider.check()
    assert provider.requests_made == 2
    await provider.aclose()


def signing_in(
    tokens: Callable[[httpx.Request], httpx.Response], service: Callable[[httpx.Request], httpx.Response]
) -> EvoProvider:
    """A provider that asks one function for its tokens and another for everything else."""
    clock = FakeClock()
    token_http = HttpClient("https://ims.example/connect/token", transport=httpx.MockTransport(tokens), clock=clock)
    credentials = ClientCredentials(token_http, client_id="c", client_secret=secret(CLIENT_SECRET), clock=clock)
    http = HttpClient(BASE_URL, transport=httpx.MockTransport(service), clock=clock)
    return EvoProvider("evo", http, clock=clock, org_id=ORG_ID, credentials=credentials)


def broken_off(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("")


NO_TOKEN = [
    (lambda request: httpx.Response(504), ProviderBusy),
    (lambda request: httpx.Response(500), ProviderBusy),
    (broken_off, Unreachable),
    (lambda request: httpx.Response(200, text="<html>welcome</html>"), SignInRefused),
    (lambda request: httpx.Response(401, json={"error": "invalid_client"}), SignInRefused),
]


@pytest.mark.parametrize(("tokens", "error"), NO_TOKEN)
async def test_a_submit_for_which_there_was_no_token_was_never_sent(
    tokens: Callable[[httpx.Request], httpx.Response], error: type[Exception]
) -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(303, headers={"location": STATUS_PATH})

    with pytest.raises(error) as caught:
        await signing_in(tokens, take).submit("geostatistics/kriging", KRIGING)
    assert not isinstance(caught.value, OutcomeUnknown | ProtocolError)
    assert seen == []


@pytest.mark.parametrize(("renewal", "error"), NO_TOKEN)
async def test_a_submit_that_was_turned_away_and_got_no_other_token_made_no_job(
    renewal: Callable[[httpx.Request], httpx.Response], error: type[Exception]
) -> None:
    granted = [httpx.Response(200, json={"access_token": "token-of-yesterday", "token_type": "Bearer"})]
    provider = signing_in(
        lambda request: granted.pop() if granted else renewal(request), lambda request: httpx.Response(401)
    )
    with pytest.raises(error) as caught:
        await provider.submit("geostatistics/kriging", KRIGING)
    assert not isinstance(caught.value, OutcomeUnknown | ProtocolError)


async def test_a_submit_sent_again_with_a_new_token_may_lose_its_answer_too() -> None:
    answers = [httpx.Response(502), httpx.Response(401)]
    tokens = ["token-number-two", "token-number-one"]
    provider = signing_in(
        lambda request: httpx.Response(200, json={"access_token": tokens.pop(), "token_type": "Bearer"}),
        lambda request: answers.pop(),
    )
    with pytest.raises(OutcomeUnknown):
        await provider.submit("geostatistics/kriging", KRIGING)


async def test_the_catalogue_becomes_targets(demo: Demo) -> None:
    targets = {target.name: target for target in await demo.provider.targets()}
    kriging = targets["geostatistics/kriging"]
    assert {"source.object", "target.attribute.operation", "neighborhood.max_samples"} <= {
        field.name for field in kriging.parameters
    }


async def test_a_lost_answer_to_a_submit_leaves_the_outcome_open(demo: Demo) -> None:
    demo.service.faults.lose_next_answer()
    with pytest.raises(OutcomeUnknown):
        await demo.provider.submit("geostatistics/kriging", KRIGING)


async def test_a_service_that_isnt_there_got_no_submit() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable):
        await scripted(refuse).submit("geostatistics/kriging", KRIGING)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(303), OutcomeUnknown),
        (httpx.Response(202, json={"status": "requested"}), OutcomeUnknown),
        (
            httpx.Response(303, headers={"location": f"https://other.example{STATUS_PATH.replace('-9b', '-00')}"}),
            OutcomeUnknown,
        ),
        (httpx.Response(303, headers={"location": f"https://other.example/t{STATUS_PATH}/more"}), OutcomeUnknown),
        (httpx.Response(303, headers={"location": f"javascript:{STATUS_PATH}"}), OutcomeUnknown),
        (httpx.Response(303, headers=[("location", f"{BASE_URL}{STATUS_PATH}")] * 2), OutcomeUnknown),
        (httpx.Response(500), OutcomeUnknown),
        (httpx.Response(504, text="<html>"), OutcomeUnknown),
        (httpx.Response(302, headers={"location": "/login"}), ProtocolError),
        (httpx.Response(404, json={"title": "Not found"}), ProviderRefused),
        (httpx.Response(429), RateLimited),
    ],
)
async def test_answers_that_name_no_job_are_told_apart(answer: httpx.Response, error: type[Exception]) -> None:
    provider, seen = answering(answer)
    with pytest.raises(error):
        await provider.submit("geostatistics/kriging", KRIGING)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "location",
    [
        STATUS_PATH,
        f"{BASE_URL}:443{STATUS_PATH}",
        # As the hub knows itself, where base_url is a proxy's.
        f"https://hub.behind.example{STATUS_PATH}",
        f"https://proxy.example/au{STATUS_PATH}",
    ],
)
async def test_the_redirect_of_a_submit_is_read_and_never_followed(location: str) -> None:
    provider, seen = answering(httpx.Response(303, headers={"location": location}))
    observation = await provider.submit("geostatistics/kriging", KRIGING)
    assert observation.job.id == JOB_ID
    assert [(request.method, request.url.path) for request in seen] == [
        ("POST", f"/compute/orgs/{ORG_ID}/geostatistics/kriging")
    ]
    assert json.loads(seen[0].content) == {"parameters": KRIGING}
    assert "api-preview" not in seen[0].headers


async def test_opting_in_is_said_with_every_call() -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["api-preview"])
        return httpx.Response(200, json={"status": "succeeded"})

    provider = scripted(handle, preview=True)
    await provider.fetch_job(JOB_ID)
    await provider.fetch_result(JOB_ID)
    await provider.cancel(JOB_ID)
    assert seen == ["opt-in"] * 3
    assert "API-Preview: opt-in" in provider.curl(JOB_ID)


@pytest.mark.parametrize(
    ("status", "error"), [(303, ProtocolError), (410, JobNotFound), (408, ProviderBusy), (503, ProviderBusy)]
)
async def test_a_refused_look_is_the_error_that_it_stands_for(status: int, error: type[Exception]) -> None:
    provider, _ = answering(httpx.Response(status, text="<html>gateway</html>"))
    with pytest.raises(error):
        await provider.fetch_job(JOB_ID)


async def test_a_web_page_instead_of_a_status_is_named_as_such() -> None:
    provider, _ = answering(httpx.Response(200, text="<html>hello</html>"))
    with pytest.raises(ProtocolError, match="web page"):
        await provider.fetch_job(JOB_ID)


def job_with_link(link: str) -> Job:
    return Job(id=JOB_ID, provider="evo", state=JobState.SUCCEEDED, handle={RESULTS_LINK: link})


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        (f"{BASE_URL}/elsewhere/on/the/hub?v=2", "/elsewhere/on/the/hub?v=2"),
        ("/relative/result", "/relative/result"),
        ("https://evil.example/results", STATUS_PATH.removesuffix("/status")),
        ("file:///etc/passwd", STATUS_PATH.removesuffix("/status")),
        ("", STATUS_PATH.removesuffix("/status")),
    ],
)
async def test_a_results_link_is_used_on_the_own_origin_alone(link: str, asked: str) -> None:
    provider, seen = answering(httpx.Response(200, json={"status": "succeeded", "results": {"a": 1}}))
    await provider.fetch_result(JOB_ID, job_with_link(link))
    (request,) = seen
    assert request.url.host == "au.api.seequent.com"
    assert request.url.raw_path.decode() == asked


@pytest.mark.parametrize("status", [302, 404, 410])
async def test_a_results_link_that_is_gone_is_no_worse_than_none(status: int) -> None:
    answers = httpx.Response(status), httpx.Response(200, json={"status": "succeeded", "results": {"a": 1}})
    provider, seen = answering(*answers)
    result = await provider.fetch_result(JOB_ID, job_with_link(f"{BASE_URL}/old/results"))
    assert [artifact.content for artifact in result.artifacts] == [Document({"a": 1})]
    assert [request.url.path for request in seen] == ["/old/results", STATUS_PATH.removesuffix("/status")]


async def test_results_that_are_gone_are_asked_for_by_each_path_once() -> None:
    documented = f"{BASE_URL}{STATUS_PATH.removesuffix('/status')}"
    for link, asked in ((f"{BASE_URL}/old/results", 2), (documented, 1)):
        provider, seen = answering(*[httpx.Response(404, json=NOT_FOUND)] * 2)
        with pytest.raises(JobNotFound):
            await provider.fetch_result(JOB_ID, job_with_link(link))
        assert len(seen) == asked


async def test_a_results_link_that_is_busy_is_not_gone() -> None:
    provider, seen = answering(httpx.Response(503))
    with pytest.raises(ProviderBusy):
        await provider.fetch_result(JOB_ID, job_with_link(f"{BASE_URL}/old/results"))
    assert len(seen) == 1


async def test_a_cancel_refused_for_the_missing_opt_in_says_how_to_opt_in() -> None:
    problem = {"status": 400, "type": PREVIEW_ERROR, "title": "Preview API.", "detail": "Set the header."}
    provider, _ = answering(httpx.Response(400, json=problem))
    with pytest.raises(ProviderRefused, match=r"Preview API\.") as caught:
        await provider.cancel(JOB_ID)
    assert "preview = true" in caught.value.hint


async def test_a_web_page_is_no_consent_to_a_cancel() -> None:
    provider, _ = answering(httpx.Response(200, text="<html>Sign in</html>"))
    with pytest.raises(ProtocolError, match="web page"):
        await provider.cancel(JOB_ID)


async def test_a_declined_cancel_tells_why() -> None:
    provider, _ = answering(httpx.Response(409, json={"title": "Conflict", "detail": "The job is over."}))
    reply = await provider.cancel(JOB_ID)
    assert (reply.accepted, reply.reason) == (False, "The job is over.")


async def test_the_catalogue_is_read_page_by_page() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        names = [f"t/{number}" for number in range(offset, min(offset + 100, 150))]
        return httpx.Response(200, json={"total": 150, "results": [{"key": name} for name in names]})

    assert len(await scripted(handle).targets()) == 150


@pytest.mark.parametrize("status", [403, 404])
async def test_where_there_is_no_catalogue_the_documented_tasks_are_offered(status: int) -> None:
    provider, _ = answering(httpx.Response(status, json=NOT_FOUND | {"status": status}))
    assert await provider.targets() == DOCUMENTED_TASKS


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("found", [httpx.Response(404, json=NOT_FOUND), httpx.Response(200, json={"status": "failed"})])
async def test_a_check_without_a_catalogue_asks_for_a_job_that_cant_exist(status: int, found: httpx.Response) -> None:
    provider, seen = answering(httpx.Response(status), found)
    assert (await provider.check()).detail == f"organisation {ORG_ID}"
    assert [request.url.path.rpartition("/")[2] for request in seen] == ["tasks", "status"]


@pytest.mark.parametrize(
    "answers",
    [
        (httpx.Response(200, text="<html>welcome</html>"),),
        (httpx.Response(200, json=[]),),
        (httpx.Response(404, text="<html>nothing here</html>"), httpx.Response(404, text="<html>nothing here</html>")),
        (httpx.Response(404), httpx.Response(404, json={"message": "no route matches"})),
        (httpx.Response(404), httpx.Response(200, json="hello")),
    ],
)
async def test_a_check_of_another_server_than_evos_asks_for_the_base_url(answers: tuple[httpx.Response, ...]) -> None:
    provider, _ = answering(*answers)
    with pytest.raises(ProtocolError) as caught:
        await provider.check()
    assert "base_url" in caught.value.hint


async def test_a_check_of_an_organisation_that_is_closed_to_the_token_is_a_refused_sign_in() -> None:
    provider, _ = answering(httpx.Response(403), httpx.Response(403, json=NOT_FOUND | {"status": 403}))
    with pytest.raises(SignInRefused):
        await provider.check()


async def test_what_evo_doesnt_offer_is_said() -> None:
    provider, seen = answering()
    with pytest.raises(NotOffered):
        await provider.list_jobs()
    with pytest.raises(NotOffered):
        provider.open_download(JOB_ID, Artifact("x", "video/mp4", RemoteFile(url="https://x.example/")))
    with pytest.raises(UsageError):
        await provider.submit("kriging", {})
    with pytest.raises(JobNotFound):
        await provider.fetch_job(JobId("evo", "kriging"))
    assert seen == []


async def test_lines_to_copy_hold_no_token() -> None:
    provider, _ = answering()
    await provider.aclose()
    assert provider.curl(JOB_ID) == f'curl -H "Authorization: Bearer $TOKEN" {BASE_URL}{STATUS_PATH}'
    assert provider.link(JOB_ID) == f"{BASE_URL}{STATUS_PATH}".removesuffix("/status")
