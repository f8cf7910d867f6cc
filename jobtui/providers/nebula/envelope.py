"""The envelope around every answer, `{code, message, data}`, and what its codes mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

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
from jobtui.providers.http import WEB_PAGE_HINT, Answer, raise_for_status
from jobtui.providers.json_fields import object_of, text_of


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
    """At a list or at the service."""
    JOB = 2
    """At one job, or to cancel it."""
    RESULT = 3
    """At a task's rows."""
    SUBMIT = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its envelope opened."""

    answer: Answer
    code: int | None
    """`None` where there is no envelope, which only an answer other than 2xx may lack."""
    message: str
    """The error's name, perhaps with details: branch on `code` instead."""
    content: JsonValue
    """What `data` holds."""

    @property
    def session_is_lost(self) -> bool:
        """Whether signing in again may help."""
        return self.answer.status == 401 or _status_of(self.code) == 401

    def data(self, what: str, purpose: Purpose) -> JsonObject:
        """The data of a success; empty where the service sent none.

        Args:
            what: What was wanted, as the start of a sentence.
            purpose: Settles what the codes stand for.

        Raises:
            ProviderError: The kind that the code or, without one, the HTTP status stands for.
        """
        self._raise_for_code(what, purpose)
        status = self.answer.status
        if self.answer.is_success and self.code != Code.SUCCESS:
            status = _status_of(self.code)
        if not status:
            raise ProtocolError(
                f"{what}: the service sent code {self.code}, which isn't known ({self.message or 'no message'})",
                code=str(self.code),
                http_status=self.answer.status,
            )
        raise_for_status(
            replace(self.answer, status=status),
            what=what,
            code="" if self.code is None else str(self.code),
            message=self.message if self.code else "",
            detail=self.message.partition("::")[2],
            refused=InvalidInput if purpose is Purpose.SUBMIT else ProviderRefused,
            not_found=JobNotFound if purpose is Purpose.JOB else ProviderRefused,
        )
        return object_of(self.content)

    def _raise_for_code(self, what: str, purpose: Purpose) -> None:
        kind: type[ProviderError] | None = None
        hint = ""
        if self.code == Code.DATABASE:
            kind, hint = _DATABASE[purpose]
        elif self.code == Code.CONTROLLER:
            kind, hint = _CONTROLLER[purpose]
        elif self.code == Code.NOT_FOUND and purpose is Purpose.SUBMIT:
            kind, hint = _DATABASE[purpose]
        elif self.code == Code.LICENSE:
            kind, hint = ProviderRefused, "The licence of the service isn't valid."
        elif self.code == Code.NOT_IMPLEMENTED:
            kind = NotOffered
        if kind is not None:
            raise kind(
                f"{what}: {self.message or self.code}",
                hint=hint,
                code=str(self.code),
                detail=self.message.partition("::")[2],
                http_status=self.answer.status,
            )


_DATABASE: dict[Purpose, tuple[type[ProviderError], str]] = {
    Purpose.LOOK: (ProviderBusy, "The service's own database failed, or a configured workflow doesn't exist."),
    Purpose.JOB: (JobNotFound, "The service most likely knows no job of that id."),
    Purpose.RESULT: (ProviderRefused, "The service most likely knows no such job or task."),
    Purpose.SUBMIT: (InvalidInput, "The service most likely knows no workflow of that id."),
}
_CONTROLLER: dict[Purpose, tuple[type[ProviderError], str]] = {
    Purpose.LOOK: (ProviderBusy, "The Dag Controller may be down."),
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


def _status_of(code: int | None) -> int:
    """The HTTP status in a code's first three digits; 0 where there is none."""
    category = (code or 0) // 100_000
    if category == 900:
        return 500
    return category if 400 <= category < 600 else 0


def _whole(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
