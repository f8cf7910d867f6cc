from __future__ import annotations

import asyncio
import base64
import tomllib
from datetime import UTC, datetime, timedelta

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
    SettingsError,
    SignInRefused,
)
from jobtui.core.jobs import Job, JobId, JsonValue
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Text
from jobtui.core.states import JobState
from jobtui.engine.store.database import MAX_BODY_BYTES
from jobtui.providers.rest.artifacts import NO_RESULT
from jobtui.providers.rest.description import ApiDescription
from jobtui.providers.rest.provider import RestProvider
from tests.demo.fake_clock import FakeClock
from tests.providers.rest.bodies import EXAMPLES
from tests.providers.rest.services import BASE_URL, TOKEN, Service, api, provider, secret

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
SMALL = '[status]\npath = "/jobs/{id}"\n[job]\nstate = "status"\n'


def described(text: str) -> ApiDescription:
    return ApiDescription.parse(tomllib.loads(text), file="api.toml")


def job_id(native: str) -> JobId:
    return JobId("x", native)


async def looked_at(name: str, path: str, body: JsonValue, native: str, status: int = 200) -> Job:
    source = provider(api(name), Service().on(f"GET {path}", body, status=status))
    return (await source.fetch_job(job_id(native))).job


async def read(source: RestProvider, artifact: Artifact, known: Job | None = None) -> bytes:
    async with source.open_download(job_id("7"), artifact, known=known) as download:
        return b"".join([chunk async for chunk in download.chunks])


@pytest.mark.parametrize(("of", "native", "body", "state", "progress", "error"), EXAMPLES)
async def test_the_vendors_own_examples_are_read(
    of: tuple[str, str], native: str, body: JsonValue, state: str, progress: float | None, error: tuple[str, str] | None
) -> None:
    job = await looked_at(*of, body, native)
    assert (job.state, job.progress) == (JobState(state), progress)
    assert ((job.error.code, job.error.title) if job.error else None) == error
    assert job.provider == "http"


async def test_times_names_and_words_of_the_service_are_kept() -> None:
    body: JsonValue = {
        "id": "p1234567890",
        "status": "succeeded",
        "model": "owner/flux",
        "created_at": "2026-11-22T09:00:00Z",
        "started_at": "2026-11-22T09:00:01.5Z",
        "completed_at": "2026-11-22T09:00:09Z",
        "urls": {"web": "https://w.example/p1"},
    }
    job = await looked_at("replicate", "/v1/predictions/p1234567890", body, "p1234567890")
    assert (job.native_state, job.name, job.kind) == ("succeeded", "owner/flux p1234567890", "owner/flux")
    assert job.started_at == datetime(2026, 11, 22, 9, 0, 1, 500_000, tzinfo=UTC)
    assert job.finished_at == datetime(2026, 11, 22, 9, 0, 9, tzinfo=UTC)
    assert job.handle == {"link": "https://w.example/p1"}
    assert provider(api("replicate"), Service()).link(job.id, job) == "https://w.example/p1"


@pytest.mark.parametrize(
    ("log", "first", "last"),
    [
        ("a line of the log\n" * 60_000, "… (977,600 characters before this)\n", "a line of the log\n"),
        (["a line of the log"] * 60_000, "… (54,611 lines before this)\n", "a line of the log"),
    ],
)
async def test_of_a_long_log_the_end_is_kept_in_an_answer_that_is_small_enough_to_be(
    log: JsonValue, first: str, last: str
) -> None:
    body: JsonValue = {"id": "p1", "status": "processing", "logs": log, "input": {"image": "data:" + "A" * 300_000}}
    source = provider(api("replicate"), Service().on("GET /v1/predictions/p1", body))
    raw = (await source.fetch_job(JobId("models", "p1"))).raw
    assert raw is not None
    assert len(raw) < MAX_BODY_BYTES
    kept = source.log_in(raw, JobId("models", "p1"))
    assert kept.startswith(first)
    assert kept.endswith(last)
    assert len(kept) > 80_000


async def test_times_without_an_offset_are_moved_by_the_described_one() -> None:
    body: JsonValue = {
        "output": {
            "task_status": "RUNNING",
            "submit_time": "2026-11-22 17:00:00.123",
            "end_time": "2026-11-22T09:00:00Z",
        }
    }
    job = await looked_at("dashscope", "/api/v1/tasks/d1", body, "d1")
    assert job.created_at == datetime(2026, 11, 22, 9, 0, 0, 123_000, tzinfo=UTC)
    assert job.finished_at == datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scale", "value", "progress"),
    [
        ("percent", 101, None), ("percent", -1, None), ("percent", "30%", 0.3), ("percent", "x", None),
        ("percent", True, None), ("percent", None, None), ("percent", "nan", None), ("percent", "9" * 99, None),
        ("fraction", 1.5, None), ("fraction", "0.5", 0.5), ("fraction", 1, 1.0),
        ("text", "step 3: 70 % of 100%\n 12.5%", 0.125), ("text", "none", None), ("text", 40, 0.4),
        ("text", "999%", None),
    ],
)  # fmt: skip
async def test_progress_is_read_on_each_scale(scale: str, value: JsonValue, progress: float | None) -> None:
    source = provider(
        described(SMALL + f'progress = "p"\nprogress_scale = "{scale}"'),
        Service().on("GET /jobs/7", {"status": "running", "p": value}),
    )
    assert (await source.fetch_job(job_id("7"))).job.progress == progress


