"""Answers about generation tasks and the program's words for them; no I/O."""

from __future__ import annotations

from datetime import datetime

from jobtui.core.jobs import Job, JobError, JobId, JsonObject, JsonValue
from jobtui.core.states import JobState
from jobtui.core.times import from_epoch_ms, from_epoch_s, from_rfc3339
from jobtui.providers.generation.codes import Meaning, meaning_of
from jobtui.providers.generation.parts import file_id_of
from jobtui.providers.generation.routes import OPENAI_VIDEOS, Route
from jobtui.providers.generation.shapes import Shape, View
from jobtui.providers.json_fields import first_text, items_of, object_of, text_of
from jobtui.providers.state_words import state_of_word

PROVIDER = "generation"
"""The key of this provider in settings and jobs."""

FILE_ID = "file_id"
"""Key in `Job.handle` of the file that a finished task left at the vendor."""

_MOST_NAME = 500
"""Characters of a prompt that a job is named for."""
_FIRST_EPOCH_MS = 100_000_000_000
_VENDORS = {
    Shape.FLAT: "minimax",
    Shape.TASK: "minimax",
    Shape.ENVELOPE: "jimeng",
    Shape.CREATIONS: "vidu",
    Shape.CONTENT: "seedance",
}


def read_task(view: View, job_id: JobId, route: Route, now: datetime, known: Job | None = None) -> Job:
    """One look at a task.

    Args:
        view: The answer's parts; answers about the call instead of the task are for `faults`.
        job_id: Whom it is about.
        route: The same id, taken apart.
        now: When the answer came.
        known: The look before, for what this answer leaves out.
    """
    state = state_of(view)
    kind = (known.kind if known else "") or kind_of(view, route)
    unread = view.shape in {Shape.UNKNOWN, Shape.ERROR}
    file_id = file_id_of(view) if state is JobState.SUCCEEDED else ""
    created_at, finished_at = _times(view, state)
    return Job(
        id=job_id,
        provider=PROVIDER,
        state=state,
        native_state=native_state_of(view),
        name=_kept_name(known, route) or prompt_of(view.task) or task_name(kind, route.task_id),
        kind=kind,
        progress=progress_of(view),
        message="The answer has a form that jobtui doesn't know." if unread else _message(view, state),
        error=error_of(view),
        created_at=created_at or (known.created_at if known else None),
        started_at=known.started_at if known else None,
        finished_at=finished_at or (known.finished_at if known else None),
        observed_at=now,
        handle={FILE_ID: file_id} if file_id else {},
    )


def state_of(view: View) -> JobState:
    """Where the task stands: the word's meaning, unless a code or an error beside it says otherwise."""
    state = state_of_word(view.word)
    if view.shape is Shape.WRAPPER and state is JobState.UNKNOWN and view.inner is not None:
        return state_of(view.inner)
    if view.shape is Shape.FLAT and state is JobState.FAILED:
        return state
    meaning = meaning_of(view)
    if meaning is not Meaning.FINE:
        return JobState.FAILED if meaning is Meaning.REJECTED else JobState.UNKNOWN
    if view.shape is Shape.CREATIONS and text_of(view.task.get("err_code")):
        return JobState.FAILED
    if state is JobState.SUCCEEDED and _denies_success(view.task):
        return JobState.FAILED
    return state


def native_state_of(view: View) -> str:
    """The service's word, or what it sends in place of one: a number, else its code."""
    inner = native_state_of(view.inner) if view.inner is not None else ""
    return view.word or inner or _number(view) or view.code


def error_of(view: View) -> JobError | None:
    """Why the task failed, in the service's words; `None` for one that didn't fail.

    A service that says no more than that it failed is quoted with that word: `expired`, `Fail`.
    """
    if state_of(view) is not JobState.FAILED:
        return None
    task, reported = view.task, view.task.get("error")
    fields = object_of(reported)
    inner = error_of(view.inner) if view.inner is not None else None
    code = first_text(fields, "code", "type") or first_text(task, "err_code", "failureCode")
    if not code and meaning_of(view) is not Meaning.FINE:
        code = view.code
    title = first_text(fields, "message") or text_of(reported)
    title = title or first_text(task, "task_status_msg", "fail_reason", "err_msg", "failure")
    if not title and meaning_of(view) is not Meaning.FINE:
        title = view.message
    return JobError(
        code=code or (inner.code if inner else ""),
        title=title or (inner.title if inner else "") or code or view.word,
        request_id=view.request_id,
    )


def progress_of(view: View) -> float | None:
    """The fraction done: services write percent, text with a percent sign, or a fraction; `None` for all else."""
    value = view.task.get("progress")
    scale = 100.0
    if isinstance(value, float) and value <= 1:
        scale = 1.0
    if isinstance(value, str):
        digits = value.strip().removesuffix("%").strip()
        try:
            value = float(digits) if digits.isascii() and len(digits) <= 8 else None
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= scale:
        return None
    return value / scale


