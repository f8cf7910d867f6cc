from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
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
from jobtui.core.structs import replace
from jobtui.demo.cdn import CdnService
from jobtui.demo.generation import GenerationService
from jobtui.demo.generation.quirks import Quirks
from jobtui.demo.generation.service import TOKEN
from jobtui.demo.generation.tasks import Phase
from jobtui.demo.http_server import HttpServer
from jobtui.demo.links import LinkSigner
from jobtui.demo.media import medium
from jobtui.providers.base import ReadSecret
from jobtui.providers.credentials import BearerToken
from jobtui.providers.generation.catalogue import DOCUMENTED_PATHS
from jobtui.providers.generation.provider import GenerationProvider
from jobtui.providers.http import HttpClient
from tests.demo.calls import steady
from tests.demo.fake_clock import FakeClock
from tests.providers.generation import bodies

MINIMAX = "minimax/v1/video_generation"
HAILUO: JsonObject = {"model": "MiniMax-Hailuo-02", "prompt": "A lighthouse at dawn"}
JOB_ID = JobId("media", "401000000000001")
SPEECH_DONE: JsonObject = {"task_id": 501000000000011, "status": "Success", "file_id": 777}
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


def wrapped(body: JsonValue) -> JsonObject:
    """The gateway's own record of a task, of which only its vendor's answer tells something."""
    return {"code": "success", "message": "", "data": {"task_id": "w1", "status": "", "data": body}}


def retrieved(url: str, backup: str = "", name: str = "output.mp4") -> JsonObject:
    """MiniMax's answer about a file."""
    return {
        "file": {"file_id": 777, "bytes": 0, "filename": name, "download_url": url, "backup_download_url": backup},
        "base_resp": {"status_code": 0, "status_msg": "success"},
    }


