"""MiniMax's second video API: everything about a task inside `task`, and errors with HTTP codes of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from jobtui.demo.generation.bodies import Body
from jobtui.demo.generation.tasks import Fault, Look, Phase

RECORD_LIFETIME = timedelta(days=7)
"""How long a task is known after its end."""

STATUS_WORDS = {
    Phase.PREPARING: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "running",
    Phase.DONE: "succeeded",
    Phase.FAILED: "failed",
    Phase.CANCELLED: "cancelled",
}
"""The API's word for each phase; nothing expires here but the record."""

_ERROR_STATUSES = {
    "bad_request_error": 400,
    "authorized_error": 401,
    "unprocessable_entity_error": 422,
    "rate_limit_error": 429,
    "server_error": 500,
}
_FAULTS = {Fault.OUTPUT_REJECTED: ("1027", "output sensitive"), Fault.UNEXPLAINED: ("1000", "unknown error")}
_PAGE_SIZE = 10
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


def task_fields(look: Look, respell: Callable[[str], str] = str) -> Body:
    """What stands inside `task`, and in each item of a list."""
    task, is_done = look.task, look.phase is Phase.DONE
    fields: Body = {"id": task.id, "model": task.order.model, "status": respell(STATUS_WORDS[look.phase])}
    if look.phase is Phase.FAILED:
        code, message = _FAULTS[task.order.fault or Fault.UNEXPLAINED]
        fields["error"] = {"code": code, "message": message}
    fields |= {"created_at": int(task.plan.created_at.timestamp()), "updated_at": int(look.updated_at.timestamp())}
    if is_done:
        fields["content"] = {"url": look.links[0]}
    seconds = int(task.order.seconds)
    return fields | {
        "resolution": task.order.size,
        "duration": seconds,
        "ratio": task.order.ratio,
        "task_type": "generation",
        "modality": "video",
        "usage": {"total_seconds": seconds, "output_seconds": seconds} if is_done else {},
    }


def page_of(looks: Sequence[Look], query: Mapping[str, str]) -> Body:
    """One page of the list, as `page_num`, `page_size` and `filter.status` want it."""
    status = query.get("filter.status", "")
    wanted = [look for look in looks if status in ("", STATUS_WORDS[look.phase])]
    number, size = _number(query, "page_num", 1), _number(query, "page_size", _PAGE_SIZE)
    page = wanted[(number - 1) * size : number * size]
    return {"items": [task_fields(look) for look in page], "total": len(wanted)}


def error(kind: str, message: str, request_id: str) -> tuple[int, Body]:
    """HTTP status and body of a refusal; the body repeats the status as text."""
    status = _ERROR_STATUSES[kind]
    named: Body = {"type": kind, "message": message, "http_code": str(status)}
    return status, {"type": "error", "error": named, "request_id": request_id}


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if _NUMBER.fullmatch(text) else default
