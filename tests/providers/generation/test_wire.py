from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.errors import UsageError
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.states import JobState
from jobtui.providers.base import Target
from jobtui.providers.generation import wire
from jobtui.providers.generation.catalogue import DOCUMENTED_PATHS
from jobtui.providers.generation.results import read_result
from jobtui.providers.generation.routes import Route, submit_segments
from jobtui.providers.generation.shapes import Shape, view_of
from jobtui.providers.state_words import state_of_word
from tests.providers.generation import bodies

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STARTED = datetime.fromtimestamp(1795000000, UTC)
ROUTE = Route("401000000000001")
JOB_ID = JobId("media", ROUTE.native)


def read(body: JsonValue, route: Route = ROUTE, known: Job | None = None) -> Job:
    return wire.read_task(view_of(body), JobId("media", route.native), route, NOW, known)


@pytest.mark.parametrize(
    ("body", "shape", "state", "native_state"),
    [
        (bodies.JIMENG_QUEUED, Shape.ENVELOPE, JobState.QUEUED, "in_queue"),
        (bodies.JIMENG_RUNNING, Shape.ENVELOPE, JobState.RUNNING, "generating"),
        (bodies.JIMENG_DONE, Shape.ENVELOPE, JobState.SUCCEEDED, "done"),
        (bodies.JIMENG_REJECTED, Shape.ENVELOPE, JobState.FAILED, "50511"),
        (bodies.JIMENG_EXPIRED, Shape.ENVELOPE, JobState.FAILED, "expired"),
        (bodies.JIMENG_BASE64, Shape.ENVELOPE, JobState.SUCCEEDED, "done"),
        (bodies.JIMENG_PLAIN, Shape.ENVELOPE, JobState.SUCCEEDED, "Success"),
        (bodies.minimax("Preparing"), Shape.FLAT, JobState.QUEUED, "Preparing"),
        (bodies.minimax("Queueing"), Shape.FLAT, JobState.QUEUED, "Queueing"),
        (bodies.minimax("Processing"), Shape.FLAT, JobState.RUNNING, "Processing"),
        (bodies.MINIMAX_DONE, Shape.FLAT, JobState.SUCCEEDED, "Success"),
        (bodies.MINIMAX_REJECTED, Shape.FLAT, JobState.FAILED, "Fail"),
        (bodies.minimax("Fail"), Shape.FLAT, JobState.FAILED, "Fail"),
        (bodies.minimax("Processing", 1026), Shape.FLAT, JobState.FAILED, "Processing"),
        (bodies.minimax("Success", 4711), Shape.FLAT, JobState.UNKNOWN, "Success"),
        (
            {"task_id": 501000000000011, "status": "processing", "file_id": 1},
            Shape.FLAT,
            JobState.RUNNING,
            "processing",
        ),
        (bodies.VIDU_DONE, Shape.CREATIONS, JobState.SUCCEEDED, "success"),
        ({"id": "8801", "state": "success", "err_code": "X"}, Shape.CREATIONS, JobState.FAILED, "success"),
        ({"task_id": "1", "type": "t", "state": "created"}, Shape.CREATIONS, JobState.QUEUED, "created"),
        (bodies.SEEDANCE_DONE, Shape.CONTENT, JobState.SUCCEEDED, "succeeded"),
        (bodies.SEEDANCE_DONE | {"error": "boom"}, Shape.CONTENT, JobState.FAILED, "succeeded"),
        (bodies.SEEDANCE_DONE | {"response": {"success": False}}, Shape.CONTENT, JobState.FAILED, "succeeded"),
        (bodies.KLING_DONE, Shape.KLING, JobState.SUCCEEDED, "succeed"),
        (bodies.V2_RUNNING, Shape.TASK, JobState.RUNNING, "running"),
        (bodies.V2_DONE, Shape.TASK, JobState.SUCCEEDED, "succeeded"),
        (bodies.V2_FAILED, Shape.TASK, JobState.FAILED, "failed"),
        (bodies.V2_CANCELLED, Shape.TASK, JobState.CANCELLED, "cancelled"),
        (bodies.OPENAI_RUNNING, Shape.CONTENT, JobState.RUNNING, "in_progress"),
        (bodies.OPENAI_FAILED, Shape.CONTENT, JobState.FAILED, "failed"),
        (bodies.WRAPPED_RUNNING, Shape.WRAPPER, JobState.RUNNING, "IN_PROGRESS"),
        (bodies.WRAPPED_DONE, Shape.WRAPPER, JobState.SUCCEEDED, "SUCCESS"),
        (bodies.WRAPPED_ODD_WORD, Shape.WRAPPER, JobState.SUCCEEDED, "success"),
        (bodies.JIMENG_NOT_FOUND, Shape.ENVELOPE, JobState.UNKNOWN, "not_found"),
        (bodies.MINIMAX_UNKNOWN_ID, Shape.FLAT, JobState.UNKNOWN, "2013"),
        (bodies.speech("Processing"), Shape.FLAT, JobState.RUNNING, "Processing"),
        (bodies.speech("success"), Shape.FLAT, JobState.SUCCEEDED, "success"),
        (bodies.speech("expired"), Shape.FLAT, JobState.FAILED, "expired"),
        ({"code": 10000, "data": {"status": 7}, "status": 10000}, Shape.ENVELOPE, JobState.UNKNOWN, "7"),
        ({"code": 10000, "data": {"status": True}}, Shape.ENVELOPE, JobState.UNKNOWN, "true"),
        ({"code": 0, "data": {"task_status": 3}}, Shape.KLING, JobState.UNKNOWN, "3"),
        ({"status": 2, "base_resp": {"status_code": 0}}, Shape.FLAT, JobState.UNKNOWN, "2"),
        ({"task": {"id": "402", "status": 1}}, Shape.TASK, JobState.UNKNOWN, "1"),
        ({"code": "success", "data": {"status": 3, "data": {}}}, Shape.WRAPPER, JobState.UNKNOWN, "3"),
        ({"code": 10000, "data": {}, "status": 10000}, Shape.ENVELOPE, JobState.UNKNOWN, "10000"),
        ({"status": 500, "path": "/task/1"}, Shape.UNKNOWN, JobState.UNKNOWN, ""),
        ({"code": 777, "message": "odd"}, Shape.ENVELOPE, JobState.UNKNOWN, "777"),
        (bodies.ERROR_V2, Shape.ERROR, JobState.UNKNOWN, "authorized_error"),
        (bodies.ERROR_TEXT, Shape.ERROR, JobState.UNKNOWN, ""),
        (bodies.ERROR_DETAIL, Shape.ERROR, JobState.UNKNOWN, ""),
        ({"hello": 1}, Shape.UNKNOWN, JobState.UNKNOWN, ""),
        ([], Shape.UNKNOWN, JobState.UNKNOWN, ""),
        (None, Shape.UNKNOWN, JobState.UNKNOWN, ""),
    ],
)
def test_each_documented_body_is_told_apart_and_read(
    body: JsonValue, shape: Shape, state: JobState, native_state: str
) -> None:
    view = view_of(body)
    job = read(body)
    assert (view.shape, job.state, job.native_state) == (shape, state, native_state)
    assert (job.id, job.provider, job.observed_at, job.can_cancel) == (JOB_ID, "generation", NOW, False)
    assert (job.error is not None) is (state is JobState.FAILED)


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (
            (
                "preparing queueing queuing queued queue in_queue inqueue on_queue pending waiting wait submitted "
                "created accepted not_start starting throttled suspended assigned ordered reserving"
            ),
            JobState.QUEUED,
        ),
        ("processing process running run in_progress inprogress progress generating", JobState.RUNNING),
        ("cancelling canceling", JobState.CANCELLING),
        (
            "success succeeded succeed successful completed complete done finished process_success",
            JobState.SUCCEEDED,
        ),
        (
            (
                "fail failed failure error expired timeout aborted create_task_failed generate_failed process_failed "
                "timeout_failed limit_retry_failed rejected blocked"
            ),
            JobState.FAILED,
        ),
        ("cancelled canceled cancel dismissed terminated deleted", JobState.CANCELLED),
        ("not_found unknown empty missing ready 0 true", JobState.UNKNOWN),
    ],
)
def test_every_word_has_its_state_in_any_case_and_joint(words: str, state: JobState) -> None:
    for word in words.split():
        for spelling in (word, word.upper(), f" {word} ", word.replace("_", "-"), word.replace("_", " ").title()):
            assert state_of_word(spelling) is state, spelling