@pytest.mark.parametrize(
    ("target", "payload", "prefix", "kind"),
    [
        (MINIMAX, HAILUO, "", "MiniMax-Hailuo-02"),
        (
            "minimax/v2/video_generation",
            {"model": "MiniMax-H3", "content": [{"type": "text", "text": "A lighthouse"}]},
            "",
            "MiniMax-H3",
        ),
        ("v2/video_generation", {"model": "MiniMax-H3", "content": [{"type": "image_url"}]}, "", "MiniMax-H3"),
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


async def test_a_task_that_is_forgotten_after_it_succeeded_stays_a_success(demo: Demo) -> None:
    provider = await demo.gateway()
    job = await demo.finished(provider, "jimeng/text2video", {"prompt": "A lighthouse"})
    demo.clock.advance(13 * 3600)
    with pytest.raises(JobNotFound):
        await provider.fetch_job(job.id, job)
    with pytest.raises(JobNotFound):
        await provider.fetch_result(job.id, job)


async def test_minimax_s_result_is_there_for_tasks_that_move_on_with_every_look(demo: Demo) -> None:
    provider = await demo.gateway(Quirks(steps=(Phase.RUNNING, Phase.DONE)))
    submitted = (await provider.submit(MINIMAX, HAILUO)).job
    running = (await provider.fetch_job(submitted.id, submitted)).job
    done = (await provider.fetch_job(submitted.id, running)).job
    assert (running.state, done.state) == (JobState.RUNNING, JobState.SUCCEEDED)
    (video,) = (await provider.fetch_result(done.id, done)).artifacts
    assert await download(provider, done, video) == medium("sunrise.mp4").content


@pytest.mark.parametrize("real_http_codes", [False, True])
@pytest.mark.parametrize("target", [MINIMAX, "minimax/v2/video_generation", "jimeng/text2video"])
@pytest.mark.parametrize("fate", ["blood", "glitch"])
async def test_failures_are_jobs_that_failed(demo: Demo, target: str, fate: str, real_http_codes: bool) -> None:
    provider = await demo.gateway(Quirks(real_http_codes=real_http_codes))
    prompt = f"A lighthouse, {fate}"
    order = HAILUO | {"prompt": prompt, "content": [{"type": "text", "text": prompt}]}
    job = await demo.finished(provider, target, order | {"model": "MiniMax-H3"} if "v2" in target else order)
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
    for native in (
        "314000000000000",
        "4020000000000000",
        "10000000000000000000",
        "kling/v1/videos/effects/Cjx",
        "v1/videos/video_x",
        "?",
    ):
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
        (bodies.minimax("", 1008, "insufficient balance"), SignInRefused),
        (bodies.minimax("", 2056, "usage limit exceeded"), SignInRefused),
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
        (httpx.Response(402, json={"error": {"type": "insufficient_balance_error", "message": "x"}}), SignInRefused),
        (httpx.Response(402), SignInRefused),
        (httpx.Response(429, json={"error": {"type": "insufficient_quota", "message": "x"}}), SignInRefused),
        (httpx.Response(403, json={"error": {"code": "insufficient_user_quota", "message": "x"}}), SignInRefused),
        (httpx.Response(404), JobNotFound),
        (httpx.Response(410, json=bodies.SEEDANCE_DONE), JobNotFound),
        (httpx.Response(429, json=bodies.ERROR_DETAIL, headers={"retry-after": "30"}), RateLimited),
        (httpx.Response(500, json={"type": "error", "error": {"message": "record not found"}}), JobNotFound),
        (httpx.Response(400, json={"code": "task_not_exist", "message": "task_not_exist", "data": None}), JobNotFound),
        (httpx.Response(500, json={"code": 500, "message": "record not found", "data": None}), JobNotFound),
        (httpx.Response(500, json=bodies.ERROR_GATEWAY), ProviderBusy),
        (httpx.Response(500, json=wrapped(bodies.minimax("Processing"))), ProviderBusy),
        (httpx.Response(529), ProviderBusy),
        (wrapped(bodies.minimax("", 1002)), RateLimited),
        (wrapped(bodies.MINIMAX_UNKNOWN_ID), JobNotFound),
        (wrapped(bodies.JIMENG_NOT_FOUND), JobNotFound),
        (wrapped({"error": {"type": "overloaded_error", "message": "busy"}}), ProviderBusy),
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


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (401, "API key not found", SignInRefused),
        (402, "quota record not found", SignInRefused),
        (403, "group not found", SignInRefused),
        (408, "answer not found in time", ProviderBusy),
        (425, "session not found", ProviderBusy),
        (429, "channel not found", RateLimited),
        (502, "upstream not found", ProviderBusy),
        (503, "upstream host not found", ProviderBusy),
        (400, "task not found", JobNotFound),
        (404, "channel not found", JobNotFound),
        (410, "task not found", JobNotFound),
        (500, "record not found", JobNotFound),
    ],
)
@pytest.mark.parametrize("form", ["error", "envelope", "flat"])
async def test_a_status_that_speaks_for_itself_is_believed_before_the_words_beside_it(
    status: int, words: str, error: type[Exception], form: str
) -> None:
    forms: dict[str, JsonValue] = {
        "error": {"error": {"message": words, "type": "new_api_error", "code": "task_not_exist"}},
        "envelope": {"code": "task_not_exist", "message": words, "data": None},
        "flat": bodies.minimax("", 2013, words),
    }
    answer = httpx.Response(status, json=forms[form], headers={"retry-after": "9"})
    provider, _ = answering(answer, answer)
    with pytest.raises(error) as caught:
        await provider.fetch_job(JOB_ID)
    if isinstance(caught.value, ProviderBusy):
        assert caught.value.retry_after_s == 9
    if status < 404 and error is SignInRefused:
        with pytest.raises(SignInRefused):
            await answering(answer, answer)[0].check()


async def test_words_about_a_kind_of_error_dont_hide_which_kind_it_is() -> None:
    provider, _ = answering({"type": "error", "error": {"type": "authorized_error", "message": "API key not found"}})
    with pytest.raises(SignInRefused):
        await provider.fetch_job(JOB_ID)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (bodies.minimax("", 1008, "insufficient balance"), 'balance is used up: "insufficient balance" (code 1008)'),
        (bodies.minimax("", 2056, "usage limit exceeded"), 'quota is used up for now: "usage limit exceeded"'),
        (httpx.Response(402), "balance or quota is used up: HTTP 402 Payment Required"),
    ],
)
async def test_an_empty_account_is_named_and_something_can_be_done_about_it(
    answer: httpx.Response | JsonValue, words: str
) -> None:
    provider, _ = answering(answer, answer)
    with pytest.raises(SignInRefused) as caught:
        await provider.fetch_job(JOB_ID)
    assert words in str(caught.value)
    assert "sign in again" in caught.value.hint
    with pytest.raises(ProviderRefused) as refused:
        await provider.submit(MINIMAX, HAILUO)
    assert words in str(refused.value)
    assert not isinstance(refused.value, SignInRefused)


