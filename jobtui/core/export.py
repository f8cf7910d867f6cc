"""Jobs and artifacts as the JSON that scripts depend on: keys, order and units are a contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from jobtui.core.jobs import Job, JobError, JsonObject, JsonValue, Task
from jobtui.core.results import Artifact
from jobtui.core.states import JobState
from jobtui.core.times import to_rfc3339
from jobtui.core.values import NO_PATHS, value_keys, value_of


def job_document(job: Job, now: datetime, json_columns: Mapping[str, str] = NO_PATHS) -> JsonObject:
    """One job as `list --json` gives it.

    Args:
        job: What was seen last.
        now: The moment from which `eta_seconds` counts.
        json_columns: The configured paths into answers, by name; where there are any, a last key has what they found.
    """
    estimate = None if job.state.is_final else job.estimate
    if job.state is JobState.QUEUED and estimate is not None and estimate.finishes_at <= now:
        estimate = None  # It hasn't begun: when it will be done can't be told any more.
    document: JsonObject = {
        "address": str(job.id),
        "source": job.id.source,
        "provider": job.provider,
        "id": job.id.native,
        "name": job.name,
        "state": job.state.value,
        "native_state": job.native_state,
        "progress": job.progress,
        "message": job.message,
        "error": error_document(job.error),
        "created_at": to_rfc3339(job.created_at),
        "started_at": to_rfc3339(job.started_at),
        "finished_at": to_rfc3339(job.finished_at),
        "observed_at": to_rfc3339(job.observed_at),
        # A job that takes longer than usual is due now, never in the past.
        "eta_seconds": max(0.0, round((estimate.finishes_at - now).total_seconds(), 1)) if estimate else None,
        "eta_basis": estimate.basis.value if estimate else None,
        "tasks": [_task_document(task) for task in job.tasks],
        "can_cancel": job.can_cancel,
        "stale": job.stale,
    }
    if json_columns:
        document["json_columns"] = {name: value_of(job, key) or None for name, key in value_keys(json_columns).items()}
    return document


def error_document(error: JobError | None) -> JsonValue:
    """Why a job failed: `{code, title, detail}`, or null."""
    if error is None:
        return None
    return {"code": error.code, "title": error.title, "detail": error.detail}


def artifact_document(
    artifact: Artifact, *, path: str | None = None, size_bytes: int | None = None, sha256: str | None = None
) -> JsonObject:
    """One artifact: path and checksum are null until it was downloaded.

    Args:
        artifact: What the service describes.
        path: Where it was saved.
        size_bytes: Of the saved file; without it what the service tells.
        sha256: Hex digits of the saved file.
    """
    return {
        "name": artifact.name,
        "media_type": artifact.media_type,
        "size_bytes": artifact.size_bytes if size_bytes is None else size_bytes,
        "path": path,
        "sha256": sha256,
    }


def _task_document(task: Task) -> JsonObject:
    return {
        "id": task.id,
        "name": task.name,
        "state": task.state.value,
        "native_state": task.native_state,
        "started_at": to_rfc3339(task.started_at),
        "finished_at": to_rfc3339(task.finished_at),
    }
