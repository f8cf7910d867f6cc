"""Answers of a described API and the program's words for them; no I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime

from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    ProtocolError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    RateLimited,
    SignInRefused,
    UsageError,
)
from jobtui.core.jobs import Job, JobError, JobId, JsonObject, JsonValue, checked_native_id
from jobtui.core.states import JobState
from jobtui.core.times import from_epoch_ms, from_epoch_s, from_rfc3339
from jobtui.providers.answer import Answer, parse_json, quoted, raise_for_status, retry_after_s
from jobtui.providers.json_fields import items_of
from jobtui.providers.rest.description import ApiDescription
from jobtui.providers.rest.expression import Expression, Scope, plain_text
from jobtui.providers.rest.model import TARGET, Call, ErrorClass, ErrorReading, JobReading, ListCall, Reading
from jobtui.providers.state_words import normal_form, state_of_word

PROVIDER = "http"
"""The key of this provider in settings and jobs."""

_LONGEST_VALUE = 4096
_LONGEST_MESSAGE = 2000
_LOG_END = 16_384
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%")
_KINDS: Mapping[ErrorClass, type[ProviderError]] = {
    ErrorClass.BUSY: ProviderBusy,
    ErrorClass.RATE_LIMITED: RateLimited,
    ErrorClass.SIGN_IN: SignInRefused,
    ErrorClass.NOT_FOUND: JobNotFound,
    ErrorClass.INVALID_INPUT: InvalidInput,
    ErrorClass.REFUSED: ProviderRefused,
}


def values_of(job_id: JobId, known: Job | None) -> JsonObject:
    """What is known of a job for expressions and placeholders: its id and what was captured."""
    return {**(known.handle if known else {}), "id": job_id.native}


def scope_of(answer: Answer, values: JsonObject, call: Call) -> Scope:
    """What expressions see of an answer; an empty body is null, and so is one of a refusal that isn't JSON.

    Raises:
        ProtocolError: A good answer isn't JSON.
    """
    body: JsonValue = None
    if answer.body.strip():
        try:
            body = answer.json()
        except ProtocolError:
            if call.accepts(answer.status):
                raise
    return Scope(body, answer.headers, answer.status, values)


def raise_for_answer(
    reading: Reading,
    scope: Scope,
    answer: Answer,
    call: Call,
    *,
    what: str,
    refused: type[ProviderRefused] = ProviderRefused,
    not_found: type[ProviderRefused] = ProviderRefused,
) -> bool:
    """Raise what an answer says about the call.

    Returns:
        Whether it says that the job, not the call, has failed.
    """
    error = reading.error
    is_good = call.accepts(answer.status)
    if is_good and not (error.when and error.when.holds(scope)):
        return False
    told = error_of(error, scope)
    error_class = _class_of(error, scope, told.code)
    if error_class is ErrorClass.JOB_FAILED:
        return True
    if error_class is None and not is_good:
        raise_for_status(
            answer,
            what=what,
            code=told.code,
            message=told.title,
            detail=told.detail,
            request_id=told.request_id,
            refused=refused,
            not_found=not_found,
        )
        raise ProtocolError(f"{what}: HTTP {answer.status} isn't promised", http_status=answer.status)
    kind = _KINDS[error_class or ErrorClass.REFUSED]
    fault = kind(
        f"{what}: {quoted(told.title) or told.code or 'the service refused'}",
        code=told.code,
        detail=told.detail,
        http_status=answer.status,
        request_id=told.request_id,
    )
    raise fault.after(retry_after_s(answer)) if isinstance(fault, ProviderBusy) else fault


def error_of(error: ErrorReading, scope: Scope) -> JobError:
    """What an answer tells about an error; empty where it tells nothing."""
    return JobError(
        code=error.code.text_in(scope)[:_LONGEST_MESSAGE],
        title=error.message.text_in(scope)[:_LONGEST_MESSAGE],
        detail=_text(error.detail, scope),
        request_id=error.request_id.text_in(scope)[:_LONGEST_MESSAGE],
    )


def read_job(
    api: ApiDescription,
    scope: Scope,
    job_id: JobId,
    now: datetime,
    known: Job | None = None,
    *,
    has_failed: bool = False,
    submitted_as: str | None = None,
) -> Job:
    """One look at a job.

    Args:
        api: How its answers are read.
        scope: The answer, or one item of a list.
        job_id: Whom it is about.
        now: When the answer came.
        known: The look before, for what this answer leaves out.
        has_failed: The answer says so by an error.
        submitted_as: The target of one that was just submitted: without any word it is queued.

    Raises:
        JobNotFound: The word for the state says so.
    """
    reading = api.reading_of(scope)
    job = reading.job
    word = job.state.text_in(scope).strip()
    if normal_form(word) in api.lost_words:
        raise JobNotFound(f"the service says {word!r} of {job_id.native}")
    state = _state(api, job, scope, word)
    if has_failed:
        state = JobState.FAILED
    elif submitted_as is not None and not word and state is JobState.UNKNOWN:
        state = JobState.QUEUED
    captured = _captured(api, scope)
    handle = {**({TARGET: submitted_as} if submitted_as else {}), **(known.handle if known else {}), **captured}
    kind = _text(job.kind, scope) or (known.kind if known else "") or handle.get(TARGET, "")
    created_at, started_at, finished_at = (
        _moment(expression, job, scope) for expression in (job.created_at, job.started_at, job.finished_at)
    )
    return Job(
        id=job_id,
        provider=PROVIDER,
        state=state,
        native_state=word,
        name=_text(job.name, scope) or (known.name if known else "") or job_name(kind, job_id.native),
        kind=kind,
        progress=_progress(job, scope),
        message=_text(job.message, scope),
        error=_job_error(reading.error, scope, word) if state is JobState.FAILED else None,
        created_at=created_at or (known.created_at if known else None),
        started_at=started_at or (known.started_at if known else None),
        finished_at=finished_at or (known.finished_at if known else None),
        observed_at=now,
        can_cancel=api.cancel is not None and state in api.cancel.states,
        handle=handle,
    )


def native_id_of(api: ApiDescription, scope: Scope) -> str:
    """The id that an answer gives; empty where it gives none that can be used."""
    try:
        return checked_native_id(api.reading_of(scope).job.id.text_in(scope))
    except UsageError:
        return ""


def log_in(api: ApiDescription, body: bytes, job_id: JobId, known: Job | None = None) -> str:
    """What a job has written, in a body that was kept; empty where there is no log."""
    try:
        scope = Scope(parse_json(body), values=values_of(job_id, known))
    except ProtocolError:
        return ""
    found = found_log(api, scope)
    if isinstance(found, list):
        return "\n".join(plain_text(line).removesuffix("\n") for line in found)
    return plain_text(found)


def found_log(api: ApiDescription, scope: Scope) -> JsonValue:
    """What a job has written, as it stands in an answer; `None` where there is no log."""
    log = api.reading_of(scope).job.log
    return log.read(scope) if log else None


def job_name(kind: str, native: str) -> str:
    """What a job without a name is called: what it is a run of, and the last part of its id."""
    return f"{kind} {native.rstrip('/').rpartition('/')[2]}".strip()


def items_on_page(listing: ListCall, scope: Scope) -> list[JsonValue]:
    """The jobs of a page, as the answer has them."""
    return items_of(listing.items.read(scope))


def total_of(listing: ListCall, scope: Scope) -> int | None:
    """How many jobs there are in all; `None` where the answer doesn't tell."""
    total = plain_text(listing.total.read(scope)) if listing.total else ""
    return int(total) if total.isascii() and total.isdecimal() and len(total) <= 15 else None