async def test_a_wrapper_with_a_word_of_its_own_stands_above_what_is_inside() -> None:
    body = wrapped(bodies.minimax("", 1002)) | {"data": {"status": "IN_PROGRESS", "data": bodies.minimax("", 1002)}}
    provider, _ = answering(body)
    assert (await provider.fetch_job(JOB_ID)).job.state is JobState.RUNNING


def ended(state: JobState, native_state: str = "done", **handle: str) -> Job:
    return Job(id=JOB_ID, provider="generation", state=state, native_state=native_state, handle=handle)


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED])
async def test_a_record_that_ran_out_says_nothing_about_how_its_task_ended(state: JobState) -> None:
    provider, _ = answering(bodies.JIMENG_EXPIRED, bodies.JIMENG_EXPIRED)
    with pytest.raises(JobNotFound, match="no longer has the record"):
        await provider.fetch_job(JOB_ID, ended(state))
    with pytest.raises(JobNotFound, match="no longer has the record"):
        await provider.fetch_result(JOB_ID, ended(state))


@pytest.mark.parametrize(
    "known", [None, ended(JobState.RUNNING, "generating"), ended(JobState.FAILED, "expired"), ended(JobState.LOST)]
)
async def test_a_task_that_ran_out_before_it_was_over_has_failed(known: Job | None) -> None:
    provider, _ = answering(bodies.JIMENG_EXPIRED)
    job = (await provider.fetch_job(JOB_ID, known)).job
    assert (job.state, job.native_state) == (JobState.FAILED, "expired")


async def test_a_missing_task_isnt_explained_with_success() -> None:
    provider, _ = answering(bodies.JIMENG_NOT_FOUND)
    with pytest.raises(JobNotFound) as caught:
        await provider.fetch_job(JOB_ID)
    assert str(caught.value) == 'asking for 401000000000001: "not_found"'


async def test_a_busy_vendor_says_how_long_to_wait() -> None:
    limited = httpx.Response(200, json=bodies.minimax("", 1002), headers={"retry-after": "7"})
    provider, _ = answering(limited)
    with pytest.raises(RateLimited) as caught:
        await provider.fetch_job(JOB_ID)
    assert caught.value.retry_after_s == 7


async def test_a_refusal_keeps_code_words_and_request_id() -> None:
    body: JsonObject = {"code": 50430, "data": None, "message": "Concurrent", "request_id": "r-5"}
    provider, _ = answering(body)
    with pytest.raises(RateLimited, match=r'"Concurrent" \(code 50430\)') as caught:
        await provider.fetch_job(JOB_ID)
    assert (caught.value.code, caught.value.request_id) == ("50430", "r-5")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500, json=bodies.ERROR_GATEWAY), OutcomeUnknown),
        (httpx.Response(503), OutcomeUnknown),
        (httpx.Response(408), OutcomeUnknown),
        ({"error": {"type": "server_error", "message": "record not found"}}, OutcomeUnknown),
        ({"error": {"type": "overloaded_error", "message": "busy"}}, OutcomeUnknown),
        ({"type": "error", "error": {"type": "odd", "message": "late", "http_code": "408"}}, OutcomeUnknown),
        ({"type": "error", "error": {"type": "odd", "message": "late", "http_code": 504}}, OutcomeUnknown),
        (httpx.Response(200, text="<html>"), OutcomeUnknown),
        ({}, OutcomeUnknown),
        ({"task_id": "", "base_resp": {"status_code": 0}}, OutcomeUnknown),
        ({"task_id": "a/../b", "base_resp": {"status_code": 0}}, OutcomeUnknown),
        ({"code": 50500, "data": None}, OutcomeUnknown),
        ({"code": 50413, "data": None, "message": "banned"}, InvalidInput),
        ({"code": 50430, "data": None}, RateLimited),
        ({"task_id": "", "base_resp": {"status_code": 1039}}, RateLimited),
        ({"task_id": "", "base_resp": {"status_code": 1008}}, ProviderRefused),
        (httpx.Response(402), ProviderRefused),
        (httpx.Response(403, json=bodies.ERROR_GATEWAY), SignInRefused),
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