@pytest.mark.parametrize(("times", "value"), [("s", 1795000000), ("s", "1795000000"), ("ms", 1795000000000)])
async def test_times_are_read_in_each_unit(times: str, value: JsonValue) -> None:
    source = provider(
        described(SMALL + f'created_at = "t"\ntimes = "{times}"'),
        Service().on("GET /jobs/7", {"status": "running", "t": value}),
    )
    assert (await source.fetch_job(job_id("7"))).job.created_at == datetime.fromtimestamp(1795000000, UTC)


async def test_numbers_and_truth_are_words_for_states_too() -> None:
    description = described(SMALL + "[states]\nsucceeded = [2, true]\nrunning = [1]\n")
    service = Service()
    for value in (1, 2, True, 3):
        service.on("GET /jobs/7", {"status": value})
    source = provider(description, service)
    states = [(await source.fetch_job(job_id("7"))).job.state for _ in range(4)]
    assert states == [JobState.RUNNING, JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.UNKNOWN]


async def test_what_an_answer_leaves_out_is_taken_from_the_look_before() -> None:
    service = Service().on("GET /task/401", {"status": "running"})
    known = Job(
        job_id("401"),
        "http",
        JobState.QUEUED,
        name="n",
        kind="k",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        handle={"target": "t"},
    )
    job = (await provider(api("gateway"), service).fetch_job(known.id, known)).job
    assert (job.name, job.kind, job.created_at, job.handle) == ("n", "k", known.created_at, {"target": "t"})


@pytest.mark.parametrize(
    ("name", "path", "native", "body", "status", "kind"),
    [
        (
            "gateway",
            "/task/1",
            "1",
            {"task_id": "", "status": "", "base_resp": {"status_code": 2013, "status_msg": "invalid task_id"}},
            200,
            JobNotFound,
        ),
        (
            "gateway",
            "/task/1",
            "1",
            {"status": "", "base_resp": {"status_code": 1002, "status_msg": "rate limit"}},
            200,
            RateLimited,
        ),
        (
            "gateway",
            "/task/1",
            "1",
            {"status": "", "base_resp": {"status_code": 1033, "status_msg": "downstream"}},
            200,
            ProviderBusy,
        ),
        (
            "gateway",
            "/task/1",
            "1",
            {"status": "", "base_resp": {"status_code": 2049, "status_msg": "bad key"}},
            200,
            SignInRefused,
        ),
        ("gateway", "/task/1", "1", {"status": "", "base_resp": {"status_code": 9999}}, 200, ProviderRefused),
        ("gateway", "/task/1", "1", {"code": 10000, "data": {"status": "not_found"}}, 200, JobNotFound),
        (
            "gateway",
            "/task/1",
            "1",
            {"error": {"message": "Invalid token", "type": "new_api_error", "code": ""}},
            401,
            SignInRefused,
        ),
        ("dashscope", "/api/v1/tasks/1", "1", {"output": {"task_status": "UNKNOWN"}}, 200, JobNotFound),
        ("replicate", "/v1/predictions/1", "1", {"detail": "Not found"}, 404, JobNotFound),
        ("replicate", "/v1/predictions/1", "1", {"detail": "Request was throttled."}, 429, RateLimited),
        ("replicate", "/v1/predictions/1", "1", b"<html>", 502, ProviderBusy),
        ("replicate", "/v1/predictions/1", "1", b"<html>", 200, ProtocolError),
        ("replicate", "/v1/predictions/1", "1", None, 302, ProtocolError),
    ],
)
async def test_an_answer_about_the_call_is_an_error(
    name: str, path: str, native: str, body: JsonValue | bytes, status: int, kind: type[Exception]
) -> None:
    source = provider(api(name), Service().on(f"GET {path}", body, status=status, headers={"retry-after": "7"}))
    with pytest.raises(kind) as caught:
        await source.fetch_job(job_id(native))
    assert type(caught.value) is kind
    if isinstance(caught.value, ProviderBusy):
        assert caught.value.retry_after_s == 7


