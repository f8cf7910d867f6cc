"""A described API taken apart: its calls and the expressions that read its answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct, field

from jobtui.core.states import JobState
from jobtui.providers.rest.expression import Expression, Scope
from jobtui.providers.rest.template import BodyTemplate, PathTemplate, Template

TARGET = "target"
"""Known of every job that was submitted here: what was given as TARGET."""


class ErrorClass(StrEnum):
    """What an error means for the caller."""

    BUSY = "busy"
    """Later it may work."""
    RATE_LIMITED = "rate_limited"
    SIGN_IN = "sign_in"
    NOT_FOUND = "not_found"
    """There is no such job."""
    INVALID_INPUT = "invalid_input"
    JOB_FAILED = "job_failed"
    """The call is fine, the job isn't."""
    REFUSED = "refused"


class ErrorRule(Struct, frozen=True):
    """How one class of errors is recognised."""

    error_class: ErrorClass
    codes: frozenset[str] = frozenset()
    when: Expression | None = None

    def fits(self, code: str, scope: Scope) -> bool:
        """Whether the error is of this class."""
        return code in self.codes or (self.when is not None and self.when.holds(scope))


class ErrorReading(Struct, frozen=True):
    """How an error is told."""

    code: Expression
    message: Expression
    request_id: Expression
    detail: Expression | None = None
    when: Expression | None = None
    """Holds for an answer that is an error in spite of a good HTTP status."""
    rules: tuple[ErrorRule, ...] = ()


USUAL_ERROR = ErrorReading(
    code=Expression("error.code || error.type || code || error_code"),
    message=Expression("error.message || message || detail || title || msg || error"),
    request_id=Expression("request_id || requestId || header('x-request-id')"),
)
"""Where most APIs tell it."""


class JobReading(Struct, frozen=True):
    """How a job is told."""

    id: Expression
    state: Expression
    failed_when: Expression | None = None
    """Turns any state into failed."""
    name: Expression | None = None
    kind: Expression | None = None
    message: Expression | None = None
    progress: Expression | None = None
    progress_scale: str = "percent"
    log: Expression | None = None
    """What the job has written: a text, or a list of lines. Sees the body alone: of it no more is kept."""
    created_at: Expression | None = None
    started_at: Expression | None = None
    finished_at: Expression | None = None
    times: str = "rfc3339"
    utc_offset: timedelta = timedelta(0)
    """Of times without an offset."""


class ArtifactRule(Struct, frozen=True):
    """One kind of thing that a result may hold."""

    form: str
    """One of `ARTIFACT_FORMS`."""
    expression: Expression | None = None
    path: PathTemplate | None = None
    query: Mapping[str, Template] = field(default_factory=dict)
    when: Expression | None = None
    role: str = ""
    media_type: str = ""
    """What the service leaves open."""
    lifetime: timedelta | None = None
    """How long its link works, from the job's end."""


ARTIFACT_FORMS = ("url", "auto", "base64", "hex", "text", "json", "file_id", "path")
"""url: one or several links or data URIs; auto: any JSON with links in it; path: a call that answers the bytes."""


class Reading(Struct, frozen=True):
    """How an answer of one form is read."""

    job: JobReading
    error: ErrorReading
    artifacts: tuple[ArtifactRule, ...]


class Call(Struct, frozen=True):
    """One request."""

    method: str
    path: PathTemplate | None
    url: Template | None
    """A captured URL, taken while it is known; else `path` is."""
    query: Mapping[str, Template]
    headers: Mapping[str, Template]
    body: BodyTemplate | None
    ok: frozenset[int]
    """HTTP statuses of a good answer; empty for all from 200 to 299."""

    def accepts(self, status: int) -> bool:
        """Whether an answer of this status is a good one."""
        return status in self.ok if self.ok else 200 <= status < 300


class CancelCall(Struct, frozen=True):
    """Asking for a job to end."""

    call: Call
    states: frozenset[JobState]
    """In which it may be sent: for other states some APIs delete the job instead."""
    refused: frozenset[int]
    """HTTP statuses of a job that is over already."""
    accepted: Expression | None
    """Holds for a body that says yes; without it the status does."""


class ListCall(Struct, frozen=True):
    """Asking for a page of jobs."""

    call: Call
    items: Expression
    total: Expression | None
    next: Expression | None
    """A cursor or URL; nothing on the last page."""
    page_size: int
    """Items of a full page; 0 where that says nothing."""

    @property
    def follows_links(self) -> bool:
        """Whether `next` finds URLs: nothing of the call takes a cursor."""
        return not any("cursor" in template.names for template in self.call.query.values())


class Auth(Struct, frozen=True):
    """Where the token goes."""

    header: str = "authorization"
    prefix: str = "Bearer "
    query: str = ""
    """A query parameter in place of the header."""