MUSIC: JsonObject = {
    "data": {"audio": (b"ID3\x04" + bytes(40_000)).hex()},
    "trace_id": "tr-1",
    "base_resp": {"status_code": 0, "status_msg": "success"},
}
PICTURES: JsonObject = {
    "id": "tr-1",
    "data": {"image_base64": [base64.b64encode(bodies.PNG + bytes(60_000)).decode()]},
    "metadata": {"success_count": "1", "failed_count": "0"},
    "base_resp": {"status_code": 0, "status_msg": "success"},
}


@pytest.mark.parametrize(("body", "name"), [(MUSIC, "tr-1.mp3"), (PICTURES, "tr-1.png")])
async def test_a_large_result_that_comes_at_once_is_there_as_long_as_the_program(body: JsonObject, name: str) -> None:
    provider, seen = answering(body)
    job = (await provider.submit("minimax/v1/music_generation", {"model": "music-1.5"})).job
    assert job.state is JobState.SUCCEEDED
    assert len(json.dumps(dict(job.handle))) < 100
    result = await provider.fetch_result(job.id, job)
    (artifact,) = result.artifacts
    assert artifact.name == name
    assert isinstance(artifact.content, InlineFile)
    assert len(artifact.content.content) > 40_000
    assert "kept only while" in result.warnings[0]
    assert "kept only while" in job.message
    later = await provider.fetch_job(job.id, job)
    assert replace(later.job, observed_at=None) == replace(job, observed_at=None)
    assert later.raw is None
    assert len(seen) == 1


async def test_another_program_says_why_a_large_result_isnt_there_any_more() -> None:
    first, _ = answering(MUSIC)
    job = (await first.submit("minimax/v1/music_generation", {"model": "music-1.5"})).job
    another, seen = answering()
    with pytest.raises(ProviderRefused, match=r"came with the answer to the order \(0\.1 MB\)") as caught:
        await another.fetch_result(job.id, job)
    assert not isinstance(caught.value, JobNotFound)
    assert caught.value.hint
    assert (await another.fetch_job(job.id, job)).job.state is JobState.SUCCEEDED
    assert seen == []


async def test_a_result_without_any_id_goes_by_its_request() -> None:
    body: JsonObject = {
        "data": {"audio": b"ID3\x04music".hex()},
        "trace_id": "tr-1",
        "base_resp": {"status_code": 0},
    }
    provider, _ = answering(body)
    job = (await provider.submit("minimax/v1/music_generation", {"model": "music-1.5"})).job
    assert (job.id.native, job.state) == ("tr-1", JobState.SUCCEEDED)


async def test_details_in_the_answer_to_a_submit_are_no_result() -> None:
    provider, _ = answering(
        {"code": 10000, "data": {"task_id": "j1", "resp_data": '{"seed": 7}'}, "message": "Success"},
        bodies.JIMENG_RUNNING,
    )
    job = (await provider.submit("jimeng/text2video", {"prompt": "x"})).job
    assert job.state is JobState.QUEUED
    assert (await provider.fetch_job(job.id, job)).job.state is JobState.RUNNING


async def test_a_final_word_in_the_answer_to_a_submit_is_believed() -> None:
    provider, _ = answering(bodies.SEEDANCE_DONE)
    assert (await provider.submit("volces/seedance", {"model": "seedance-x"})).job.state is JobState.SUCCEEDED


async def test_an_id_is_one_segment_whatever_it_holds() -> None:
    provider, seen = answering(bodies.minimax("Processing"))
    await provider.fetch_job(JobId("media", "a/b?c#d %2F"))
    assert seen[0].url.raw_path == b"/task/a%2Fb%3Fc%23d%20%252F"


async def test_a_forgotten_task_still_leads_to_its_file() -> None:
    known = replace(ended(JobState.SUCCEEDED, "Success", file_id="777"), kind="MiniMax-Hailuo-02")
    provider, _ = answering(bodies.MINIMAX_UNKNOWN_ID, bodies.MINIMAX_UNKNOWN_ID)
    result = await provider.fetch_result(JOB_ID, known)
    assert result.artifacts == (VIDEO,)
    with pytest.raises(JobNotFound):
        await provider.fetch_result(JOB_ID)