@pytest.mark.parametrize(
    ("body", "code", "title"),
    [
        (bodies.MINIMAX_REJECTED, "1027", "output new_sensitive"),
        (bodies.minimax("Fail"), "", "Fail"),
        (bodies.minimax("Processing", 1026, "input new_sensitive"), "1026", "input new_sensitive"),
        (bodies.JIMENG_REJECTED, "50511", "Post Img Risk Not Pass"),
        (bodies.JIMENG_EXPIRED, "", "expired"),
        ({"id": "1", "state": "failed", "err_code": "CreationPolicyViolation"}, "CreationPolicyViolation", None),
        (bodies.V2_FAILED, "1026", "input sensitive"),
        (bodies.OPENAI_FAILED, "moderation_blocked", "blocked"),
        (
            {"code": 0, "data": {"task_status": "failed", "task_status_msg": "risk control"}, "message": "SUCCEED"},
            "",
            "risk control",
        ),
        (
            {"code": "success", "data": {"status": "FAILURE", "fail_reason": "", "data": bodies.MINIMAX_REJECTED}},
            "1027",
            "output new_sensitive",
        ),
        (
            {"code": "success", "data": {"status": "FAILURE", "fail_reason": "upstream", "data": {}}},
            "",
            "upstream",
        ),
        ({"model": "m", "status": "failed", "error": "words alone"}, "", "words alone"),
    ],
)
def test_a_failure_is_told_in_the_services_words(body: JsonValue, code: str, title: str | None) -> None:
    error = read(body).error
    assert error is not None
    assert (error.code, error.title) == (code, code if title is None else title)


