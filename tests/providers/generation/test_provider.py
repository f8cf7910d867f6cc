from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

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
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile
from jobtui.core.states import JobState
from jobtui.demo.cdn import CdnService
from jobtui.demo.generation import GenerationService
from jobtui.demo.generation.quirks import Quirks
from jobtui.demo.generation.service import TOKEN
from jobtui.demo.http_server import HttpServer
from jobtui.demo.links import LinkSigner
from jobtui.demo.media import medium
from jobtui.providers.base import ReadSecret
from jobtui.providers.credentials import BearerToken
from jobtui.providers.generation.catalogue import DOCUMENTED_PATHS
from jobtui.providers.generation.provider import GenerationProvider
from jobtui.providers.generation.wire import FILE_ID
from jobtui.providers.http import HttpClient
from tests.demo.calls import steady
from tests.demo.fake_clock import FakeClock
from tests.providers.generation import bodies

MINIMAX = "minimax/v1/video_generation"
HAILUO: JsonObject = {"model": "MiniMax-Hailuo-02", "prompt": "A lighthouse at dawn"}
JOB_ID = JobId("media", "401000000000001")
VIDEO = Artifact("401000000000001.mp4", "video/mp4", RemoteFile(file_id="777"), role="video")


def secret(*values: str) -> ReadSecret:
    rest = list(values)

    async def read(renew: bool) -> str:
        if renew and len(rest) > 1:
            rest.pop(0)
        return rest[0]

    return read


class Demo:
    """The demo's gateway and download host, each on a port, and a provider that talks to them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self._links = LinkSigner(self.clock, secret=b"test")
        self._cdn = HttpServer(CdnService(self._links).handle)
        self._servers: list[HttpServer] = []
        self._providers: list[GenerationProvider] = []

    async def gateway(self, quirks: Quirks | None = None, *, token: str = TOKEN) -> GenerationProvider:
        """A provider for a gateway with these quirks."""
        if not self._servers:
            await self._cdn.start()
            self._servers.append(self._cdn)
        self.service = GenerationService(
            self.clock, self._links, self._cdn.base_url, arrival_gap=None, draw=steady(), quirks=quirks
        )
        server = HttpServer(self.service.handle)
        await server.start()
        self._servers.append(server)
        http = HttpClient(server.base_url, clock=self.clock)
        provider = GenerationProvider("media", http, clock=self.clock, credentials=BearerToken(secret(token)))
        self._providers.append(provider)
        return provider

    async def finished(self, provider: GenerationProvider, target: str, payload: JsonObject) -> Job:
        """A job of this order, after it is done."""
        submitted = (await provider.submit(target, payload)).job
        self.clock.advance(60)
        return (await provider.fetch_job(submitted.id, submitted)).job

    async def stop(self) -> None:
        for provider in self._providers:
            await provider.aclose()
        for server in self._servers:
            await server.stop()


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    demo = Demo()
    yield demo
    await demo.stop()


async def download(provider: GenerationProvider, job: Job, artifact: Artifact) -> bytes:
    async with provider.open_download(job.id, artifact, known=job) as opened:
        return b"".join([chunk async for chunk in opened.chunks])


def scripted(handler: Callable[[httpx.Request], httpx.Response], *tokens: str) -> GenerationProvider:
    """A provider whose gateway, and whose every other host, is a function."""
    clock = FakeClock()
    http = HttpClient("https://gateway.example", transport=httpx.MockTransport(handler), clock=clock)
    return GenerationProvider("media", http, clock=clock, credentials=BearerToken(secret(*(tokens or (TOKEN,)))))


def answering(*answers: httpx.Response | JsonValue) -> tuple[GenerationProvider, list[httpx.Request]]:
    """A provider whose gateway gives these answers, and the requests that it got."""
    rest, seen = list(answers), list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = rest.pop(0)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    return scripted(handle), seen


def retrieved(url: str, backup: str = "") -> JsonObject:
    """MiniMax's answer about a file."""
    return {
        "file": {"file_id": 777, "bytes": 0, "download_url": url, "backup_download_url": backup},
        "base_resp": {"status_code": 0, "status_msg": "success"},
    }


