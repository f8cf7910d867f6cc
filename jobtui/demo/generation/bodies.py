"""The vendors' answers about a task, written from one look at it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from jobtui.core.times import to_rfc3339
from jobtui.demo.generation.quirks import Quirks
from jobtui.demo.generation.tasks import Fault, Look, Output, Phase, Task

Body = dict[str, object]
"""A JSON object, about to be sent."""

JIMENG_OK = 10000
"""Volcengine's code of success."""

BASE_RESP_MESSAGES = {
    0: "success",
    1000: "unknown error",
    1001: "timeout",
    1002: "rate limit",
    1004: "login fail: Please carry the API secret key in the 'Authorization' field of the request header",
    1008: "insufficient balance",
    1013: "internal error",
    1024: "internal error",
    1026: "input new_sensitive",
    1027: "output new_sensitive",
    1033: "downstream error",
    1039: "token limit",
    1041: "connection limit",
    1042: "invisible character ratio limit",
    2013: "invalid params",
    2038: "real-name verification required",
    2045: "rate growth limit",
    2049: "invalid api key",
    2056: "usage limit exceeded",
}
"""What MiniMax writes beside its codes."""

JIMENG_MESSAGES = {
    JIMENG_OK: "Success",
    50411: "Pre Img Risk Not Pass",
    50412: "Pre Text Risk Not Pass",
    50413: "Text Has Banned Words",
    50429: "Request Has Reached API Limit, Please Try Later",
    50430: "Request Has Reached API Concurrent Limit, Please Try Later",
    50500: "Internal Error",
    50501: "Internal RPC Error",
    50511: "Post Img Risk Not Pass",
    50512: "Post Text Risk Not Pass",
    50516: "Post Video Risk Not Pass",
    50517: "Post Audio Risk Not Pass",
    50518: "Pre Copyright Risk Not Pass",
    50519: "Post Copyright Risk Not Pass",
    50520: "Risk Audit Internal Error",
    50521: "Risk Audit Internal Error",
    50522: "Risk Audit Internal Error",
}
"""What Volcengine writes beside its codes."""

_MINIMAX_WORDS = {
    Phase.PREPARING: "Preparing",
    Phase.QUEUED: "Queueing",
    Phase.RUNNING: "Processing",
    Phase.DONE: "Success",
    Phase.FAILED: "Fail",
}
_JIMENG_WORDS = {
    Phase.PREPARING: "in_queue",
    Phase.QUEUED: "in_queue",
    Phase.RUNNING: "generating",
    Phase.DONE: "done",
    Phase.EXPIRED: "expired",
}
_PLAIN_WORDS = {Phase.DONE: "Success", Phase.FAILED: "Failed", Phase.EXPIRED: "Failed"}
_VIDU_WORDS = {
    Phase.PREPARING: "created",
    Phase.QUEUED: "queueing",
    Phase.RUNNING: "processing",
    Phase.DONE: "success",
    Phase.FAILED: "failed",
}
_SEEDANCE_WORDS = {
    Phase.PREPARING: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "running",
    Phase.DONE: "succeeded",
    Phase.FAILED: "failed",
    Phase.EXPIRED: "expired",
}
_KLING_WORDS = {
    Phase.PREPARING: "submitted",
    Phase.QUEUED: "submitted",
    Phase.RUNNING: "processing",
    Phase.DONE: "succeed",
    Phase.FAILED: "failed",
}
_OPENAI_WORDS = {
    Phase.PREPARING: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "in_progress",
    Phase.DONE: "completed",
    Phase.FAILED: "failed",
}


def base_resp(code: int, detail: str = "") -> Body:
    """MiniMax's verdict on a call; sent with HTTP 200 whatever it says."""
    message = BASE_RESP_MESSAGES.get(code, "unknown error")
    return {"status_code": code, "status_msg": f"{message}, {detail}" if detail else message}


def minimax_query(look: Look, respell: Callable[[str], str]) -> Body:
    """The flat shape: a `file_id` to be turned into a link, never a link itself."""
    code = 0
    if look.phase is Phase.FAILED and look.task.order.fault is Fault.OUTPUT_REJECTED:
        code = 1027
    body: Body = {"task_id": look.task.id, "status": respell(_MINIMAX_WORDS[look.phase]), "file_id": ""}
    if look.phase is Phase.DONE:
        body |= {"file_id": look.task.file_id, "video_width": 320, "video_height": 180}
    return body | {"base_resp": base_resp(code)}


def minimax_file(task: Task, created_at: datetime, link: str, backup_link: str | None) -> Body:
    """The way from a `file_id`, a number here, to a link; `bytes` is 0 as it is at the vendor."""
    file: Body = {
        "file_id": int(task.file_id),
        "bytes": 0,
        "created_at": int(created_at.timestamp()),
        "filename": "output.mp4",
        "purpose": "video_generation",
        "download_url": link,
    }
    if backup_link is not None:
        file["backup_download_url"] = backup_link
    return {"file": file, "base_resp": base_resp(0)}


class Envelope(Struct, frozen=True):
    """What surrounds each of Jimeng's answers."""

    request_id: str
    """For the vendor's support; another one with each call."""
    took: timedelta
    """How long the vendor says that the call took."""
    plain: bool = False
    """Whether to spell it as the gateway's own text does: code 0, `Success`."""

    def around(self, code: int, data: Body | None, message: str | None = None) -> Body:
        """The whole answer; errors carry no data."""
        if code == JIMENG_OK and self.plain:
            code, message = 0, ""
        return {
            "code": code,
            "data": data,
            "message": JIMENG_MESSAGES.get(code, "Internal Error") if message is None else message,
            "request_id": self.request_id,
            "status": code,
            "time_elapsed": f"{self.took / timedelta(milliseconds=1):.6g}ms",
        }