def test_a_failure_keeps_the_request_id() -> None:
    error = read(bodies.JIMENG_REJECTED).error
    assert error is not None
    assert error.request_id == "20261122090100AA04"


@pytest.mark.parametrize(
    ("body", "created_at", "finished_at"),
    [
        (bodies.SEEDANCE_DONE, STARTED, STARTED + timedelta(seconds=60)),
        (bodies.KLING_DONE, STARTED, STARTED + timedelta(seconds=90)),
        (bodies.V2_RUNNING, STARTED, None),
        (bodies.V2_DONE, STARTED, STARTED + timedelta(seconds=90)),
        (bodies.V2_FAILED, STARTED, STARTED + timedelta(seconds=4)),
        (bodies.V2_CANCELLED, STARTED, STARTED + timedelta(seconds=3)),
        (bodies.OPENAI_RUNNING, STARTED, None),
        (bodies.OPENAI_FAILED, STARTED, None),
        (bodies.JIMENG_PLAIN, None, None),
        (bodies.WRAPPED_RUNNING, STARTED, None),
        (bodies.WRAPPED_DONE, STARTED, STARTED + timedelta(seconds=60)),
        ({"task_id": "1", "state": "created", "created_at": "2026-11-22T08:59:00Z"}, NOW - timedelta(minutes=1), None),
        (bodies.MINIMAX_DONE, None, None),
        (bodies.SEEDANCE_DONE | {"created_at": "1795000000", "updated_at": 1e300}, STARTED, None),
        (bodies.SEEDANCE_DONE | {"created_at": True, "updated_at": {}}, None, None),
    ],
)
def test_times_are_read_in_seconds_milliseconds_and_text(
    body: JsonValue, created_at: datetime | None, finished_at: datetime | None
) -> None:
    job = read(body)
    assert (job.created_at, job.finished_at) == (created_at, finished_at)