@pytest.mark.parametrize(
    ("target", "payload", "prefix", "kind"),
    [
        (MINIMAX, HAILUO, "", "MiniMax-Hailuo-02"),
        ("jimeng/text2video", {"prompt": "A lighthouse"}, "", "jimeng/text2video"),
        ("vidu/text2video", {"model": "viduq1", "prompt": "A lighthouse"}, "", "viduq1"),
        (
            "volces/seedance",
            {"model": "seedance-1-0-pro", "content": [{"type": "text", "text": "A lighthouse"}]},
            "",
            "seedance-1-0-pro",
        ),
        (
            "kling/v1/videos/text2video",
            {"model_name": "kling-v1-6", "prompt": "A lighthouse"},
            "kling/v1/videos/text2video/",
            "kling-v1-6",
        ),
        ("v1/videos", {"model": "sora-2", "prompt": "A lighthouse"}, "v1/videos/", "sora-2"),
    ],
)
async def test_each_vendors_task_lives_from_submit_to_file(
    demo: Demo, target: str, payload: JsonObject, prefix: str, kind: str
) -> None:
    provider = await demo.gateway()
    submitted = (await provider.submit(target, payload)).job
    assert submitted.id.native.startswith(prefix)
    assert (submitted.state, submitted.kind) == (JobState.QUEUED, kind)
    assert submitted.created_at is not None
    demo.clock.advance(22)
    running = (await provider.fetch_job(submitted.id, submitted)).job
    assert running.state is JobState.RUNNING
    assert "isn't done" in (await provider.fetch_result(running.id, running)).warnings[0]
    demo.clock.advance(40)
    done = await provider.fetch_job(submitted.id, running)
    assert (done.job.state, done.job.kind, done.job.name) == (JobState.SUCCEEDED, kind, submitted.name)
    assert done.raw is not None
    assert isinstance(json.loads(done.raw), dict)
    result = await provider.fetch_result(done.job.id, done.job)
    video = next(artifact for artifact in result.artifacts if artifact.role == "video")
    assert result.warnings == ()
    assert await download(provider, done.job, video) == medium("sunrise.mp4").content


async def test_pictures_come_as_links_or_inside_the_answer(demo: Demo) -> None:
    provider = await demo.gateway(Quirks(base64_size_bytes=400_000))
    order: JsonObject = {"prompt": "A lighthouse", "req_key": "jimeng_t2i_v3"}
    inside = await demo.finished(provider, "jimeng/text2video", order)
    observation = await provider.fetch_job(inside.id, inside)
    assert observation.raw is not None
    assert len(observation.raw) < 10_000
    result = await provider.fetch_result(inside.id, inside)
    pictures = [artifact for artifact in result.artifacts if artifact.role == "image"]
    assert pictures
    for picture in pictures:
        assert isinstance(picture.content, InlineFile)
        assert picture.content.content.startswith(b"\x89PNG")
        assert picture.size_bytes == len(picture.content.content)
    assert any(isinstance(artifact.content, Document) for artifact in result.artifacts)
    with pytest.raises(NotOffered):
        await download(provider, inside, pictures[0])

    linked = await demo.finished(provider, "jimeng/text2video", order | {"return_url": True})
    first, *_ = (await provider.fetch_result(linked.id, linked)).artifacts
    assert (await download(provider, linked, first)).startswith(b"\x89PNG")


async def test_an_expired_link_is_replaced_by_a_fresh_one(demo: Demo) -> None:
    provider = await demo.gateway(Quirks(link_lifetime=timedelta(minutes=5)))
    job = await demo.finished(provider, "jimeng/text2video", {"prompt": "A lighthouse"})
    artifact = (await provider.fetch_result(job.id, job)).artifacts[0]
    assert isinstance(artifact.content, RemoteFile)
    demo.clock.advance(1200)
    told = replace(artifact, content=replace(artifact.content, expires_at=demo.clock.now()))
    untold = replace(artifact, content=replace(artifact.content, expires_at=None))
    for expired in (told, untold):
        assert await download(provider, job, expired) == medium("sunrise.mp4").content


async def test_a_download_goes_on_where_it_stopped(demo: Demo) -> None:
    provider = await demo.gateway(Quirks(redirect_links=True))
    job = await demo.finished(provider, MINIMAX, HAILUO)
    (video,) = (await provider.fetch_result(job.id, job)).artifacts
    async with provider.open_download(job.id, video, known=job) as opened:
        validator = opened.validator
    async with provider.open_download(job.id, video, known=job, offset_bytes=100, validator=validator) as opened:
        assert opened.offset_bytes == 100
        assert b"".join([chunk async for chunk in opened.chunks]) == medium("sunrise.mp4").content[100:]