def jimeng_query(look: Look, envelope: Envelope, respell: Callable[[str], str]) -> Body:
    """The envelope shape: links or base64 in `data`, and details as JSON in a string.

    A failure is no look of this kind, but an error: see `jimeng_failure_code`. Only the plain spelling has a word.
    """
    word = _PLAIN_WORDS.get(look.phase, "Processing") if envelope.plain else _JIMENG_WORDS[look.phase]
    if look.phase is Phase.EXPIRED:
        return envelope.around(JIMENG_OK, {"status": respell(word)})
    shows_pictures = look.phase is Phase.DONE and look.task.order.output is Output.IMAGE_LINKS
    shows_video = look.phase is Phase.DONE and look.task.order.output is Output.VIDEO
    details = {"seed": look.task.plan.seed % 2**31, "infer_ctx": {"steps": 4, "req_key": look.task.order.model}}
    data: Body = {
        "status": respell(word),
        "resp_data": json.dumps(details, separators=(",", ":")) if look.phase is Phase.DONE else "",
        "video_url": look.links[0] if shows_video else "",
        "image_urls": list(look.links) if shows_pictures else None,
        "binary_data_base64": list(look.base64_images),
    }
    return envelope.around(JIMENG_OK, data)


def jimeng_failure_code(task: Task) -> int:
    """The code that every answer about a failed task carries."""
    # Not 50500: that one speaks of the call, and a client asks again.
    return 50511 if task.order.fault is Fault.OUTPUT_REJECTED else 50516


def jimeng_http_status(code: int) -> int:
    """The HTTP status that Volcengine itself sends with a code."""
    return {JIMENG_OK: 200, 0: 200, 50429: 429, 50430: 429, 50500: 500, 50501: 500}.get(code, 400)


def jimeng_not_found(envelope: Envelope, respell: Callable[[str], str]) -> Body:
    """The answer about an id that Jimeng never gave out, or has forgotten."""
    data: Body = {
        "status": respell("not_found"),
        "resp_data": "",
        "video_url": "",
        "image_urls": None,
        "binary_data_base64": None,
    }
    return envelope.around(JIMENG_OK, data)


def vidu_submitted(task: Task) -> Body:
    """Vidu's answer to a submit."""
    return {
        "task_id": task.id,
        "type": task.order.kind,
        "state": "created",
        "model": task.order.model,
        "prompt": task.order.prompt,
        "created_at": to_rfc3339(task.plan.created_at),
    }


def vidu_query(look: Look, respell: Callable[[str], str]) -> Body:
    """The creations shape."""
    creations: list[Body] = []
    if look.phase is Phase.DONE:
        video, cover = look.links
        creations.append({"id": f"{look.task.id}0", "url": video, "cover_url": cover, "watermarked_url": ""})
    return {
        "id": look.task.id,
        "state": respell(_VIDU_WORDS[look.phase]),
        "err_code": "CreationPolicyViolation" if look.phase is Phase.FAILED else "",
        "creations": creations,
    }


def seedance_query(look: Look, respell: Callable[[str], str]) -> Body:
    """The content shape."""
    body: Body = {
        "id": look.task.id,
        "model": look.task.order.model,
        "status": respell(_SEEDANCE_WORDS[look.phase]),
        "created_at": int(look.task.plan.created_at.timestamp()),
        "updated_at": int(look.updated_at.timestamp()),
    }
    if look.phase is Phase.DONE:
        tokens = 900 + look.task.plan.seed % 60_000
        body["content"] = {"video_url": look.links[0]}
        body["usage"] = {"completion_tokens": tokens, "total_tokens": tokens}
    if look.phase is Phase.FAILED:
        message = "The output video may contain sensitive information."
        body["error"] = {"code": "OutputVideoSensitiveContentDetected", "message": message}
    return body


def kling_reply(look: Look, request_id: str, respell: Callable[[str], str]) -> Body:
    """Kling's own shape, for submits and queries alike; times are milliseconds."""
    data: Body = {
        "task_id": look.task.id,
        "task_status": respell(_KLING_WORDS[look.phase]),
        "task_status_msg": "Failure to pass the risk control system" if look.phase is Phase.FAILED else "",
        "created_at": int(look.task.plan.created_at.timestamp() * 1000),
        "updated_at": int(look.updated_at.timestamp() * 1000),
    }
    if look.phase is Phase.DONE:
        data["task_result"] = {"videos": [{"id": f"v{look.task.id}", "url": look.links[0], "duration": "2.0"}]}
    return {"code": 0, "message": "SUCCEED", "request_id": request_id, "data": data}


def openai_video(look: Look, quirks: Quirks) -> Body:
    """OpenAI's video object, for submits, queries and lists alike."""
    order, plan = look.task.order, look.task.plan
    failure = {"code": "moderation_blocked", "message": "Your request was blocked by our moderation system."}
    is_done = look.phase is Phase.DONE
    return {
        "id": look.task.id,
        "object": "video",
        "model": order.model,
        "status": quirks.respell(_OPENAI_WORDS[look.phase]),
        "progress": 100 if is_done else int(look.fraction * 100),
        "created_at": int(plan.created_at.timestamp()),
        "completed_at": int(look.updated_at.timestamp()) if is_done else None,
        "expires_at": int((look.updated_at + quirks.link_lifetime).timestamp()) if is_done else None,
        "prompt": order.prompt,
        "seconds": order.seconds,
        "size": order.size,
        "error": failure if look.phase is Phase.FAILED else None,
    }