def test_what_an_answer_leaves_out_is_kept() -> None:
    known = Job(
        id=JOB_ID,
        provider="generation",
        state=JobState.RUNNING,
        kind="MiniMax-Hailuo-02",
        created_at=NOW - timedelta(minutes=3),
        started_at=NOW - timedelta(minutes=2),
    )
    job = read(bodies.MINIMAX_DONE, known=known)
    assert (job.created_at, job.started_at, job.kind) == (known.created_at, known.started_at, "MiniMax-Hailuo-02")
    assert job.name == f"MiniMax-Hailuo-02 {ROUTE.task_id}"
    assert job.handle == {wire.FILE_ID: "401000000000777"}


@pytest.mark.parametrize(
    ("body", "route", "kind", "name"),
    [
        (bodies.MINIMAX_DONE, ROUTE, "minimax", f"minimax {ROUTE.task_id}"),
        (bodies.JIMENG_DONE, ROUTE, "jimeng", f"jimeng {ROUTE.task_id}"),
        (bodies.VIDU_DONE, Route("8801"), "vidu", "vidu 8801"),
        (bodies.SEEDANCE_DONE, Route("cgt-20261122-aa"), "seedance-x", "seedance-x cgt-20261122-aa"),
        (bodies.KLING_DONE, Route.of("kling/v1/videos/lip-sync/k1"), "kling/lip-sync", "kling/lip-sync k1"),
        ({"object": "video", "status": "queued"}, Route.of("v1/videos/v1"), "v1/videos", "v1/videos v1"),
        ({"object": "video", "status": "queued", "prompt": "a fox"}, Route.of("v1/videos/v1"), "v1/videos", "a fox"),
        (bodies.WRAPPED_DONE, Route("w1"), "minimax", "minimax w1"),
        ({}, Route("w1"), "", "task w1"),
    ],
)
def test_a_task_is_named_for_what_it_is_a_run_of(body: JsonValue, route: Route, kind: str, name: str) -> None:
    job = read(body, route)
    assert (job.kind, job.name) == (kind, name)


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"prompt": " a lighthouse\nin a  storm "}, "a lighthouse in a storm"),
        ({"input": {"prompt": "a fox"}}, "a fox"),
        (
            {"content": [{"type": "text", "text": "a fox"}, {"type": "image_url"}, {"text": "at night"}]},
            "a fox at night",
        ),
        ({"image": "x", "prompt": ""}, f"minimax {ROUTE.task_id}"),
    ],
)
def test_a_submitted_task_is_named_for_its_prompt_and_keeps_that_name(payload: JsonObject, name: str) -> None:
    view = view_of({"task_id": ROUTE.task_id})
    prompt = wire.prompt_of(payload)
    made = wire.submitted_job(view, JOB_ID, ROUTE, "minimax", NOW, has_result=False, prompt=prompt)
    assert (made.name, read(bodies.MINIMAX_DONE, known=made).name) == (name, name)


