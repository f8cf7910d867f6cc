"""Evo's JSON and the program's words for it; no I/O.

Source:
    Seequent developer portal, "Task API" 0.0.2; where it is silent, the vendor's client `evo-compute` 0.0.6.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import unquote, urlsplit
from uuid import UUID

from msgspec import Struct

from jobtui.core.errors import InvalidParameter, ProtocolError, UsageError
from jobtui.core.jobs import Job, JobError, JobId, JsonObject, JsonValue, checked_native_id
from jobtui.core.results import Artifact, Document, Result
from jobtui.core.states import JobState
from jobtui.providers.json_fields import first_text, items_of, object_of, text_of

PROVIDER = "evo"
"""The key of this provider in settings and jobs."""

RESULTS_LINK = "results"
"""Key in `Job.handle` of the URL that the service gave for a finished job's results."""

PREVIEW_ERROR = "https://seequent.com/error-codes/preview-api"
"""`type` of the gateway's error for a preview task that was called without opting in."""

_ERROR_CODES = "/error-codes/"
_NOT_FINISHED = "The job isn't finished: this may change."
_NO_RESULT_YET = "The job isn't finished: there is no result yet."
_UUID_SHAPE = re.compile(r"[0-9A-Fa-f-]{32,36}")
# The two others are for the vendor's own services, which tell on whose behalf they call.
_SUBMIT_FIELDS = frozenset({"parameters", "parent_operation_id", "root_operation_id"})

# Both spellings: the vendor's client knows the one, its OpenAPI file the other.
_STATES = {
    "requested": JobState.QUEUED,
    "in progress": JobState.RUNNING,
    "cancelling": JobState.CANCELLING,
    "canceling": JobState.CANCELLING,
    "succeeded": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
    "canceled": JobState.CANCELLED,
}


class JobPath(Struct, frozen=True):
    """The three parts that together address a job inside an organisation."""

    topic: str
    task: str
    id: str
    """A UUID, as the service makes them."""

    @classmethod
    def parse(cls, native: str) -> JobPath:
        """Take a native id apart.

        Raises:
            UsageError: It isn't `topic/task/id`.
        """
        parts = checked_native_id(native).split("/")
        if len(parts) != 3 or not all(parts):
            raise UsageError(
                f"{native!r} is not the id of an Evo job",
                hint="An Evo job's id is topic/task/uuid, for example geostatistics/kriging/9b2f6c1e-….",
            )
        return cls(*parts)

    @property
    def kind(self) -> str:
        """What the job is a run of."""
        return f"{self.topic}/{self.task}"

    @property
    def native(self) -> str:
        """The parts as one id."""
        return f"{self.kind}/{self.id}"

    @property
    def name(self) -> str:
        """A short name; the start of a UUID tells jobs of one task apart."""
        return f"{self.task} {self.id.partition('-')[0]}"


def parse_target(target: str) -> tuple[str, str]:
    """Topic and task of a submit's TARGET.

    Raises:
        UsageError: It isn't `topic/task`.
    """
    parts = target.strip("/").split("/")
    if len(parts) != 2 or not all(parts):
        raise UsageError(
            f"{target!r} is not an Evo task", hint="A task is topic/task, for example geostatistics/kriging."
        )
    checked_native_id(target)
    return parts[0], parts[1]


def submit_body(payload: JsonObject) -> JsonObject:
    """What is posted: the parameters in their wrapper, whether or not the user wrote the wrapper himself."""
    if isinstance(payload.get("parameters"), dict) and payload.keys() <= _SUBMIT_FIELDS:
        return payload
    return {"parameters": payload}


def job_path_of_location(location: str, org_id: str) -> JobPath | None:
    """Which job a submit made: the id is the last segment but one of the URL of the job's status.

    Args:
        location: The `Location` header, an absolute URL or a path; what comes before `compute/` is a proxy's affair.
        org_id: Whose job it has to be.

    Returns:
        `None` where it isn't the status of a job of this organisation.

    Source:
        Task API 0.0.2, "Execute task".
    """
    try:
        segments = [unquote(segment) for segment in urlsplit(location).path.split("/") if segment]
    except ValueError:
        return None
    match segments:
        case [*_, "compute", "orgs", org, topic, task, job_id, "status"]:
            wanted = _uuid(org_id)
            if wanted is None or _uuid(org) != wanted or _uuid(job_id) is None:
                return None
        case _:
            return None
    try:
        return JobPath.parse(JobPath(topic, task, job_id).native)
    except UsageError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        # By itself `UUID` takes braces and a `urn:` too.
        return UUID(text) if _UUID_SHAPE.fullmatch(text) else None
    except ValueError:
        return None


def submitted_job(job_id: JobId, path: JobPath, now: datetime) -> Job:
    """A job that was accepted and not yet asked for; Evo's answer to a submit has no body."""
    return Job(
        id=job_id,
        provider=PROVIDER,
        state=JobState.QUEUED,
        name=path.name,
        kind=path.kind,
        created_at=now,
        observed_at=now,
        can_cancel=True,
    )