@pytest.mark.parametrize("real_http_codes", [False, True])
@pytest.mark.parametrize("target", [MINIMAX, "jimeng/text2video"])
@pytest.mark.parametrize("fate", ["blood", "glitch"])
async def test_failures_are_jobs_that_failed(demo: Demo, target: str, fate: str, real_http_codes: bool) -> None:
    provider = await demo.gateway(Quirks(real_http_codes=real_http_codes))
    job = await demo.finished(provider, target, {**HAILUO, "prompt": f"A lighthouse, {fate}"})
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.title
    assert (await provider.fetch_result(job.id, job)).error is not None


async def test_spelling_case_and_extra_fields_make_no_difference(demo: Demo) -> None:
    quirks = Quirks(plain_envelope=True, respell=str.upper, extra_fields={"extra": [1]}, content_type="text/plain")
    provider = await demo.gateway(quirks)
    for target in (MINIMAX, "jimeng/text2video"):
        assert (await demo.finished(provider, target, HAILUO)).state is JobState.SUCCEEDED


@pytest.mark.parametrize("code", [1000, 1001, 1013])
async def test_a_fault_of_the_service_leaves_a_submit_open(demo: Demo, code: int) -> None:
    provider = await demo.gateway(Quirks(submit_codes=(code,)))
    with pytest.raises(OutcomeUnknown):
        await provider.submit(MINIMAX, HAILUO)


async def test_a_lost_answer_leaves_a_submit_open(demo: Demo) -> None:
    provider = await demo.gateway()
    demo.service.faults.lose_next_answer()
    with pytest.raises(OutcomeUnknown):
        await provider.submit(MINIMAX, HAILUO)


async def test_refused_input_and_a_refused_key_are_told_apart(demo: Demo) -> None:
    provider = await demo.gateway()
    with pytest.raises(InvalidInput, match="2013"):
        await provider.submit(MINIMAX, {"model": "nobody", "prompt": "x"})
    with pytest.raises(InvalidInput, match="1026"):
        await provider.submit(MINIMAX, HAILUO | {"prompt": "gore"})
    with pytest.raises(InvalidInput):
        await provider.submit("v1/videos", {"model": "sora-2", "prompt": ""})
    assert (await provider.check()).detail == "the key is accepted"
    stranger = await demo.gateway(token="sk-somebody-elses-key")
    with pytest.raises(SignInRefused):
        await stranger.check()
    with pytest.raises(SignInRefused):
        await stranger.submit(MINIMAX, HAILUO)


