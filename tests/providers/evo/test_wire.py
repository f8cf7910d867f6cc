from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtui.core.errors import InvalidParameter, ProtocolError, UsageError
from jobtui.core.jobs import JobId, JsonObject, JsonValue
from jobtui.core.results import Document
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.providers.evo import wire
from jobtui.providers.evo.wire import JobPath

UUID = "9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"
ORG = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
PATH = JobPath("geostatistics", "kriging", UUID)
JOB_ID = JobId("evo", PATH.native)
URL = f"https://au.api.seequent.com/compute/orgs/{ORG}/geostatistics/kriging/{UUID}"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SINGULAR: dict[str, JsonValue] = {
    "status": 422,
    "type": "https://seequent.com/error-codes/example/singular-matrix",
    "title": "Singular kriging matrix",
    "detail": "Two samples share one location.",
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("body", "state", "progress", "message"),
    [
        (
            {"status": "requested", "progress": 0, "message": "Queued", "error": None, "links": {"cancel": URL}},
            JobState.QUEUED,
            0.0,
            "Queued",
        ),
        (
            {
                "status": "in progress",
                "progress": 35,
                "message": "Estimating blocks",
                "error": None,
                "links": {"cancel": URL},
            },
            JobState.RUNNING,
            0.35,
            "Estimating blocks",
        ),
        (
            {"status": "cancelling", "progress": 35, "message": "Stopping", "error": None},
            JobState.CANCELLING,
            0.35,
            "Stopping",
        ),
        (
            {"status": "cancelled", "progress": 100, "message": "Stopped on request", "error": None},
            JobState.CANCELLED,
            1.0,
            "Stopped on request",
        ),
        (
            {
                "status": "succeeded",
                "progress": 100,
                "message": "Finished",
                "error": None,
                "links": {"results": URL},
            },
            JobState.SUCCEEDED,
            1.0,
            "Finished",
        ),
        ({"status": "requested"}, JobState.QUEUED, None, ""),
    ],
)
def test_the_documented_status_bodies_are_read(
    body: dict[str, JsonValue], state: JobState, progress: float | None, message: str
) -> None:
    job = wire.read_status(body, JOB_ID, PATH, NOW)
    assert (job.state, job.progress, job.message, job.error) == (state, progress, message, None)
    assert job.native_state == body["status"]
    assert (job.name, job.kind, job.provider) == ("kriging 9b2f6c1e", "geostatistics/kriging", "evo")
    assert (job.created_at, job.started_at, job.finished_at, job.observed_at) == (None, None, None, NOW)
    assert job.can_cancel is (state in {JobState.QUEUED, JobState.RUNNING})


def test_a_failed_job_tells_why() -> None:
    body: JsonValue = {"status": "failed", "progress": 100, "message": "Kriging failed", "error": SINGULAR}
    job = wire.read_status(body, JOB_ID, PATH, NOW)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.title, job.error.detail) == (
        "example/singular-matrix",
        "Singular kriging matrix",
        "Two samples share one location.",
    )


@pytest.mark.parametrize("word", ["canceling", "cancelling", "Cancelling", " CANCELING "])
def test_both_spellings_of_cancelling_are_known(word: str) -> None:
    assert wire.state_of(word) is JobState.CANCELLING


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("canceled", JobState.CANCELLED),
        ("cancelled", JobState.CANCELLED),
        ("in_progress", JobState.RUNNING),
        ("In-Progress", JobState.RUNNING),
        ("paused", JobState.UNKNOWN),
        ("", JobState.UNKNOWN),
    ],
)
def test_words_are_compared_by_their_letters(word: str, state: JobState) -> None:
    assert wire.state_of(word) is state


def test_an_unknown_word_is_kept_beside_the_state() -> None:
    job = wire.read_status({"status": "paused"}, JOB_ID, PATH, NOW)
    assert (job.state, job.native_state, job.can_cancel) == (JobState.UNKNOWN, "paused", False)


@pytest.mark.parametrize("percent", [-1, 101, 1e300, True, "35", None, [], float("inf")])
def test_what_is_no_percentage_is_no_progress(percent: JsonValue) -> None:
    assert wire.fraction_done(percent) is None


def test_a_percentage_may_come_as_a_float() -> None:
    assert wire.fraction_done(35.0) == 0.35