async def test_a_good_status_that_is_not_promised_is_no_good_answer() -> None:
    source = provider(
        described('[status]\npath="/j/{id}"\nok=[200]\n[job]\nstate="s"'), Service().on("GET /j/7", {}, status=202)
    )
    with pytest.raises(ProtocolError, match="HTTP 202 isn't promised"):
        await source.fetch_job(job_id("7"))


async def test_an_error_class_of_a_code_counts_more_than_the_http_status() -> None:
    description = described(SMALL + "[error.classes]\nnot_found = \"contains(message, 'record not found')\"")
    source = provider(description, Service().on("GET /jobs/7", {"message": "record not found"}, status=500))
    with pytest.raises(JobNotFound, match="record not found"):
        await source.fetch_job(job_id("7"))


async def test_replicate_is_spoken_to_from_submit_to_list() -> None:
    service = Service()
    service.on("POST /v1/predictions", {"id": "p1", "status": "starting", "model": "a/b"}, status=201)
    service.on("POST /v1/predictions/p1/cancel", {"id": "p1", "status": "canceled"})
    service.on("GET /v1/account", {"username": "ada"})
    service.on(
        "GET /v1/predictions",
        {"results": [{"id": "p2", "status": "succeeded"}, {"no": 1}], "next": f"{BASE_URL}/v1/predictions?cursor=c2"},
    )
    service.on("GET /v1/predictions?cursor=c2", {"results": [{"id": "p1", "status": "processing"}], "next": None})
    source = provider(api("replicate"), service, credentials=secret(TOKEN))
    assert (await source.check()).detail == "ada"
    job = (await source.submit("a/b", {"prompt": "fox", "n": 2})).job
    assert service.last_json == {"version": "a/b", "input": {"prompt": "fox", "n": 2}}
    assert service.last.headers["authorization"] == f"Bearer {TOKEN}"
    assert (job.id, job.state, job.can_cancel, job.handle["target"]) == (job_id("p1"), JobState.QUEUED, True, "a/b")
    assert (await source.cancel(job.id, job)).accepted
    first = await source.list_jobs()
    assert ([str(seen.job.id) for seen in first.observations], first.next_page) == (["x:p2"], 2)
    assert first.observations[0].entry == {"id": "p2", "status": "succeeded"}
    second = await source.list_jobs(2)
    assert ([seen.job.state for seen in second.observations], second.next_page) == ([JobState.RUNNING], None)


async def test_fal_is_asked_through_the_urls_that_it_gave() -> None:
    urls = {f"{kind}_url": f"{BASE_URL}/q/7/{kind}" for kind in ("status", "cancel")}
    urls["response_url"] = f"{BASE_URL}/fal-ai/flux/requests/f1"
    service = Service()
    service.on("POST /fal-ai/flux/dev", {"status": "IN_QUEUE", "request_id": "f1", "queue_position": 0, **urls})
    service.on("GET /q/7/status?logs=1", {"status": "IN_QUEUE", "queue_position": 1}, status=202)
    service.on("PUT /q/7/cancel", {"status": "ALREADY_COMPLETED"}, status=400)
    service.on("GET /fal-ai/flux/requests/f1", {"images": [{"url": "https://cdn.example/a.png"}], "seed": 3})
    source = provider(api("fal"), service, credentials=secret(TOKEN))
    job = (await source.submit("fal-ai/flux/dev", {"prompt": "fox"})).job
    assert (job.id.native, job.kind, job.message) == ("fal-ai/flux/requests/f1", "fal-ai/flux/dev", "position 0")
    assert service.last.headers["authorization"] == f"Key {TOKEN}"
    job = (await source.fetch_job(job.id, job)).job
    assert job.state is JobState.QUEUED
    reply = await source.cancel(job.id, job)
    assert (reply.accepted, reply.reason) == (False, "ALREADY_COMPLETED")
    done = Job(job.id, "http", JobState.SUCCEEDED, handle=job.handle)
    result = await source.fetch_result(job.id, done)
    assert [(artifact.name, artifact.media_type) for artifact in result.artifacts] == [
        ("f1.png", "image/png"),
        ("f1.json", "application/json"),
    ]


async def test_a_fal_job_from_elsewhere_is_asked_by_its_path() -> None:
    service = Service().on(
        "GET /o/a/requests/f1/status?logs=1", {"status": "IN_PROGRESS", "logs": [{"message": "step 2"}]}
    )
    job = (await provider(api("fal"), service).fetch_job(job_id("o/a/requests/f1"))).job
    assert (job.state, job.message, job.name) == (JobState.RUNNING, "step 2", "f1")