@pytest.mark.parametrize(
    ("value", "fraction"),
    [
        (33, 0.33),
        (0, 0.0),
        (100, 1.0),
        (1, 0.01),
        (0.4, 0.4),
        (40.5, 0.405),
        ("30%", 0.3),
        (" 7 % ", 0.07),
        ("0.5%", 0.005),
        (101, None),
        (-1, None),
        ("half", None),
        ("1e999999999", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_progress_comes_as_percent_fraction_or_text(value: JsonValue, fraction: float | None) -> None:
    progress = read(bodies.OPENAI_RUNNING | {"progress": value}).progress
    assert progress == (None if fraction is None else pytest.approx(fraction))


@pytest.mark.parametrize(
    ("body", "fraction"),
    [
        (bodies.OPENAI_RUNNING, 0.33),
        (bodies.OPENAI_FAILED, 0.0),
        (bodies.WRAPPED_RUNNING, 0.3),
        (bodies.WRAPPED_DONE, 1.0),
        (bodies.V2_RUNNING, None),
        (bodies.JIMENG_RUNNING, None),
    ],
)
def test_documented_bodies_tell_how_far_their_tasks_are(body: JsonValue, fraction: float | None) -> None:
    assert read(body).progress == fraction


def test_an_unrecognised_answer_says_so() -> None:
    assert "doesn't know" in read({"surprise": True}).message
    assert read({"code": 777, "message": "odd"}).message == "odd"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"code": 10000, "data": {"status": "simmering"}, "message": "Success"}, ""),
        (bodies.JIMENG_NOT_FOUND, ""),
        (bodies.minimax("Simmering"), ""),
        (bodies.MINIMAX_UNKNOWN_ID, "invalid params, invalid task_id"),
        (bodies.minimax("Processing", 4711, "strange"), "strange"),
        ({"code": "success", "message": "", "data": {"status": "", "data": bodies.minimax("Simmering")}}, ""),
        (
            {"code": "success", "message": "", "data": {"status": "", "data": bodies.minimax("", 4711, "strange")}},
            "strange",
        ),
    ],
)
def test_an_unknown_state_isnt_explained_with_the_success_of_the_call(body: JsonValue, message: str) -> None:
    job = read(body)
    assert (job.state, job.message) == (JobState.UNKNOWN, message)


@pytest.mark.parametrize(
    "body",
    [
        bodies.MINIMAX_DONE,
        bodies.WRAPPED_DONE,
        bodies.JIMENG_PLAIN | {"file_id": 401000000000777},
        {"code": 0, "data": {"status": "Success", "file_id": "401000000000777"}},
        {"code": 0, "data": {"status": "Success", "resp_data": '{"file_id": 401000000000777}'}},
    ],
)
def test_the_file_is_remembered_wherever_its_id_lies(body: JsonValue) -> None:
    assert read(body).handle == {wire.FILE_ID: "401000000000777"}


def test_the_file_of_a_task_that_isnt_done_isnt_there_yet() -> None:
    assert read(bodies.speech("Processing")).handle == {}
    assert read(bodies.speech("success")).handle == {wire.FILE_ID: "501000000000099"}


@pytest.mark.parametrize(
    ("body", "task_id"),
    [
        ({"task_id": "106916112212032", "base_resp": {"status_code": 0}}, "106916112212032"),
        (bodies.SPEECH_SUBMITTED, "501000000000011"),
        (bodies.IMAGE_BASE64, "i1"),
        ({"task_id": 2**70}, str(2**70)),
        ({"code": 10000, "data": {"task_id": "12345678901234567890"}}, "12345678901234567890"),
        ({"task_id": "8801", "state": "created"}, "8801"),
        ({"id": "cgt-20261122-aa"}, "cgt-20261122-aa"),
        (bodies.KLING_DONE, "k1"),
        (bodies.OPENAI_RUNNING, "v1"),
        (bodies.V2_RUNNING, "402"),
        ({"code": "success", "message": "", "data": "w1"}, "w1"),
        ({"code": 0, "data": {"id": 7}}, "7"),
        ({"task_id": "", "base_resp": {"status_code": 1026}}, ""),
        ([], ""),
    ],
)
def test_each_vendors_answer_to_a_submit_names_its_task(body: JsonValue, task_id: str) -> None:
    assert wire.submitted_id(body) == task_id


@pytest.mark.parametrize(
    ("target", "segments"),
    [
        ("minimax/v1/video_generation", ("task", "minimax", "v1", "video_generation")),
        ("/jimeng/text2video/", ("task", "jimeng", "text2video")),
        ("task/vidu/text2video", ("task", "vidu", "text2video")),
        ("volces/seedance", ("task", "volces", "seedance")),
        ("kling/v1/videos/text2video", ("kling", "v1", "videos", "text2video")),
        ("v1/videos", ("v1", "videos")),
        ("v1/images/generations", ("v1", "images", "generations")),
    ],
)
def test_a_target_is_the_path_that_its_vendor_has(target: str, segments: tuple[str, ...]) -> None:
    assert submit_segments(target) == segments


