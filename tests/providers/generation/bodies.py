"""The vendors' documented example bodies; all values in them are invented."""

from __future__ import annotations

import base64

from jobtui.core.jobs import JsonObject

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)
PNG_BASE64 = base64.b64encode(PNG).decode()

JIMENG_QUEUED: JsonObject = {
    "code": 10000,
    "data": {"status": "in_queue", "resp_data": "", "video_url": "", "image_urls": None, "binary_data_base64": []},
    "status": 10000,
    "message": "Success",
    "request_id": "20261122090000AA01",
    "time_elapsed": "18.204ms",
}
JIMENG_RUNNING: JsonObject = {
    "code": 10000,
    "data": {
        "status": "generating",
        "resp_data": "",
        "video_url": "",
        "image_urls": None,
        "binary_data_base64": None,
    },
    "status": 10000,
    "message": "Success",
    "request_id": "20261122090005AA02",
    "time_elapsed": "12.9ms",
}
JIMENG_DONE: JsonObject = {
    "code": 10000,
    "data": {
        "status": "done",
        "resp_data": '{"seed":7,"infer_ctx":{"steps":4}}',
        "video_url": "https://cdn.example/v/1.mp4?sig=abc",
        "image_urls": None,
        "binary_data_base64": [],
    },
    "status": 10000,
    "message": "Success",
    "request_id": "20261122090100AA03",
    "time_elapsed": "31.5ms",
}
JIMENG_REJECTED: JsonObject = {
    "code": 50511,
    "data": None,
    "status": 50511,
    "message": "Post Img Risk Not Pass",
    "request_id": "20261122090100AA04",
    "time_elapsed": "3.96s",
}
JIMENG_NOT_FOUND: JsonObject = {
    "code": 10000,
    "data": {
        "status": "not_found",
        "resp_data": "",
        "video_url": "",
        "image_urls": None,
        "binary_data_base64": None,
    },
    "status": 10000,
    "message": "Success",
    "request_id": "20261122090100AA05",
    "time_elapsed": "4.1ms",
}
JIMENG_EXPIRED: JsonObject = {
    "code": 10000,
    "data": {"status": "expired"},
    "status": 10000,
    "message": "Success",
    "request_id": "20261122090100AA06",
    "time_elapsed": "4.0ms",
}
JIMENG_BASE64: JsonObject = {
    "code": 10000,
    "data": {
        "status": "done",
        "image_urls": None,
        "binary_data_base64": [PNG_BASE64],
        "video_url": "",
        "resp_data": "",
    },
    "status": 10000,
    "message": "Success",
    "request_id": "20261122090200AA07",
    "time_elapsed": "88ms",
}
JIMENG_PLAIN: JsonObject = {
    "code": 0,
    "data": {"status": "Success", "video_url": "https://cdn.example/v/2.mp4", "image_urls": None, "resp_data": ""},
    "message": "",
    "request_id": "r-8",
    "time_elapsed": "9ms",
}


def minimax(status: str, code: int = 0, message: str = "success", file_id: str = "") -> JsonObject:
    return {
        "task_id": "401000000000001" if status else "",
        "status": status,
        "file_id": file_id,
        "base_resp": {"status_code": code, "status_msg": message},
    }


MINIMAX_DONE = minimax("Success", file_id="401000000000777") | {"video_width": 1366, "video_height": 768}
MINIMAX_REJECTED = minimax("Fail", 1027, "output new_sensitive")
MINIMAX_UNKNOWN_ID = minimax("", 2013, "invalid params, invalid task_id")

SPEECH_SUBMITTED: JsonObject = {
    "task_id": 501000000000011,
    "file_id": 501000000000099,
    "task_token": "x",
    "usage_characters": 101,
    "base_resp": {"status_code": 0, "status_msg": "success"},
}


def speech(status: str) -> JsonObject:
    return {
        "task_id": 501000000000011,
        "status": status,
        "file_id": 501000000000099,
        "base_resp": {"status_code": 0, "status_msg": "success"},
    }


IMAGE_BASE64: JsonObject = {
    "id": "i1",
    "data": {"image_base64": [PNG_BASE64, PNG_BASE64]},
    "metadata": {"success_count": 2, "failed_count": 0},
    "base_resp": {"status_code": 0, "status_msg": "success"},
}