@pytest.mark.parametrize(
    ("kind", "answers", "name", "media_type"),
    [
        ("speech-2.6-hd", [SPEECH_DONE], "t1.tar", "application/x-tar"),
        ("minimax/v1/t2a_async_v2", [bodies.MINIMAX_UNKNOWN_ID], "t1.tar", "application/x-tar"),
        ("T2V-01", [SPEECH_DONE], "t1.mp4", "video/mp4"),
        ("", [SPEECH_DONE, retrieved("https://cdn.example/x", name="out.tar")], "t1.tar", "application/x-tar"),
        ("", [SPEECH_DONE, retrieved("https://cdn.example/x", name="out.mp3")], "t1.mp3", "audio/mpeg"),
        ("", [SPEECH_DONE, httpx.Response(503)], "t1.tar", "application/x-tar"),
        ("", [bodies.MINIMAX_DONE, httpx.Response(503)], "t1.mp4", "video/mp4"),
        ("", [bodies.MINIMAX_DONE, retrieved("https://cdn.example/x", name="output")], "t1.mp4", "video/mp4"),
        (
            "minimax",
            [bodies.MINIMAX_UNKNOWN_ID, retrieved("https://cdn.example/x", name="out.tar")],
            "t1.tar",
            "application/x-tar",
        ),
    ],
)
async def test_a_file_is_named_for_what_made_it_or_as_its_vendor_names_it(
    kind: str, answers: list[httpx.Response | JsonValue], name: str, media_type: str
) -> None:
    provider, seen = answering(*answers)
    known = replace(ended(JobState.SUCCEEDED, "Success", file_id="777"), id=JobId("media", "t1"), kind=kind)
    (artifact,) = (await provider.fetch_result(known.id, known)).artifacts
    assert (artifact.name, artifact.media_type) == (name, media_type)
    assert artifact.role == media_type.partition("/")[0].replace("application", "audio")
    assert len(seen) == len(answers)


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
        if status == 0:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, content=name.encode() if status == 200 else b"")


async def fetch(hosts: FileHosts, artifact: Artifact = VIDEO, *tokens: str, native: str = JOB_ID.native) -> bytes:
    job = replace(ended(JobState.SUCCEEDED), id=JobId("media", native))
    return await download(scripted(hosts, *tokens), job, artifact)


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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}}, r"output new_sensitive.*1027"),
        ({"base_resp": {"status_code": 4711, "status_msg": "file is being moved"}}, r"file is being moved.*4711"),
        ({"base_resp": {"status_code": 2013, "status_msg": "invalid file_id"}}, r"no longer works.*invalid file_id"),
    ],
)
async def test_a_refused_link_is_explained_in_the_services_words(answer: JsonValue, words: str) -> None:
    with pytest.raises(ProviderRefused, match=words) as caught:
        await fetch(FileHosts([answer]))
    assert caught.value.code
    with pytest.raises(ProviderRefused, match=words):
        await fetch(FileHosts([retrieved("https://cdn.example/old"), answer], old=403))


async def test_the_host_of_a_file_may_be_busy() -> None:
    with pytest.raises(ProviderBusy):
        await fetch(FileHosts([retrieved("https://cdn.example/slow")], slow=503))


@pytest.mark.parametrize("status", [429, 503, 0])
async def test_a_spare_link_is_used_where_the_first_host_is_down(status: int) -> None:
    hosts = FileHosts([retrieved("https://cdn.example/down", "https://spare.example/here")], down=status)
    assert await fetch(hosts) == b"here"


@pytest.mark.parametrize("links", [("slow", "gone"), ("gone", "slow")])
async def test_a_file_isnt_gone_while_one_of_its_hosts_is_only_busy(links: tuple[str, str]) -> None:
    first, spare = (f"https://cdn.example/{name}" for name in links)
    with pytest.raises(ProviderBusy):
        await fetch(FileHosts([retrieved(first, spare)], slow=503, gone=404))


OWN = "https://gateway.example/v1/videos/v1/content"