def _class_of(error: ErrorReading, scope: Scope, code: str) -> ErrorClass | None:
    return next((rule.error_class for rule in error.rules if rule.fits(code, scope)), None)


def _state(api: ApiDescription, job: JobReading, scope: Scope, word: str) -> JobState:
    if job.failed_when is not None and job.failed_when.holds(scope):
        return JobState.FAILED
    return api.words.get(normal_form(word)) or state_of_word(word)


def _job_error(error: ErrorReading, scope: Scope, word: str) -> JobError:
    told = error_of(error, scope)
    # A service that says no more than that it failed is quoted with that word.
    title = told.title or told.code or word
    return JobError(code=told.code, title=title, detail=told.detail, request_id=told.request_id)


def _captured(api: ApiDescription, scope: Scope) -> dict[str, str]:
    texts = {name: expression.text_in(scope) for name, expression in api.captures.items()}
    return {name: text for name, text in texts.items() if text and len(text) <= _LONGEST_VALUE}


def _text(expression: Expression | None, scope: Scope) -> str:
    return expression.text_in(scope)[:_LONGEST_MESSAGE] if expression else ""


def _progress(job: JobReading, scope: Scope) -> float | None:
    value = job.progress.read(scope) if job.progress else None
    if isinstance(value, str):
        if job.progress_scale == "text":
            # The last one: logs grow at their end.
            found = _PERCENT.findall(value[-_LOG_END:])
            value = float(found[-1]) if found else None
        else:
            value = _number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    most = 1 if job.progress_scale == "fraction" else 100
    return value / most if 0 <= value <= most else None


def _number(text: str) -> float | None:
    digits = text.strip().removesuffix("%").strip()
    try:
        number = float(digits) if len(digits) <= 24 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _moment(expression: Expression | None, job: JobReading, scope: Scope) -> datetime | None:
    value = expression.read(scope) if expression else None
    if job.times == "rfc3339":
        moment = from_rfc3339(value)
        if moment and isinstance(value, str) and job.utc_offset and not _tells_offset(value):
            return moment - job.utc_offset
        return moment
    if isinstance(value, str):
        value = _number(value)
    return from_epoch_ms(value) if job.times == "ms" else from_epoch_s(value)


def _tells_offset(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is not None