async def test_unknown_tasks_are_not_found_in_each_vendors_words(demo: Demo) -> None:
    provider = await demo.gateway()
    for native in ("314000000000000", "10000000000000000000", "kling/v1/videos/effects/Cjx", "v1/videos/video_x", "?"):
        with pytest.raises(JobNotFound):
            await provider.fetch_job(JobId("media", native))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (bodies.minimax("Processing", 1002), RateLimited),
        (bodies.minimax("", 1000, "unknown error"), ProviderBusy),
        (bodies.minimax("", 1024), ProviderBusy),
        (bodies.minimax("", 1004), SignInRefused),
        (bodies.minimax("", 2049), SignInRefused),
        (bodies.minimax("", 1008, "insufficient balance"), ProviderRefused),
        (bodies.MINIMAX_UNKNOWN_ID, JobNotFound),
        (bodies.JIMENG_NOT_FOUND, JobNotFound),
        ({"code": 50429, "data": None, "message": "QPS"}, RateLimited),
        ({"code": 50500, "data": None, "message": "Internal"}, ProviderBusy),
        ({"code": "task_not_exist", "message": "task_not_exist", "data": None}, JobNotFound),
        (bodies.ERROR_V2, SignInRefused),
        (bodies.ERROR_TEXT, JobNotFound),
        (bodies.ERROR_ACE, ProviderRefused),
        ({"error": {"type": "overloaded_error", "message": "busy"}}, ProviderBusy),
        (httpx.Response(401, json=bodies.ERROR_GATEWAY), SignInRefused),
        (httpx.Response(402, json={"error": {"type": "insufficient_balance_error", "message": "x"}}), ProviderRefused),
        (httpx.Response(404), JobNotFound),
        (httpx.Response(410, json=bodies.SEEDANCE_DONE), JobNotFound),
        (httpx.Response(429, json=bodies.ERROR_DETAIL, headers={"retry-after": "30"}), RateLimited),
        (httpx.Response(500, json={"type": "error", "error": {"message": "record not found"}}), JobNotFound),
        (httpx.Response(400, json={"code": "task_not_exist", "message": "task_not_exist", "data": None}), JobNotFound),
        (httpx.Response(500, json={"code": 500, "message": "record not found", "data": None}), JobNotFound),
        (httpx.Response(500, json=bodies.ERROR_GATEWAY), ProviderBusy),
        (httpx.Response(529), ProviderBusy),
        (httpx.Response(502, text="<html>bad gateway</html>"), ProviderBusy),
        (httpx.Response(200, text="<html>welcome</html>"), ProtocolError),
        (httpx.Response(302, headers={"location": "https://evil.example/"}), ProtocolError),
    ],
)
async def test_answers_about_the_call_leave_the_job_alone(
    answer: httpx.Response | JsonValue, error: type[Exception]
) -> None:
    provider, seen = answering(answer, answer)
    with pytest.raises(error):
        await provider.fetch_job(JOB_ID)
    assert seen[0].url.path == "/task/401000000000001"


async def test_a_busy_vendor_says_how_long_to_wait() -> None:
    limited = httpx.Response(200, json=bodies.minimax("", 1002), headers={"retry-after": "7"})
    provider, _ = answering(limited)
    with pytest.raises(RateLimited) as caught:
        await provider.fetch_job(JOB_ID)
    assert caught.value.retry_after_s == 7


async def test_a_refusal_keeps_code_words_and_request_id() -> None:
    body: JsonObject = {"code": 50430, "data": None, "message": "Concurrent", "request_id": "r-5"}
    provider, _ = answering(body)
    with pytest.raises(RateLimited, match=r"Concurrent \(code 50430\)") as caught:
        await provider.fetch_job(JOB_ID)
    assert (caught.value.code, caught.value.request_id) == ("50430", "r-5")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500, json=bodies.ERROR_GATEWAY), OutcomeUnknown),
        (httpx.Response(503), OutcomeUnknown),
        (httpx.Response(200, text="<html>"), OutcomeUnknown),
        ({}, OutcomeUnknown),
        ({"task_id": "", "base_resp": {"status_code": 0}}, OutcomeUnknown),
        ({"task_id": "a/../b", "base_resp": {"status_code": 0}}, OutcomeUnknown),
        ({"code": 50500, "data": None}, OutcomeUnknown),
        ({"code": 50413, "data": None, "message": "banned"}, InvalidInput),
        ({"code": 50430, "data": None}, RateLimited),
        ({"task_id": "", "base_resp": {"status_code": 1039}}, RateLimited),
        ({"task_id": "", "base_resp": {"status_code": 1008}}, ProviderRefused),
        ({"code": 4711, "message": "no", "data": None}, ProviderRefused),
        (bodies.ERROR_TEXT, ProviderRefused),
        (httpx.Response(404, json=bodies.ERROR_GATEWAY), ProviderRefused),
        (httpx.Response(422, json=bodies.ERROR_ACE), InvalidInput),
        (httpx.Response(429), RateLimited),
        (httpx.Response(302, headers={"location": "/login"}), ProtocolError),
    ],
)
async def test_a_submit_that_made_no_task_is_sent_once_and_explained(
    answer: httpx.Response | JsonValue, error: type[Exception]
) -> None:
    provider, seen = answering(answer)
    with pytest.raises(error):
        await provider.submit(MINIMAX, HAILUO)
    assert [(request.method, request.url.path) for request in seen] == [("POST", f"/task/{MINIMAX}")]


async def test_an_order_that_never_left_is_not_in_doubt() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable):
        await scripted(refuse).submit(MINIMAX, HAILUO)


