"""Telling the shapes of answers apart that come back from one path."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.json_fields import first_text, object_of, text_of


class Shape(Enum):
    """Whose answer it is, by its form alone."""

    ENVELOPE = "envelope"
    """`code` and `data`: Jimeng, and every vendor's refusal in that form."""
    FLAT = "flat"
    """`status` as text beside `base_resp`: MiniMax v1."""
    CREATIONS = "creations"
    """`state` and `creations`: Vidu."""
    CONTENT = "content"
    """`status` as text beside `content` or `model`: Seedance, and OpenAI's video object."""
    TASK = "task"
    """Everything inside `task`: MiniMax v2."""
    KLING = "kling"
    """An envelope with `data.task_status`."""
    WRAPPER = "wrapper"
    """The gateway's record of a task, with the vendor's whole answer in `data.data`."""
    ERROR = "error"
    """A refused call, in one of the forms that gateways and MiniMax v2 have for it."""
    UNKNOWN = "unknown"


class View(Struct, frozen=True):
    """An answer with its parts found, whatever its shape."""

    shape: Shape
    body: JsonObject
    """The whole answer; empty where it was no object."""
    task: JsonObject
    """The part that holds the task's own fields."""
    word: str = ""
    """The service's word for the state; empty where there is none, or none that is text."""
    code: str = ""
    """The code of the call, as text; empty where there is none."""
    message: str = ""
    """The words beside the code."""
    request_id: str = ""
    inner: View | None = None
    """The vendor's own answer inside a wrapper."""


def view_of(body: JsonValue) -> View:
    """Find the parts of an answer; the order of the questions matters, since the shapes share names.

    An `error` beside a task's state is the task's, not the call's: so it is asked for last.
    """
    if not isinstance(body, dict):
        return View(Shape.UNKNOWN, {}, {})
    request_id = first_text(body, "request_id", "trace_id")
    if isinstance(task := body.get("task"), dict):
        return View(Shape.TASK, body, task, _word(task, "status"), request_id=request_id)
    base_resp = body.get("base_resp")
    word = _word(body, "status")
    if isinstance(base_resp, dict) or (
        isinstance(body.get("status"), str) and ("file_id" in body or "task_id" in body)
    ):
        verdict = object_of(base_resp)
        code, message = text_of(verdict.get("status_code")), text_of(verdict.get("status_msg"))
        return View(Shape.FLAT, body, body, word, code, message, request_id)
    if text_of(body.get("code")) and isinstance(body.get("data"), dict | str | None):
        return _envelope(body, request_id)
    if state := _word(body, "state"):
        return View(Shape.CREATIONS, body, body, state, request_id=request_id)
    if word and (isinstance(body.get("content"), dict) or body.get("model") or body.get("object") == "video"):
        return View(Shape.CONTENT, body, body, word, request_id=request_id)
    return _refusal(body, request_id)


def _envelope(body: JsonObject, request_id: str) -> View:
    code, message = text_of(body.get("code")), first_text(body, "message", "msg")
    data = object_of(body.get("data"))
    if "task_status" in data:
        return View(Shape.KLING, body, data, _word(data, "task_status"), code, message, request_id)
    # Before the plain envelope, which has a `data.status` too.
    if isinstance(body.get("code"), str) and isinstance(inner := data.get("data"), dict):
        return View(Shape.WRAPPER, body, data, _word(data, "status"), code, message, request_id, view_of(inner))
    return View(Shape.ENVELOPE, body, data, _word(data, "status"), code, message, request_id)


def _refusal(body: JsonObject, request_id: str) -> View:
    error = body.get("error")
    if isinstance(error, dict):
        code, message = first_text(error, "code", "type"), text_of(error.get("message"))
    elif isinstance(error, str) and error:
        code, message = "", error
    elif detail := first_text(body, "detail"):
        code, message = "", detail
    else:
        return View(Shape.UNKNOWN, body, body, request_id=request_id)
    return View(Shape.ERROR, body, body, code=code, message=message, request_id=request_id)


def _word(fields: JsonObject, name: str) -> str:
    """Text only: the same name holds a number in another shape."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""
