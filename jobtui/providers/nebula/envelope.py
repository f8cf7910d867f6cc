"""The envelope around every answer, `{code, message, data}`, and what its codes mean."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from msgspec import Struct

from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    NotOffered,
    ProtocolError,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
)
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.answer import quoted
from jobtui.providers.http import WEB_PAGE_HINT, Answer, raise_for_status, retry_after_s, status_phrase
from jobtui.providers.json_fields import is_whole, object_of, text_of


class Code(IntEnum):
    """Codes that mean more than their first three digits, which are an HTTP status."""

    SUCCESS = 0
    BAD_REQUEST = 40004000
    PARAM = 40004001
    SESSION = 40104001
    NOT_FOUND = 40404000
    DATABASE = 50004001
    """Explorer's own database; in practice the answer for a job or workflow that doesn't exist."""
    CONTROLLER = 50004002
    """The Dag Controller said no: a parameter is missing, nothing to cancel, or it is down."""
    LICENSE = 50004003
    NOT_IMPLEMENTED = 50104000


class Purpose(IntEnum):
    """What a call was for: one code means different things to different calls."""

    LOOK = 1
    """At the list of all jobs or at the service."""
    WORKFLOW = 2
    """At the list of one workflow's jobs."""
    JOB = 3
    """At one job, or to cancel it."""
    RESULT = 4
    """At a task's rows."""
    SUBMIT = 5


class Reply(Struct, frozen=True):
    """An answer with its envelope opened."""

    answer: Answer
    code: int | None
    """`None` where there is no envelope, which only an answer other than 2xx may lack."""
    message: str
    """The error's name, perhaps with details: branch on `code` instead."""
    content: JsonValue
    """What `data` holds."""

    @property
    def status(self) -> int:
        """The HTTP status that the answer stands for: its code's, and the one it came with only where no code tells.

        0 for a success by HTTP with a code that means nothing.
        """
        if not self.code:
            return self.answer.status
        return _status_of(self.code) or (0 if self.answer.is_success else self.answer.status)

    @property
    def session_is_lost(self) -> bool:
        """Whether signing in again may help."""
        return self.status == 401

    def data(self, what: str, purpose: Purpose) -> JsonObject:
        """The data of a success; empty where the service sent none.

        Args:
            what: What was wanted, as the start of a sentence.
            purpose: Settles what the codes stand for.

        Raises:
            ProviderError: The kind that the code or, without one, the HTTP status stands for.
        """
        self._raise_for_purpose(what, purpose)
        if not self.status:
            raise ProtocolError(
                f"{what}: the service sent code {self.code}, which isn't known: {quoted(self.message) or 'no message'}",
                code=str(self.code),
                http_status=self.answer.status,
            )
        raise_for_status(
            replace(self.answer, status=self.status),
            what=what,
            code="" if self.code is None else str(self.code),
            message=self.message if self.code else "",
            detail=self.message.partition("::")[2],
            refused=InvalidInput if purpose is Purpose.SUBMIT else ProviderRefused,
            not_found=JobNotFound if purpose is Purpose.JOB else ProviderRefused,
        )
        return object_of(self.content)

    def _raise_for_purpose(self, what: str, purpose: Purpose) -> None:
        """Raise what means more than its status does, or something else for this call than for others."""
        kind: type[ProviderError] | None = None
        hint = ""
        if self.code == Code.DATABASE or (self.code == Code.NOT_FOUND and purpose is not Purpose.LOOK):
            kind, hint = _DATABASE[purpose]
        elif self.code == Code.CONTROLLER:
            kind, hint = _CONTROLLER[purpose]
        elif self.code == Code.LICENSE:
            kind, hint = ProviderRefused, "The licence of the service isn't valid."
        elif self.code == Code.NOT_IMPLEMENTED:
            kind = NotOffered
        elif self.status == 403 and purpose in {Purpose.JOB, Purpose.RESULT}:
            # One job that this user may not see says nothing about the credential, which all other jobs need.
            kind, hint = ProviderRefused, "The job may be another user's."
        if kind is not None:
            words = (quoted(self.message) or str(self.code)) if self.code else status_phrase(self.status)
            error = kind(
                f"{what}: {words}",
                hint=hint,
                code=str(self.code or ""),
                detail=self.message.partition("::")[2],
                http_status=self.answer.status,
            )
            raise error.after(retry_after_s(self.answer)) if isinstance(error, ProviderBusy) else error


_DATABASE: dict[Purpose, tuple[type[ProviderError], str]] = {
    Purpose.LOOK: (ProviderBusy, "The service's own database failed."),
    Purpose.WORKFLOW: (ProviderRefused, "The service most likely knows no workflow of that id."),
    Purpose.JOB: (JobNotFound, "The service most likely knows no job of that id."),
    Purpose.RESULT: (ProviderRefused, "The service most likely knows no such job or task."),
    Purpose.SUBMIT: (InvalidInput, "The service most likely knows no workflow of that id."),
}
_CONTROLLER: dict[Purpose, tuple[type[ProviderError], str]] = {
    Purpose.LOOK: (ProviderBusy, "The Dag Controller may be down."),
    Purpose.WORKFLOW: (ProviderBusy, "The Dag Controller may be down."),
    Purpose.JOB: (ProviderRefused, "The Dag Controller refused: the job may be over, or the controller down."),
    Purpose.RESULT: (ProviderRefused, "There are no rows to read, or the Dag Controller is down."),
    Purpose.SUBMIT: (
        InvalidInput,
        "A parameter that the workflow needs may be missing, or the Dag Controller is down.",
    ),
}


def opened(answer: Answer) -> Reply:
    """Open the envelope.

    Raises:
        ProtocolError: A success without an envelope, such as Explorer's web page.
    """
    try:
        body = answer.json_object()
    except ProtocolError:
        if answer.is_success:
            raise
        # A proxy in between speaks in pages; its status says enough.
        return Reply(answer, None, "", None)
    code = _whole(body.get("code"))
    if code is None and answer.is_success:
        raise ProtocolError("the answer has no code, so it isn't from this API", hint=WEB_PAGE_HINT, http_status=200)
    return Reply(answer, code, text_of(body.get("message")), body.get("data"))


def _status_of(code: int) -> int:
    """The HTTP status in a code's first three digits; 0 where there is none."""
    category = code // 100_000
    if category == 900:
        return 500
    return category if 400 <= category < 600 else 0


def _whole(value: JsonValue) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_whole(value):
        return None
    return int(value)