def test_a_null_keeps_what_was_known_and_times_are_kept() -> None:
    before = replace(
        wire.read_status({"status": "in progress", "progress": 35, "message": "Half"}, JOB_ID, PATH, NOW),
        created_at=NOW - timedelta(minutes=2),
        started_at=NOW - timedelta(minutes=1),
    )
    job = wire.read_status({"status": "in progress", "progress": None, "message": None}, JOB_ID, PATH, NOW, before)
    assert (job.progress, job.message) == (0.35, "Half")
    assert (job.created_at, job.started_at) == (before.created_at, before.started_at)


def test_a_null_after_a_change_of_state_keeps_nothing() -> None:
    before = wire.read_status({"status": "requested", "message": "Queued"}, JOB_ID, PATH, NOW)
    job = wire.read_status({"status": "in progress"}, JOB_ID, PATH, NOW, before)
    assert (job.progress, job.message) == (None, "")


@pytest.mark.parametrize("name", ["result", "results"])
def test_the_link_to_the_results_is_kept_under_either_name(name: str) -> None:
    job = wire.read_status({"status": "succeeded", "links": {name: URL}}, JOB_ID, PATH, NOW)
    assert job.handle == {wire.RESULTS_LINK: URL}


@given(ANY_JSON, ANY_JSON)
def test_any_json_is_a_job_or_a_protocol_error(body: JsonValue, value: JsonValue) -> None:
    fields: JsonObject = dict.fromkeys(("status", "progress", "message", "error", "links", "results"), value)
    assert wire.read_status(fields, JOB_ID, PATH, NOW).id == JOB_ID
    assert wire.read_results(fields, JOB_ID, PATH, b"", is_over=True).job_id == JOB_ID
    if not isinstance(body, dict):
        with pytest.raises(ProtocolError):
            wire.read_status(body, JOB_ID, PATH, NOW)


def test_an_error_names_its_invalid_parameters() -> None:
    error = wire.read_error(
        {
            "status": 422,
            "type": "https://seequent.com/error-codes/example/invalid-parameters",
            "title": "Invalid parameters",
            "detail": "1 parameter is invalid.",
            "invalid-params": [{"name": "a.max_samples", "reason": "must be >= 1"}, {"reason": "odd"}, {}, 7],
        }
    )
    assert error.code == "example/invalid-parameters"
    assert wire.invalid_parameters_of(error) == (
        InvalidParameter("a.max_samples", "must be >= 1"),
        InvalidParameter("", "odd"),
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"status": 500}, "500"), ({"type": "about:blank", "status": 404}, "404"), ({"type": "urn:x"}, "urn:x"), ({}, "")],
)
def test_an_error_without_a_known_kind_has_the_code_it_tells(fields: dict[str, JsonValue], code: str) -> None:
    assert wire.read_error(fields).code == code


def test_results_are_one_document() -> None:
    results: JsonValue = {"message": "Kriging completed.", "target": {"name": "Grid 20m", "description": None}}
    body: JsonValue = {"status": "succeeded", "results": results, "error": None}
    result = wire.read_results(body, JOB_ID, PATH, b"{}", is_over=True)
    (artifact,) = result.artifacts
    assert artifact.content == Document(results)
    assert (artifact.name, artifact.media_type) == ("kriging-9b2f6c1e.json", "application/json")
    assert (result.warnings, result.error, result.raw) == ((), None, b"{}")


def test_results_of_a_failed_job_are_its_error() -> None:
    result = wire.read_results({"status": "failed", "error": SINGULAR}, JOB_ID, PATH, b"", is_over=True)
    assert result.artifacts == ()
    assert result.error is not None
    assert result.error.title == "Singular kriging matrix"
    assert result.warnings == ()


def test_results_that_come_with_202_are_shown_and_may_change() -> None:
    result = wire.read_results({"status": "in progress", "results": {"a": 1}}, JOB_ID, PATH, b"", is_over=False)
    assert [artifact.content for artifact in result.artifacts] == [Document({"a": 1})]
    assert result.warnings == ("The job isn't finished: this may change.",)


def test_an_error_that_comes_with_202_is_not_the_end() -> None:
    result = wire.read_results({"status": "in progress", "error": SINGULAR}, JOB_ID, PATH, b"", is_over=False)
    assert result.error is not None
    assert "isn't finished" in result.warnings[0]