@pytest.mark.parametrize("url", ["https://evil.example/s", "ftp://x", "javascript:1"])
async def test_a_captured_url_of_another_host_is_not_asked(url: str) -> None:
    service = Service().on("GET /o/a/requests/f1/status?logs=1", {"status": "IN_PROGRESS"})
    known = Job(job_id("o/a/requests/f1"), "http", JobState.QUEUED, handle={"status_url": url})
    source = provider(api("fal"), service, credentials=secret(TOKEN))
    assert (await source.fetch_job(known.id, known)).job.state is JobState.RUNNING
    assert [request.url.host for request in service.requests] == ["api.example"]


@pytest.mark.parametrize(("url", "kind"), [("https://evil.example/s", ProtocolError), ("", ProviderRefused)])
async def test_without_a_path_such_a_url_is_an_error(url: str, kind: type[Exception]) -> None:
    description = described('[capture]\nget="urls.get"\n[status]\nurl="{get}"\n[job]\nstate="s"')
    known = Job(job_id("7"), "http", JobState.QUEUED, handle={"get": url})
    source = provider(description, Service())
    with pytest.raises(kind):
        await source.fetch_job(known.id, known)
    assert source.link(known.id, known) == ""


async def test_ogc_jobs_get_their_id_from_the_location_and_their_results_from_a_call() -> None:
    service = Service()
    service.on("POST /processes/buffer/execution", None, status=201, headers={"location": f"{BASE_URL}/jobs/j%201"})
    service.on("GET /jobs/j%201", {"jobID": "j 1", "status": "successful", "processID": "buffer"})
    service.on("GET /jobs/j%201/results", {"out": {"value": 7}})
    service.on(
        "GET /jobs",
        {"jobs": [{"jobID": "a", "status": "accepted"}], "links": [{"rel": "next", "href": "/jobs?offset=1"}]},
    )
    service.on("GET /jobs?offset=1", {"jobs": [], "links": []})
    source = provider(api("ogc-processes"), service)
    job = (await source.submit("buffer", {"size": 2})).job
    assert service.last.headers["prefer"] == "respond-async"
    assert service.last_json == {"inputs": {"size": 2}}
    assert (job.id.native, job.state, job.native_state) == ("j 1", JobState.QUEUED, "")
    result = await source.fetch_result(job.id, job)
    assert [artifact.content for artifact in result.artifacts] == [Document({"out": {"value": 7}})]
    assert (await source.check()).detail == "2 jobs"
    assert [(await source.list_jobs(page)).next_page for page in (1, 2)] == [2, None]


async def test_a_result_that_is_no_json_is_a_file_or_text() -> None:
    service = Service()
    service.on("GET /jobs/7/results", PNG, headers={"content-type": "application/octet-stream"})
    service.on("GET /jobs/7/results", b"a,b\n1,2", headers={"content-type": "text/csv; charset=utf-8"})
    service.on("GET /jobs/7/results", b"<html>", headers={"content-type": "text/html"})
    source = provider(api("ogc-processes"), service)
    done = Job(job_id("7"), "http", JobState.SUCCEEDED)
    (picture,) = (await source.fetch_result(done.id, done)).artifacts
    assert (picture.name, picture.media_type, picture.content) == ("7.png", "image/png", InlineFile(PNG))
    (table,) = (await source.fetch_result(done.id, done)).artifacts
    assert (table.media_type, table.content) == ("text/csv", Text("a,b\n1,2"))
    with pytest.raises(ProtocolError):
        await source.fetch_result(done.id, done)


async def test_a_refused_result_is_the_jobs_error() -> None:
    service = Service().on("GET /jobs/7/results", {"title": "boom", "detail": "no memory"}, status=400)
    source = provider(api("ogc-processes"), service)
    done = Job(job_id("7"), "http", JobState.SUCCEEDED)
    result = await source.fetch_result(done.id, done)
    assert result.error is not None
    assert result.error.title == "no memory"


async def test_a_result_call_that_says_that_the_job_failed_gives_its_error() -> None:
    description = described(SMALL + "[result]\npath='/r'\n[error]\nwhen='bad'\n[error.classes]\njob_failed='bad'")
    done = Job(job_id("7"), "http", JobState.SUCCEEDED)
    service = Service().on("GET /r", {"bad": 1, "message": "broken"})
    result = await provider(description, service).fetch_result(done.id, done)
    assert result.error is not None
    assert result.error.title == "broken"


async def test_a_result_without_a_rule_is_the_whole_answer_of_its_call() -> None:
    service = Service().on("GET /jobs/7", {"status": "done"}).on("GET /r", {"n": 1})
    result = await provider(described(SMALL + "[result]\npath='/r'"), service).fetch_result(job_id("7"))
    assert [artifact.content for artifact in result.artifacts] == [Document({"n": 1})]