async def test_an_id_with_an_unheard_of_code_is_a_task_all_the_same() -> None:
    provider, _ = answering({"code": 200, "message": "ok", "data": {"task_id": 12345678901234567890}})
    job = (await provider.submit("jimeng/text2video", {"prompt": "x"})).job
    assert job.id.native == "12345678901234567890"


async def test_a_result_that_comes_at_once_is_kept_with_the_job() -> None:
    body: JsonObject = {
        "id": "i1",
        "data": {"image_urls": ["https://cdn.example/i.png"]},
        "metadata": {"success_count": "1"},
        "base_resp": {"status_code": 0, "status_msg": "success"},
    }
    provider, seen = answering(body)
    job = (await provider.submit("minimax/v1/image_generation", {"model": "image-01"})).job
    assert (job.state, job.id.native, job.finished_at) == (JobState.SUCCEEDED, "i1", job.created_at)
    again = await provider.fetch_job(job.id, job)
    assert again.job.state is JobState.SUCCEEDED
    (artifact,) = (await provider.fetch_result(job.id, job)).artifacts
    assert artifact.content == RemoteFile("https://cdn.example/i.png")
    assert len(seen) == 1


async def test_a_result_without_any_id_goes_by_its_request() -> None:
    body: JsonObject = {
        "data": {"audio": b"ID3\x04music".hex()},
        "trace_id": "tr-1",
        "base_resp": {"status_code": 0},
    }
    provider, _ = answering(body)
    job = (await provider.submit("minimax/v1/music_generation", {"model": "music-1.5"})).job
    assert (job.id.native, job.state) == ("tr-1", JobState.SUCCEEDED)


async def test_a_final_word_in_the_answer_to_a_submit_is_believed() -> None:
    provider, _ = answering(bodies.SEEDANCE_DONE)
    assert (await provider.submit("volces/seedance", {"model": "seedance-x"})).job.state is JobState.SUCCEEDED


async def test_an_id_is_one_segment_whatever_it_holds() -> None:
    provider, seen = answering(bodies.minimax("Processing"))
    await provider.fetch_job(JobId("media", "a/b?c#d %2F"))
    assert seen[0].url.raw_path == b"/task/a%2Fb%3Fc%23d%20%252F"


async def test_a_forgotten_task_still_leads_to_its_file() -> None:
    known = Job(id=JOB_ID, provider="generation", state=JobState.SUCCEEDED, handle={FILE_ID: "777"})
    provider, _ = answering(bodies.MINIMAX_UNKNOWN_ID, bodies.MINIMAX_UNKNOWN_ID)
    result = await provider.fetch_result(JOB_ID, known)
    assert result.artifacts == (VIDEO,)
    with pytest.raises(JobNotFound):
        await provider.fetch_result(JOB_ID)


class FileHosts:
    """A gateway that gives links, and hosts that let some of them expire."""

    def __init__(self, links: list[JsonValue], **statuses: int) -> None:
        self.asked: list[str] = []
        self.signed: list[str] = []
        self._links = links
        self._statuses = statuses

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        self.asked.append(f"{request.url.host}/{name}")
        if "authorization" in request.headers:
            self.signed.append(f"{request.url.host}/{name}")
        if name == "retrieve":
            return httpx.Response(200, json=self._links.pop(0))
        status = self._statuses.get(name, 200)
        return httpx.Response(status, content=name.encode() if status == 200 else b"")


async def fetch(hosts: FileHosts, artifact: Artifact = VIDEO, *tokens: str) -> bytes:
    return await download(
        scripted(hosts, *tokens), Job(id=JOB_ID, provider="generation", state=JobState.SUCCEEDED), artifact
    )


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_a_file_is_asked_about_again_once_its_link_expired(status: int) -> None:
    hosts = FileHosts([retrieved("https://cdn.example/old"), retrieved("https://cdn.example/new")], old=status)
    assert await fetch(hosts) == b"new"
    assert hosts.asked == ["gateway.example/retrieve", "cdn.example/old", "gateway.example/retrieve", "cdn.example/new"]
    assert hosts.signed == ["gateway.example/retrieve"] * 2


async def test_a_spare_link_is_used_before_a_new_one() -> None:
    hosts = FileHosts([retrieved("https://cdn.example/gone", "https://spare.example/here")], gone=404)
    assert await fetch(hosts) == b"here"