@pytest.mark.parametrize("target", ["", "/", "a//b", "a/../b", "a?b=c", "a#b", "a/\nb"])
def test_a_target_that_is_no_path_is_refused(target: str) -> None:
    with pytest.raises(UsageError):
        submit_segments(target)


@pytest.mark.parametrize("target", DOCUMENTED_PATHS, ids=lambda target: target.name)
def test_documented_targets_can_be_submitted(target: Target) -> None:
    assert submit_segments(target.name)
    assert len({field.name for field in target.parameters}) == len(target.parameters) > 0


@pytest.mark.parametrize(
    ("native", "segments"),
    [
        ("314052800012345", ("task", "314052800012345")),
        ("kling/v1/videos/text2video/k1", ("kling", "v1", "videos", "text2video", "k1")),
        ("kling/v1/videos/text2video/a/b", ("kling", "v1", "videos", "text2video", "a/b")),
        ("v1/videos/video_1", ("v1", "videos", "video_1")),
        ("v1/videos/a/b", ("v1", "videos", "a/b")),
        ("kling/v1/videos/text2video", ("task", "kling/v1/videos/text2video")),
        ("owner/model/run", ("task", "owner/model/run")),
        ("v1/videos/", ("task", "v1/videos/")),
    ],
)
def test_only_known_vendor_paths_make_an_id_a_path(native: str, segments: tuple[str, ...]) -> None:
    route = Route.of(native)
    assert route.segments == segments
    assert route.native == native
    assert route.content_segments == (
        (*segments, "content") if native.startswith("v1/videos/") and route.prefix else ()
    )


@pytest.mark.parametrize(
    ("target", "native"),
    [
        ("minimax/v1/video_generation", "7"),
        ("/kling/v1/videos/effects", "kling/v1/videos/effects/7"),
        ("v1/videos", "v1/videos/7"),
        ("v1/videos/7/remix", "7"),
    ],
)
def test_a_submitted_task_is_asked_for_where_its_vendor_answers(target: str, native: str) -> None:
    assert Route.of_submitted(target, "7").native == native


@pytest.mark.parametrize("native", ["", "..", "a/../b", "a\n"])
def test_an_id_that_would_change_its_path_is_refused(native: str) -> None:
    with pytest.raises(UsageError):
        Route.of(native)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    *("code", "data", "status", "task_id", "file_id", "base_resp", "status_code", "status_msg", "state", "creations"),
    *("content", "model", "task", "error", "message", "progress", "created_at", "updated_at", "resp_data", "url"),
    *("video_url", "image_urls", "binary_data_base64", "task_status", "task_result", "expires_at", "response"),
]
ANY_ANSWER = st.recursive(
    ANY_JSON,
    lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner | st.just("success"), max_size=6),
    max_leaves=20,
)


@given(ANY_ANSWER)
def test_any_json_at_all_is_a_job_and_a_result(body: JsonValue) -> None:
    view = view_of(body)
    job = wire.read_task(view, JOB_ID, ROUTE, NOW)
    assert job.progress is None or 0 <= job.progress <= 1
    assert read_result(view, job, ROUTE, NOW, raw=b"").job_id == JOB_ID
    assert isinstance(wire.submitted_id(body), str)


def test_kinds_of_submits_are_models_or_paths() -> None:
    payload: JsonObject = {"model": "MiniMax-Hailuo-02"}
    assert wire.kind_of_submit("minimax/v1/video_generation", payload) == "MiniMax-Hailuo-02"
    assert wire.kind_of_submit("/task/jimeng/text2video/", {}) == "jimeng/text2video"