@pytest.mark.parametrize(("word", "warnings"), [("running", 1), ("failed", 0)])
async def test_a_job_that_is_not_done_has_no_result(word: str, warnings: int) -> None:
    source = provider(api("ogc-processes"), Service().on("GET /jobs/7", {"status": word}))
    result = await source.fetch_result(job_id("7"))
    assert (len(result.warnings), result.artifacts) == (warnings, ())
    assert (result.error is not None) == (word == "failed")


async def test_cursors_lead_from_page_to_page() -> None:
    service = Service()
    service.on("GET /v1/videos?limit=50", {"data": [{"id": "a", "status": "queued"}], "has_more": True, "last_id": "a"})
    service.on(
        "GET /v1/videos?limit=50&after=a",
        {"data": [{"id": "b", "status": "queued"}], "has_more": False, "last_id": "b"},
    )
    source = provider(api("openai-videos"), service)
    with pytest.raises(ProviderRefused, match="through the page before"):
        await source.list_jobs(2)
    assert [(await source.list_jobs(page)).next_page for page in (1, 2)] == [2, None]


@pytest.mark.parametrize(
    ("body", "total"),
    [
        ({"data": [{"task_id": "1", "status": "RUNNING"}] * 20, "total": 21}, 21),
        ({"data": [{"task_id": "1", "status": "UNKNOWN"}] * 20}, 21),
    ],
)
async def test_numbered_pages_go_on_until_the_total_or_a_short_one(body: JsonValue, total: int) -> None:
    service = Service()
    service.on("GET /api/v1/tasks?page_no=1&page_size=20", body)
    service.on("GET /api/v1/tasks?page_no=2&page_size=20", {"data": [{"task_id": "2", "status": "SUCCEEDED"}]})
    source = provider(api("dashscope"), service)
    first, second = await source.list_jobs(1), await source.list_jobs(2)
    assert (first.total, first.next_page, second.total, second.next_page) == (total, 2, 21, None)


async def test_jobs_that_no_total_tells_are_counted_once_to_the_end() -> None:
    service = Service()
    jobs: list[JsonValue] = [{"id": str(number), "status": "queued"} for number in range(3)]
    service.on("GET /v1/videos?limit=50", {"data": jobs, "has_more": True, "last_id": "a"})
    service.on("GET /v1/videos?limit=50&after=a", {"data": jobs[:1], "has_more": False})
    source = provider(api("openai-videos"), service)
    assert [(await source.list_jobs(page)).total for page in (1, 2, 1, 2)] == [4, 4, 4, 4]
    service.answers["GET /v1/videos?limit=50&after=a"] = [httpx.Response(200, json={"data": jobs})]
    assert [(await source.list_jobs(page)).total for page in (1, 2, 1)] == [4, 6, 6]


async def test_a_next_page_on_another_host_is_not_asked() -> None:
    service = Service().on("GET /v1/predictions", {"results": [], "next": "https://evil.example/x"})
    source = provider(api("replicate"), service)
    assert (await source.list_jobs()).next_page == 2
    with pytest.raises(ProtocolError):
        await source.list_jobs(2)


async def test_a_cursor_that_leads_to_itself_is_the_last() -> None:
    service = Service()
    for path in ("/v1/videos?limit=50", "/v1/videos?limit=50&after=a"):
        service.on(f"GET {path}", {"data": [], "has_more": True, "last_id": "a"})
    source = provider(api("openai-videos"), service)
    assert [(await source.list_jobs(page)).next_page for page in (1, 2)] == [2, None]


async def test_a_delete_is_sent_only_right_after_the_job_was_seen_running() -> None:
    service = Service().on("GET /v1/tasks/t1", {"status": "SUCCEEDED"})
    source = provider(api("runway"), service)
    known = Job(job_id("t1"), "http", JobState.RUNNING)
    reply = await source.cancel(known.id, known)
    assert (reply.accepted, reply.reason) == (False, "it is succeeded")
    assert service.asked() == ["GET /v1/tasks/t1"]
    service.answers["GET /v1/tasks/t1"] = [httpx.Response(200, json={"status": "RUNNING"})]
    service.on("DELETE /v1/tasks/t1", None, status=204)
    assert (await source.cancel(known.id, known)).accepted
    assert service.last.headers["x-runway-version"] == "2024-11-06"


async def test_a_cancel_is_accepted_only_if_its_answer_says_so() -> None:
    description = described(SMALL + "[cancel]\nmethod='PUT'\npath='/c/{id}'\naccepted=\"action == 'cancelled'\"")
    service = Service().on("GET /jobs/7", {"status": "running"})
    service.on("PUT /c/7", {"action": "cancelled"}).on("PUT /c/7", {"action": "deleted"})
    source = provider(description, service)
    assert (await source.cancel(job_id("7"))).accepted
    reply = await source.cancel(job_id("7"))
    assert (reply.accepted, reply.reason) == (False, "HTTP 200")