def test_an_empty_error_is_none() -> None:
    assert wire.read_status({"status": "succeeded", "error": {}}, JOB_ID, PATH, NOW).error is None
    result = wire.read_results({"status": "succeeded", "error": {}}, JOB_ID, PATH, b"", is_over=True)
    assert (result.error, result.warnings) == (None, ("The answer holds no result.",))


@pytest.mark.parametrize(
    ("body", "is_over", "words"),
    [
        ({"status": "in progress", "links": {"cancel": URL, "status": f"{URL}/status"}}, False, "isn't finished"),
        ({"status": "in progress"}, True, "isn't finished"),
        ({"status": "canceled", "error": None}, True, "cancelled"),
        ({"status": "succeeded"}, True, "holds no result"),
    ],
)
def test_a_missing_result_is_explained(body: JsonValue, is_over: bool, words: str) -> None:
    result = wire.read_results(body, JOB_ID, PATH, b"", is_over=is_over)
    assert result.artifacts == ()
    assert words in result.warnings[0]


@pytest.mark.parametrize(
    "location",
    [
        f"{URL}/status",
        f"/compute/orgs/{ORG}/geostatistics/kriging/{UUID}/status",
        f"compute/orgs/{ORG}/geostatistics/kriging/{UUID}/status?x=1",
        f"https://proxy.example/au/compute/orgs/{ORG}/geostatistics/kriging/{UUID}/status/",
    ],
)
def test_the_id_is_read_from_the_location(location: str) -> None:
    assert wire.job_path_of_location(location, ORG) == PATH
    assert wire.job_path_of_location(location, ORG.replace("-", "").upper()) == PATH


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/status",
        URL,
        f"http://[/compute/orgs/{ORG}/a/b/{UUID}/status",
        f"/orgs/{ORG}/geostatistics/kriging/{UUID}/status",
        f"/compute/{ORG}/geostatistics/kriging/{UUID}/status",
        f"/compute/orgs/{UUID}/geostatistics/kriging/{UUID}/status",
        f"/compute/orgs/northern-pit/geostatistics/kriging/{UUID}/status",
        f"/compute/orgs/{ORG}/geostatistics/kriging/17/status",
        f"/compute/orgs/{ORG}/geostatistics/kriging/urn:uuid:{UUID}/status",
        f"/compute/orgs/{ORG}/geostatistics/kriging/{'-' * 36}/status",
        f"/compute/orgs/{ORG}/%2e%2e/kriging/{UUID}/status",
        f"/compute/orgs/{ORG}/a%2Fb/kriging/{UUID}/status",
        f"/compute/orgs/{ORG}/a/b%00/{UUID}/status",
    ],
)
def test_a_location_of_another_form_names_no_job(location: str) -> None:
    assert wire.job_path_of_location(location, ORG) is None


def test_an_organisation_without_a_uuid_has_no_jobs() -> None:
    assert wire.job_path_of_location(f"/compute/orgs/pit/a/b/{UUID}/status", "pit") is None


@pytest.mark.parametrize("native", ["kriging", "a/b", "a/b/c/d", "a//c", "a/../c"])
def test_an_id_of_another_form_is_refused(native: str) -> None:
    with pytest.raises(UsageError):
        JobPath.parse(native)


@pytest.mark.parametrize("target", ["kriging", "a/b/c", "", "/", "a/..", "a/b\n"])
def test_a_target_of_another_form_is_refused(target: str) -> None:
    with pytest.raises(UsageError):
        wire.parse_target(target)


def test_parameters_are_wrapped_unless_they_are_already() -> None:
    assert wire.submit_body({"seed": 7}) == {"parameters": {"seed": 7}}
    assert wire.submit_body({"parameters": {"seed": 7}}) == {"parameters": {"seed": 7}}
    assert wire.submit_body({}) == {"parameters": {}}
    assert wire.submit_body({"parameters": 7}) == {"parameters": {"parameters": 7}}
    assert wire.submit_body({"parameters": {}, "seed": 7}) == {"parameters": {"parameters": {}, "seed": 7}}


def test_a_body_for_the_vendor_s_own_services_is_wrapped_already() -> None:
    body: JsonObject = {"parameters": {"seed": 7}, "parent_operation_id": UUID, "root_operation_id": UUID}
    assert wire.submit_body(body) == body
    assert wire.submit_body({"parent_operation_id": UUID}) == {"parameters": {"parent_operation_id": UUID}}