def kind_of(view: View, route: Route) -> str:
    """What the task is a run of: the model, where the answer names one, else the vendor as its shape shows it."""
    inner = view.inner.task if view.inner is not None else {}
    if model := first_text(view.task, "model", "model_name") or first_text(inner, "model", "model_name"):
        return model
    if route.prefix:
        return route.prefix if route.prefix == OPENAI_VIDEOS else f"kling/{route.prefix.rpartition('/')[2]}"
    return _VENDORS.get(view.inner.shape if view.inner else view.shape, "")


def kind_of_submit(target: str, payload: JsonObject) -> str:
    """The same for what is being submitted."""
    return first_text(payload, "model", "model_name") or target.strip("/").removeprefix("task/")


def task_name(kind: str, task_id: str) -> str:
    """What a task is called of which only the id is known: what it is a run of, and the id."""
    return f"{kind or 'task'} {task_id}"


def prompt_of(payload: JsonObject) -> str:
    """What a submit or a task says that is wanted, in one line: by that a user tells one picture from the next."""
    texts = (text_of(object_of(part).get("text")) for part in items_of(payload.get("content")))
    words = first_text(payload, "prompt") or first_text(object_of(payload.get("input")), "prompt") or " ".join(texts)
    return " ".join(words[: 4 * _MOST_NAME].split())[:_MOST_NAME]


def _kept_name(known: Job | None, route: Route) -> str:
    """The name that a submit gave, which few answers repeat; empty where the job was only ever named by its id."""
    return "" if known is None or known.name == task_name(known.kind, route.task_id) else known.name


def submitted_id(body: JsonValue) -> str:
    """The id of the task that a submit made, wherever its vendor writes it; empty where there is none."""
    fields = object_of(body)
    data = fields.get("data")
    return (
        first_text(fields, "task_id")
        or first_text(object_of(data), "task_id")
        or first_text(object_of(fields.get("task")), "id")
        or (text_of(data) if text_of(fields.get("code")).lower() == "success" else "")
        or first_text(fields, "id")
        or first_text(object_of(data), "id")
    )


def submitted_job(
    view: View, job_id: JobId, route: Route, kind: str, now: datetime, *, has_result: bool, prompt: str = ""
) -> Job:
    """A task that was just accepted.

    Args:
        view: The answer to the submit.
        job_id: The new job.
        route: Its id, taken apart.
        kind: What it is a run of.
        now: When the answer came.
        has_result: The result came at once, as with image models.
        prompt: What was asked for in words, which the task is then named for.
    """
    name = prompt or task_name(kind, route.task_id)
    first = Job(id=job_id, provider=PROVIDER, state=JobState.QUEUED, name=name, kind=kind, created_at=now)
    if view.word:
        return read_task(view, job_id, route, now, first)
    return Job(
        id=job_id,
        provider=PROVIDER,
        state=JobState.SUCCEEDED if has_result else JobState.QUEUED,
        name=name,
        kind=kind,
        created_at=now,
        finished_at=now if has_result else None,
        observed_at=now,
    )


def moment_of(value: JsonValue) -> datetime | None:
    """A moment, whether in seconds, in milliseconds or as RFC 3339 text."""
    if isinstance(value, str):
        if not value.isascii() or not value.isdecimal() or len(value) > 16:
            return from_rfc3339(value)
        value = int(value)
    if isinstance(value, int | float) and value >= _FIRST_EPOCH_MS:
        return from_epoch_ms(value)
    return from_epoch_s(value)


def _times(view: View, state: JobState) -> tuple[datetime | None, datetime | None]:
    """When the task was made, and when it ended: its last change, once it is over."""
    task = view.task
    made = (task.get(name) for name in ("created_at", "createdAt", "submit_time"))
    created_at = next((moment for value in made if (moment := moment_of(value))), None)
    if not state.is_final:
        return created_at, None
    ends = (task.get(name) for name in ("completed_at", "finish_time", "updated_at"))
    return created_at, next((moment for value in ends if (moment := moment_of(value))), None)


def _number(view: View) -> str:
    """A state that is no text; in a form that isn't known, a `status` may be anything."""
    if view.shape in {Shape.UNKNOWN, Shape.ERROR}:
        return ""
    state = view.task.get("task_status" if view.shape is Shape.KLING else "status")
    return str(state).lower() if isinstance(state, bool) else text_of(state).strip()


def _message(view: View, state: JobState) -> str:
    """Words worth showing beside the state; those of a failure are in its error."""
    if state is JobState.UNKNOWN:
        # "Success" is about the call, and would stand beside a state that nobody knows.
        told = view if meaning_of(view) is not Meaning.FINE else view.inner
        return told.message if told is not None and meaning_of(told) is not Meaning.FINE else ""
    return "" if state is JobState.FAILED else first_text(view.task, "task_status_msg")


def _denies_success(task: JsonObject) -> bool:
    """Some services call every end a success and tell the rest in another field."""
    error = task.get("error")
    return (
        bool(error if isinstance(error, dict) else text_of(error))
        or object_of(task.get("response")).get("success") is False
    )