async def test_a_job_that_was_never_seen_is_looked_at_before_it_is_cancelled() -> None:
    description = described(SMALL + "[cancel]\nmethod='PUT'\npath='/c/{id}'")
    service = Service().on("GET /jobs/7", {"status": "running"}).on("PUT /c/7", {})
    tracked = Job(job_id("7"), "http", JobState.UNKNOWN)
    assert (await provider(description, service).cancel(tracked.id, tracked)).accepted
    assert service.asked() == ["GET /jobs/7", "PUT /c/7"]


async def test_a_job_that_is_gone_cannot_be_cancelled() -> None:
    known = Job(job_id("d1"), "http", JobState.QUEUED)
    with pytest.raises(JobNotFound):
        await provider(api("dashscope"), Service()).cancel(known.id, known)


async def test_what_is_not_described_is_not_offered() -> None:
    source = provider(described(SMALL), Service())
    with pytest.raises(NotOffered):
        await source.list_jobs()
    with pytest.raises(NotOffered):
        await source.submit("t", {})
    with pytest.raises(NotOffered, match="no way to cancel"):
        await source.cancel(job_id("7"))
    assert await source.targets() == ()


@pytest.mark.parametrize(("status", "detail"), [(404, "reachable"), (400, "reachable"), (200, "reachable")])
async def test_a_source_without_a_check_or_list_is_asked_for_a_job_that_cannot_exist(status: int, detail: str) -> None:
    source = provider(described(SMALL), Service().on("GET /jobs/jobtui-check", {}, status=status))
    assert (await source.check()).detail == detail


async def test_j7_a_list_of_all_that_ever_was_leaves_turns_to_others() -> None:
    jobs: JsonValue = [{"id": str(number), "status": "done"} for number in range(3_000)]
    source = provider(described(SMALL + "[list]\npath='/jobs'\nitems='@'"), Service().on("GET /jobs", jobs))
    turns, listed = 0, asyncio.create_task(source.list_jobs())
    while not listed.done():
        turns += 1
        await asyncio.sleep(0)
    assert len(listed.result().observations) == 3_000
    assert turns > 25


async def test_a_credential_that_is_not_accepted_fails_the_check() -> None:
    source = provider(described(SMALL), Service().on("GET /jobs/jobtui-check", {}, status=403))
    with pytest.raises(SignInRefused):
        await source.check()


async def test_a_check_call_without_a_detail_only_has_to_be_good() -> None:
    service = Service().on("GET /ping", None, status=204)
    source = provider(described(SMALL + "[check]\npath='/ping'"), service)
    assert (await source.check()).detail == ""


async def test_a_token_is_read_anew_after_a_401_and_goes_where_it_is_described() -> None:
    service = Service()
    service.on("GET /jobs/7?key=old-token-1", {}, status=401)
    service.on("GET /jobs/7?key=new-token-2", {"status": "done"})
    source = provider(
        described(SMALL + "[auth]\nquery='key'"), service, credentials=secret("old-token-1", "new-token-2")
    )
    assert (await source.fetch_job(job_id("7"))).job.state is JobState.SUCCEEDED
    assert "authorization" not in service.last.headers


async def test_a_token_of_a_header_of_its_own_is_sent_there() -> None:
    service = Service().on("GET /jobs/7", {"status": "done"})
    source = provider(described(SMALL + "[auth]\nheader='X-Api-Key'\nprefix=''"), service, credentials=secret(TOKEN))
    await source.fetch_job(job_id("7"))
    assert service.last.headers["x-api-key"] == TOKEN
    assert "authorization" not in service.last.headers


async def test_a_token_that_no_header_can_hold_is_a_fault_of_the_settings() -> None:
    source = provider(described(SMALL), Service(), credentials=secret("a\nb"))
    with pytest.raises(SettingsError):
        await source.fetch_job(job_id("7"))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, {"detail": "no prompt"}, InvalidInput),
        (401, {}, SignInRefused),
        (503, {}, ProviderBusy),
        (500, {}, OutcomeUnknown),
        (200, b"<html>", OutcomeUnknown),
        (200, {}, OutcomeUnknown),
        (200, {"task_id": "", "base_resp": {"status_code": 1001}}, OutcomeUnknown),
        (200, {"task_id": "", "base_resp": {"status_code": 1002}}, RateLimited),
        (200, {"task_id": "", "base_resp": {"status_code": 1026, "status_msg": "bad words"}}, InvalidInput),
        (200, {"task_id": "a/../b"}, OutcomeUnknown),
    ],
)
async def test_a_submit_without_a_job_says_whether_one_may_exist(
    status: int, body: JsonValue | bytes, kind: type[Exception]
) -> None:
    service = Service().on("POST /task/minimax/v1/video_generation", body, status=status)
    with pytest.raises(kind) as caught:
        await provider(api("gateway"), service).submit("minimax/v1/video_generation", {"prompt": "fox"})
    assert type(caught.value) is kind
    assert len(service.requests) == 1