@pytest.mark.parametrize(
    "links",
    [
        [retrieved("https://cdn.example/old"), retrieved("https://cdn.example/older")],
        [retrieved("https://cdn.example/old"), retrieved("https://cdn.example/old")],
        [retrieved("https://cdn.example/old"), bodies.MINIMAX_UNKNOWN_ID],
        [bodies.MINIMAX_UNKNOWN_ID],
    ],
)
async def test_a_file_that_is_gone_is_named(links: list[JsonValue]) -> None:
    hosts = FileHosts(links, old=403, older=403)
    with pytest.raises(ProviderRefused, match="no longer works"):
        await fetch(hosts)
    assert links == []


async def test_a_file_without_any_link_is_refused() -> None:
    with pytest.raises(ProviderRefused, match="no link"):
        await fetch(FileHosts([retrieved("")]))


async def test_the_host_of_a_file_may_be_busy() -> None:
    with pytest.raises(ProviderBusy):
        await fetch(FileHosts([retrieved("https://cdn.example/slow")], slow=503))


async def test_a_file_on_the_own_origin_is_opened_with_the_key_and_nowhere_else() -> None:
    own = replace(VIDEO, content=RemoteFile("https://gateway.example/v1/videos/v1/content"))
    hosts = FileHosts([])
    assert await fetch(hosts, own) == b"content"
    assert hosts.signed == ["gateway.example/content"]


async def test_a_key_that_is_refused_for_a_file_is_read_anew() -> None:
    own = replace(VIDEO, content=RemoteFile("https://gateway.example/v1/videos/v1/content"))
    keys: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["authorization"])
        return httpx.Response(200 if keys[-1] == "Bearer new-key" else 401, content=b"film")

    job = Job(id=JOB_ID, provider="generation", state=JobState.SUCCEEDED)
    assert await download(scripted(handle, "old-key", "new-key"), job, own) == b"film"
    assert keys == ["Bearer old-key", "Bearer new-key"]


@pytest.mark.parametrize(("status", "error"), [(403, SignInRefused), (402, ProviderRefused)])
async def test_a_file_that_the_gateway_keeps_back_is_not_asked_for_twice(status: int, error: type[Exception]) -> None:
    own = replace(VIDEO, content=RemoteFile("https://gateway.example/v1/videos/v1/content"))
    hosts = FileHosts([], content=status)
    with pytest.raises(error):
        await fetch(hosts, own)
    assert len(hosts.asked) == 1


async def test_base64_of_many_megabytes_is_taken() -> None:
    body = dict(bodies.JIMENG_BASE64) | {"padding": "A" * (34 * 1024 * 1024)}
    provider, _ = answering(body)
    observation = await provider.fetch_job(JOB_ID)
    assert observation.job.state is JobState.SUCCEEDED
    assert observation.raw is not None
    assert len(observation.raw) < 2000


@pytest.mark.parametrize("answer", [httpx.Response(400, json=bodies.ERROR_ACE), bodies.minimax("Processing"), {}])
async def test_a_check_wants_the_key_accepted_and_no_more(answer: httpx.Response | JsonValue) -> None:
    provider, _ = answering(answer)
    assert (await provider.check()).detail


async def test_a_check_tells_of_an_empty_account() -> None:
    provider, _ = answering(bodies.minimax("", 1008, "insufficient balance"))
    with pytest.raises(ProviderRefused, match="insufficient balance"):
        await provider.check()


async def test_what_gateways_dont_offer_is_said() -> None:
    provider, seen = answering()
    with pytest.raises(NotOffered):
        await provider.list_jobs()
    with pytest.raises(NotOffered):
        await provider.cancel(JOB_ID)
    assert not provider.capabilities.cancels
    assert provider.capabilities.why_no_cancel
    with pytest.raises(UsageError):
        await provider.submit("a/../b", {})
    with pytest.raises(JobNotFound):
        await provider.fetch_job(JobId("media", ".."))
    assert await provider.targets() == DOCUMENTED_PATHS
    assert seen == []


async def test_lines_to_copy_hold_no_key() -> None:
    provider, _ = answering()
    url = "https://gateway.example/task/401000000000001"
    assert provider.curl(JOB_ID) == f'curl -H "Authorization: Bearer $TOKEN" {url}'
    assert provider.link(JOB_ID) == url