VIDU_DONE: JsonObject = {
    "id": "8801",
    "state": "success",
    "err_code": "",
    "creations": [
        {
            "id": "c1",
            "url": "https://cdn.example/c1.mp4",
            "cover_url": "https://cdn.example/c1.png",
            "watermarked_url": "",
        }
    ],
}
SEEDANCE_DONE: JsonObject = {
    "id": "cgt-20261122-aa",
    "model": "seedance-x",
    "status": "succeeded",
    "content": {"video_url": "https://cdn.example/d.mp4"},
    "usage": {"completion_tokens": 900, "total_tokens": 900},
    "created_at": 1795000000,
    "updated_at": 1795000060,
}
KLING_DONE: JsonObject = {
    "code": 0,
    "message": "SUCCEED",
    "request_id": "r-9",
    "data": {
        "task_id": "k1",
        "task_status": "succeed",
        "task_status_msg": "",
        "created_at": 1795000000000,
        "updated_at": 1795000090000,
        "task_result": {"videos": [{"id": "v1", "url": "https://cdn.example/k1.mp4", "duration": "5.1"}]},
    },
}
V2_RUNNING: JsonObject = {
    "task": {
        "id": "402",
        "model": "MiniMax-H3",
        "status": "running",
        "created_at": 1795000000,
        "updated_at": 1795000009,
        "resolution": "768P",
        "duration": 5,
        "ratio": "16:9",
        "task_type": "generation",
        "modality": "video",
        "usage": {},
    }
}
V2_DONE: JsonObject = {
    "task": {
        "id": "402",
        "model": "MiniMax-H3",
        "status": "succeeded",
        "created_at": 1795000000,
        "updated_at": 1795000090,
        "content": {"url": "https://cdn.example/402.mp4"},
        "resolution": "768P",
        "duration": 5,
        "ratio": "",
        "task_type": "generation",
        "modality": "video",
        "usage": {"total_seconds": 5, "output_seconds": 5},
    }
}
V2_FAILED: JsonObject = {
    "task": {
        "id": "403",
        "model": "MiniMax-H3",
        "status": "failed",
        "error": {"code": "1026", "message": "input sensitive"},
        "created_at": 1795000000,
        "updated_at": 1795000004,
        "usage": {},
    }
}
V2_CANCELLED: JsonObject = {
    "task": {
        "id": "404",
        "model": "MiniMax-H3",
        "status": "cancelled",
        "created_at": 1795000000,
        "updated_at": 1795000003,
        "usage": {},
    }
}
OPENAI_RUNNING: JsonObject = {
    "id": "v1",
    "object": "video",
    "model": "m",
    "status": "in_progress",
    "progress": 33,
    "created_at": 1795000000,
    "seconds": "4",
    "size": "1280x720",
    "error": None,
}
OPENAI_FAILED: JsonObject = {
    "id": "v1",
    "object": "video",
    "model": "m",
    "status": "failed",
    "progress": 0,
    "created_at": 1795000000,
    "error": {"code": "moderation_blocked", "message": "blocked"},
}
WRAPPED_RUNNING: JsonObject = {
    "code": "success",
    "message": "",
    "data": {
        "task_id": "w1",
        "status": "IN_PROGRESS",
        "progress": "30%",
        "submit_time": 1795000000,
        "data": minimax("Processing"),
    },
}
WRAPPED_DONE: JsonObject = {
    "code": "success",
    "message": "",
    "data": {
        "task_id": "w1",
        "status": "SUCCESS",
        "progress": "100%",
        "submit_time": 1795000000,
        "finish_time": 1795000060,
        "data": MINIMAX_DONE,
    },
}
WRAPPED_ODD_WORD: JsonObject = {"code": "success", "data": {"status": "", "data": VIDU_DONE}}

ERROR_V2: JsonObject = {
    "type": "error",
    "error": {"type": "authorized_error", "message": "login fail (1004)", "http_code": "401"},
    "request_id": "r-1",
}
ERROR_GATEWAY: JsonObject = {"error": {"message": "Invalid token", "type": "new_api_error", "code": "", "param": None}}
ERROR_ACE: JsonObject = {"error": {"code": "some_code", "message": "words"}, "success": False}
ERROR_DETAIL: JsonObject = {"detail": "Request was throttled. Expected available in 30 seconds."}
ERROR_TEXT: JsonObject = {"error": "not found"}