async def test_a_job_that_failed_at_once_is_a_failed_job() -> None:
    service = Service().on("POST /task/x", {"task_id": "7", "base_resp": {"status_code": 1026, "status_msg": "bad"}})
    job = (await provider(api("gateway"), service).submit("x", {})).job
    assert (job.state, job.error and job.error.title) == (JobState.FAILED, "bad")


async def test_a_submit_may_answer_with_a_redirect() -> None:
    description = described(SMALL + "id = \"last_segment(header('location'))\"\n[submit]\npath='/t'\nok=[303]")
    service = Service().on("POST /t", None, status=303, headers={"location": "../jobs/8"})
    job = (await provider(description, service).submit("", {})).job
    assert (job.id.native, job.state, dict(job.handle)) == ("8", JobState.QUEUED, {})


async def test_a_target_can_be_part_of_the_path_that_is_asked_later() -> None:
    description = described(
        '[status]\npath="/kling/{target}/{id}"\n[submit]\npath="/kling/{target}"\n[job]\nid="data.task_id"\nstate="data.task_status"'
    )
    service = Service().on("POST /kling/text2video", {"data": {"task_id": "k1", "task_status": "submitted"}})
    service.on("GET /kling/text2video/k1", {"data": {"task_status": "succeed"}})
    source = provider(description, service)
    job = (await source.submit("text2video", {})).job
    assert (await source.fetch_job(job.id, job)).job.state is JobState.SUCCEEDED
    with pytest.raises(ProviderRefused, match="isn't known of this job"):
        await source.fetch_job(job.id)


async def test_a_status_can_be_asked_by_a_body_that_holds_the_id() -> None:
    description = described(
        '[status]\nmethod="POST"\npath="/get"\nheaders={x-a="1"}\nbody={id="{id}",action="retrieve"}\n[job]\nstate="s"'
    )
    service = Service().on("POST /get", {"s": "done"})
    source = provider(description, service, credentials=secret(TOKEN))
    await source.fetch_job(job_id("7"))
    assert service.last_json == {"id": "7", "action": "retrieve"}
    assert source.curl(job_id("7")) == (
        "curl -X POST -H 'authorization: Bearer '\"$TOKEN\" -H 'x-a: 1' -H 'content-type: application/json' "
        '-d \'{"id":"7","action":"retrieve"}\' https://api.example/get'
    )


def test_a_curl_line_holds_no_secret_and_no_shell() -> None:
    source = provider(described(SMALL + "[auth]\nquery='key'\n"), Service(), credentials=secret(TOKEN))
    assert source.curl(job_id("a';id;'")) == "curl 'https://api.example/jobs/a%27%3Bid%3B%27?key='\"$TOKEN\""
    assert provider(described(SMALL), Service()).curl(job_id("7")) == "curl https://api.example/jobs/7"


def test_a_captured_url_is_the_one_that_is_shown() -> None:
    known = Job(job_id("o/a/requests/f1"), "http", JobState.QUEUED, handle={"status_url": f"{BASE_URL}/s?x=1"})
    assert provider(api("fal"), Service()).link(known.id, known) == f"{BASE_URL}/s?x=1&logs=1"


async def test_the_gateways_results_are_found_in_each_form() -> None:
    encoded = base64.b64encode(PNG).decode()
    service = Service()
    service.on(
        "GET /task/7",
        {
            "code": 10000,
            "data": {
                "status": "done",
                "video_url": "https://cdn.example/v.mp4?s=1",
                "image_urls": None,
                "binary_data_base64": [encoded, "!"],
                "resp_data": '{"seed": 7}',
            },
        },
    )
    service.on(
        "GET /task/7",
        {
            "state": "success",
            "creations": [
                {"url": "https://cdn.example/a.mp4", "cover_url": "https://cdn.example/a.png"},
                {"url": "ftp://x"},
            ],
        },
    )
    service.on("GET /task/7", {"status": "Success", "file_id": "777", "base_resp": {"status_code": 0}})
    service.on("GET /task/7", {"model": "m", "status": "succeeded", "content": {"video_url": ""}})
    source = provider(api("gateway"), service)
    first = await source.fetch_result(job_id("7"))
    assert [(artifact.name, artifact.role, type(artifact.content)) for artifact in first.artifacts] == [
        ("7-video.mp4", "video", RemoteFile),
        ("7.png", "", InlineFile),
        ("7-details.json", "details", Document),
    ]
    assert first.artifacts[0].content == RemoteFile(
        "https://cdn.example/v.mp4?s=1", expires_at=datetime(2026, 11, 22, 10, tzinfo=UTC)
    )
    assert first.warnings == ("A file in the answer can't be decoded; it is left out.",)
    second = await source.fetch_result(job_id("7"))
    assert [artifact.name for artifact in second.artifacts] == ["7-video.mp4", "7-cover.png"]
    assert len(second.warnings) == 1
    third = await source.fetch_result(job_id("7"))
    assert [artifact.content for artifact in third.artifacts] == [RemoteFile(file_id="777")]
    assert (await source.fetch_result(job_id("7"))).warnings == (NO_RESULT,)