async def test_a_file_that_the_api_itself_gives_out_is_opened_with_the_key() -> None:
    hosts = FileHosts([])
    assert await fetch(hosts, replace(VIDEO, content=RemoteFile(OWN)), native="v1/videos/v1") == b"content"
    assert (hosts.asked, hosts.signed) == (["gateway.example/content"], ["gateway.example/content"])


@pytest.mark.parametrize("url", ["https://gateway.example/files/film.mp4?sig=1", OWN])
async def test_a_link_to_the_own_origin_is_opened_without_the_key(url: str) -> None:
    hosts = FileHosts([])
    assert await fetch(hosts, replace(VIDEO, content=RemoteFile(url)))
    assert hosts.signed == []
    hosts = FileHosts([retrieved(url)])
    assert await fetch(hosts)
    assert hosts.signed == ["gateway.example/retrieve"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_link_to_the_own_origin_gets_the_key_once_it_was_asked_for(status: int) -> None:
    keys: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("authorization", ""))
        return httpx.Response(200 if keys[-1] else status, content=b"film")

    film = replace(VIDEO, content=RemoteFile("https://gateway.example/files/film.mp4"))
    assert await download(scripted(handle), ended(JobState.SUCCEEDED), film) == b"film"
    assert keys == ["", f"Bearer {TOKEN}"]


async def test_a_link_to_another_origin_never_gets_the_key() -> None:
    hosts = FileHosts([retrieved("https://cdn.example/old"), retrieved("https://cdn.example/old")], old=401)
    with pytest.raises(ProviderRefused, match="no longer works"):
        await fetch(hosts)
    assert hosts.signed == ["gateway.example/retrieve"] * 2


async def test_a_link_to_another_origin_gets_no_key_where_it_leads_back() -> None:
    signed: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "cdn.example":
            return httpx.Response(302, headers={"location": "https://gateway.example/files/film.mp4"})
        if "authorization" in request.headers:
            signed.append(request.url.path)
        return httpx.Response(200, json=bodies.JIMENG_EXPIRED) if "task" in request.url.path else httpx.Response(401)

    film = replace(VIDEO, content=RemoteFile("https://cdn.example/film.mp4"))
    with pytest.raises(ProviderRefused):
        await download(scripted(handle), ended(JobState.SUCCEEDED), film)
    assert signed == ["/task/401000000000001"]


async def test_a_signed_link_to_the_own_origin_may_expire_as_any_other() -> None:
    links = [retrieved(f"https://gateway.example/files/{name}") for name in ("old", "new")]
    hosts = FileHosts([*links], old=403)
    assert await fetch(hosts) == b"new"
    assert hosts.asked[1:3] == ["gateway.example/old"] * 2


async def test_a_link_that_expired_together_with_its_task_is_gone() -> None:
    expired = replace(VIDEO, content=RemoteFile("https://cdn.example/old"))

    def handle(request: httpx.Request) -> httpx.Response:
        is_api = request.url.host == "gateway.example"
        return httpx.Response(200, json=bodies.JIMENG_EXPIRED) if is_api else httpx.Response(403)

    with pytest.raises(ProviderRefused, match="no longer works") as caught:
        await download(scripted(handle), ended(JobState.SUCCEEDED), expired)
    assert not isinstance(caught.value, JobNotFound)


async def test_a_key_that_is_refused_for_a_file_is_read_anew() -> None:
    keys: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["authorization"])
        return httpx.Response(200 if keys[-1] == "Bearer new-key" else 401, content=b"film")

    job = replace(ended(JobState.SUCCEEDED), id=JobId("media", "v1/videos/v1"))
    own = replace(VIDEO, content=RemoteFile(OWN))
    assert await download(scripted(handle, "old-key", "new-key"), job, own) == b"film"
    assert keys == ["Bearer old-key", "Bearer new-key"]


@pytest.mark.parametrize(("status", "error"), [(401, SignInRefused), (403, SignInRefused), (402, ProviderRefused)])
async def test_a_file_that_the_gateway_keeps_back_is_not_asked_for_twice(status: int, error: type[Exception]) -> None:
    hosts = FileHosts([], content=status)
    with pytest.raises(error):
        await fetch(hosts, replace(VIDEO, content=RemoteFile(OWN)), native="v1/videos/v1")
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