def read_status(body: JsonValue, job_id: JobId, path: JobPath, now: datetime, known: Job | None = None) -> Job:
    """One look at a job.

    Args:
        body: JobStatusResponse.
        job_id: Whom the answer is about; the body doesn't say.
        path: The same id, taken apart.
        now: When the answer came.
        known: The look before, for times, which Evo doesn't tell, and for what a null leaves open.

    Raises:
        ProtocolError: The body isn't an object.

    Source:
        Task API 0.0.2, "Get job status".
    """
    fields = _fields(body, "a job's status")
    native_state = text_of(fields.get("status"))
    state = state_of(native_state)
    progress = fraction_done(fields.get("progress"))
    message = text_of(fields.get("message"))
    if known is not None and known.state is state and not state.is_final:
        # The vendor's own client keeps the last value when a field is null.
        progress = known.progress if progress is None else progress
        message = message or known.message
    links = object_of(fields.get("links"))
    results_link = first_text(links, "results", "result")
    return Job(
        id=job_id,
        provider=PROVIDER,
        state=state,
        native_state=native_state,
        name=path.name,
        kind=path.kind,
        progress=progress,
        message=message,
        error=_error_in(fields),
        created_at=known.created_at if known else None,
        started_at=known.started_at if known else None,
        finished_at=known.finished_at if known else None,
        observed_at=now,
        can_cancel=state in {JobState.QUEUED, JobState.RUNNING},
        handle={RESULTS_LINK: results_link} if results_link else {},
    )


def state_of(native_state: str) -> JobState:
    """The state that Evo's word stands for; `UNKNOWN` for a word of which nothing is written."""
    return _STATES.get(" ".join(native_state.lower().replace("_", " ").replace("-", " ").split()), JobState.UNKNOWN)


def fraction_done(percent: JsonValue) -> float | None:
    """Evo's `progress` in the unit of `Job.progress`; `None` where it is no number from 0 to 100."""
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
        return None
    return percent / 100


def read_error(fields: JsonObject) -> JobError:
    """Evo's ErrorResponse, the same for jobs and for refused requests.

    Source:
        RFC 7807, with `invalid-params` as in the portal's newer pages.
    """
    kind = text_of(fields.get("type"))
    code = kind.partition(_ERROR_CODES)[2] or kind
    invalid = [object_of(item) for item in items_of(fields.get("invalid-params"))]
    return JobError(
        code=code if code not in {"", "about:blank"} else text_of(fields.get("status")),
        title=first_text(fields, "title", "message"),
        detail=text_of(fields.get("detail")),
        invalid_parameters=tuple(
            (text_of(item.get("name")), text_of(item.get("reason")))
            for item in invalid
            if first_text(item, "name", "reason")
        ),
    )


def is_error(fields: JsonObject) -> bool:
    """Whether this is an error of Evo's own, not of a gateway or of another server altogether."""
    return bool(text_of(fields.get("type")) and text_of(fields.get("title")))


def is_preview_error(fields: JsonObject) -> bool:
    """Whether a refusal only asks for the caller to opt in to a preview."""
    return text_of(fields.get("type")) == PREVIEW_ERROR


def invalid_parameters_of(error: JobError) -> tuple[InvalidParameter, ...]:
    """A job error's parameters, as a refused request carries them."""
    return tuple(InvalidParameter(name, reason) for name, reason in error.invalid_parameters)


def read_results(body: JsonValue, job_id: JobId, path: JobPath, raw: bytes, *, is_over: bool) -> Result:
    """What a job left: one JSON document, or the error it ended with.

    Args:
        body: CompletedJobResponse or OngoingJobResponse.
        job_id: Whose results.
        path: The same id, taken apart.
        raw: The body as it came.
        is_over: Whether the HTTP status said that the job is over.

    Raises:
        ProtocolError: The body isn't an object.

    Source:
        Task API 0.0.2, "Get job results".
    """
    fields = _fields(body, "a job's results")
    error = _error_in(fields)
    results = fields.get("results")
    artifacts: tuple[Artifact, ...] = ()
    if results is not None:
        name = f"{path.task}-{path.id.partition('-')[0]}.json"
        artifacts = (Artifact(name=name, media_type="application/json", content=Document(results)),)
    warning = ""
    if not is_over:
        warning = _NOT_FINISHED if artifacts else _NO_RESULT_YET
    elif not artifacts and error is None:
        warning = _why_nothing(state_of(text_of(fields.get("status"))))
    return Result(
        job_id=job_id,
        artifacts=artifacts,
        error=error,
        warnings=(warning,) if warning else (),
        raw=raw,
    )


def _why_nothing(state: JobState) -> str:
    if state is JobState.CANCELLED:
        return "The job was cancelled and left no result."
    if state in {JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING}:
        return _NO_RESULT_YET
    return "The answer holds no result."


def _error_in(fields: JsonObject) -> JobError | None:
    """The job's error; an empty object says as much as null."""
    error = object_of(fields.get("error"))
    return read_error(error) if error else None


def _fields(body: JsonValue, what: str) -> JsonObject:
    if not isinstance(body, dict):
        raise ProtocolError(f"the answer should be {what}, a JSON object, and isn't one")
    return body