async def test_a_file_id_is_asked_about_and_the_token_stays_at_home() -> None:
    service = Service()
    service.on(
        "GET /task/minimax/v1/files/retrieve?file_id=777",
        {"file": {"download_url": "https://cdn.example/o.mp4?sig=a%2Fb"}, "base_resp": {"status_code": 0}},
    )
    service.on("GET https://cdn.example/o.mp4?sig=a%2Fb", b"bytes")
    source = provider(api("gateway"), service, credentials=secret(TOKEN))
    assert await read(source, Artifact("v.mp4", "video/mp4", RemoteFile(file_id="777"))) == b"bytes"
    assert service.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in service.last.headers


async def test_a_file_id_without_a_call_or_a_link_cannot_be_fetched() -> None:
    artifact = Artifact("v.mp4", "video/mp4", RemoteFile(file_id="777"))
    with pytest.raises(NotOffered):
        await read(provider(described(SMALL), Service()), artifact)
    service = Service().on("GET /task/minimax/v1/files/retrieve?file_id=777", {"base_resp": {"status_code": 0}})
    with pytest.raises(ProviderRefused, match="gives no link"):
        await read(provider(api("gateway"), service), artifact)


async def test_bytes_behind_a_call_are_fetched_with_the_token() -> None:
    service = Service().on("GET /v1/videos/7", {"status": "completed"})
    service.on("GET /v1/videos/7/content", b"video").on("GET /v1/videos/7/content?variant=thumbnail", b"webp")
    source = provider(api("openai-videos"), service, credentials=secret(TOKEN))
    video, thumbnail = (await source.fetch_result(job_id("7"))).artifacts
    assert (video.name, thumbnail.name) == ("7-video.mp4", "7-thumbnail.webp")
    assert (await read(source, video), await read(source, thumbnail)) == (b"video", b"webp")
    assert service.last.headers["authorization"] == f"Bearer {TOKEN}"


async def test_a_token_in_the_query_is_added_to_own_links_alone() -> None:
    service = Service().on(f"GET /f?a=1&key={TOKEN}", b"own").on("GET https://cdn.example/f?a=1", b"other")
    source = provider(described(SMALL + "[auth]\nquery='key'"), service, credentials=secret(TOKEN))
    for url, content in ((f"{BASE_URL}/f?a=1", b"own"), ("https://cdn.example/f?a=1", b"other")):
        assert await read(source, Artifact("f", "", RemoteFile(url))) == content


async def test_a_link_that_has_expired_is_looked_for_anew_once() -> None:
    service = Service().on("GET /v1/tasks/7", {"status": "SUCCEEDED", "output": ["https://cdn.example/new.mp4"]})
    service.on("GET https://cdn.example/old.mp4", None, status=403)
    service.on("GET https://cdn.example/new.mp4", b"video")
    source = provider(api("runway"), service)
    old = Artifact("7.mp4", "video/mp4", RemoteFile("https://cdn.example/old.mp4"))
    assert await read(source, old) == b"video"
    asked = len(service.requests)
    known_old = FakeClock().now() - timedelta(hours=1)
    expired = Artifact("7.mp4", "video/mp4", RemoteFile("https://cdn.example/old.mp4", expires_at=known_old))
    assert await read(source, expired) == b"video"
    assert len(service.requests) == asked + 2
    with pytest.raises(ProviderRefused):
        await read(source, Artifact("other.mp4", "video/mp4", RemoteFile("https://cdn.example/old.mp4")))


async def test_a_file_that_came_with_the_answer_is_not_downloaded() -> None:
    with pytest.raises(NotOffered):
        await read(provider(described(SMALL), Service()), Artifact("a", "", InlineFile(b"")))


async def test_connections_are_let_go_of() -> None:
    source = provider(described(SMALL), Service().on("GET /jobs/7", {}))
    await source.fetch_job(job_id("7"))
    await source.aclose()


async def test_a_large_answer_is_read_and_kept_short() -> None:
    service = Service().on("GET /jobs/7", {"status": "done", "data": "A" * 2_000_000})
    observation = await provider(described(SMALL), service).fetch_job(job_id("7"))
    assert observation.job.state is JobState.SUCCEEDED
    assert observation.raw is not None
    assert len(observation.raw) < 10_000
