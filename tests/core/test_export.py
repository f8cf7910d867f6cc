from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from jobtui.core.export import artifact_document, job_document
from jobtui.core.jobs import Estimate, EstimateBasis, Job, JobError, JobId, Task
from jobtui.core.results import Artifact, Document, RemoteFile
from jobtui.core.states import JobState
from jobtui.core.structs import replace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RUNNING = Job(
    JobId("graph", "1964"),
    "nebula",
    JobState.RUNNING,
    native_state="Running",
    name="fraud_rank 1964",
    progress=0.5,
    created_at=NOW - timedelta(minutes=2),
    started_at=NOW - timedelta(minutes=1),
    observed_at=NOW,
    tasks=(Task("t1", "query", JobState.SUCCEEDED, "Success", NOW - timedelta(minutes=1), NOW),),
    can_cancel=True,
    estimate=Estimate(NOW + timedelta(seconds=90.04), EstimateBasis.PROGRESS),
)


def test_a_job_has_the_keys_of_the_contract_in_their_order() -> None:
    assert " ".join(job_document(RUNNING, NOW)) == (
        "address source provider id name state native_state progress message error created_at started_at finished_at "
        "observed_at eta_seconds eta_basis tasks can_cancel stale"
    )


def test_times_are_rfc_3339_in_utc_and_spans_are_seconds() -> None:
    assert job_document(RUNNING, NOW) == {
        "address": "graph:1964",
        "source": "graph",
        "provider": "nebula",
        "id": "1964",
        "name": "fraud_rank 1964",
        "state": "running",
        "native_state": "Running",
        "progress": 0.5,
        "message": "",
        "error": None,
        "created_at": "2026-11-22T11:58:00.000Z",
        "started_at": "2026-11-22T11:59:00.000Z",
        "finished_at": None,
        "observed_at": "2026-11-22T12:00:00.000Z",
        "eta_seconds": 90.0,
        "eta_basis": "progress",
        "tasks": [
            {
                "id": "t1",
                "name": "query",
                "state": "succeeded",
                "native_state": "Success",
                "started_at": "2026-11-22T11:59:00.000Z",
                "finished_at": "2026-11-22T12:00:00.000Z",
            }
        ],
        "can_cancel": True,
        "stale": False,
    }


def test_an_overdue_job_is_due_now_and_one_that_is_over_or_has_not_begun_has_no_estimate() -> None:
    late = replace(RUNNING, estimate=Estimate(NOW - timedelta(seconds=5), EstimateBasis.HISTORY))
    document = job_document(late, NOW)
    assert (document["eta_seconds"], document["eta_basis"]) == (0.0, "history")
    for state in (JobState.SUCCEEDED, JobState.QUEUED):
        document = job_document(replace(late, state=state), NOW)
        assert (document["eta_seconds"], document["eta_basis"]) == (None, None)


def test_an_error_has_code_title_and_detail_alone() -> None:
    failed = replace(
        RUNNING, state=JobState.FAILED, error=JobError("E7", "Singular", "row 3", (("range", "too small"),), "req-1")
    )
    assert job_document(failed, NOW)["error"] == {"code": "E7", "title": "Singular", "detail": "row 3"}


def test_text_of_the_service_stays_true_in_json() -> None:
    name = "\x1b[31m\u202ered"
    assert json.loads(json.dumps(job_document(replace(RUNNING, name=name), NOW)))["name"] == name


def test_an_artifact_has_no_path_until_it_was_saved() -> None:
    artifact = Artifact("video.mp4", "video/mp4", RemoteFile("https://cdn.example/v"), size_bytes=10)
    assert artifact_document(artifact) == {
        "name": "video.mp4",
        "media_type": "video/mp4",
        "size_bytes": 10,
        "path": None,
        "sha256": None,
    }
    saved = artifact_document(artifact, path="/d/video.mp4", size_bytes=12, sha256="ab")
    assert (saved["path"], saved["size_bytes"], saved["sha256"]) == ("/d/video.mp4", 12, "ab")
    assert artifact_document(Artifact("x", "application/json", Document(None)))["size_bytes"] is None
