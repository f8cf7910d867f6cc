"""The three APIs in their healthy form, as small as they can be: what a fault is then put in front of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.fault_server import Act, Asked, gives, gives_bytes

Fault = Callable[[Asked], Act | None]
"""Answers in the service's place, or not."""

GRAPH_TOKEN = "planted-graph-token-51c0"
GRAPH_PASSWORD = "planted-graph-password-77aa"
EVO_TOKEN = "planted-evo-token-93fe"
MEDIA_TOKEN = "planted-media-token-08bd"
ORG = "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01"
EVO_ID = "geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"
MEDIA_ID = "401000000000001"
CREATED_MS = 1_795_348_800_000
"""2026-11-22 12:00 UTC, where the tests' clock begins."""


def _no_fault(_asked: Asked) -> Act | None:
    return None


@dataclass
class Service:
    """What one fault server does: the fault first, then the API."""

    fault: Fault = _no_fault

    def heal(self) -> None:
        """Have no fault any more."""
        self.fault = _no_fault

    def __call__(self, asked: Asked) -> Act:
        return self.fault(asked) or self.healthy(asked)

    def healthy(self, asked: Asked) -> Act:
        raise NotImplementedError


def graph_job(number: Any, status: Any = 1, **fields: Any) -> dict[str, Any]:
    """A NebulaGraph job; 1 is running, 2 succeeded."""
    return {
        "id": number,
        "name": f"run_{str(number)[:20]}",
        "workflowId": "107",
        "workflowName": "fraud_rank",
        "status": status,
        "tasks": None,
        "runBeginTime": CREATED_MS + 1000,
        "runEndTime": CREATED_MS + 9000 if status in (2, 3, 4) else 0,
        "createTime": CREATED_MS,
    } | fields


@dataclass
class Graph(Service):
    """NebulaGraph Explorer."""

    jobs: list[dict[str, Any]] = field(default_factory=lambda: [graph_job(1)])
    token: str = GRAPH_TOKEN
    made: int = 0
    """Submits that were carried out."""

    def healthy(self, asked: Asked) -> Act:
        match asked.method, asked.segments[2:]:
            case "POST", ("connect",):
                cookie = f"explorer_token={self.token}; Path=/; HttpOnly"
                return gives(_data({"success": True}), headers=[("Set-Cookie", cookie)])
            case _ if f"explorer_token={self.token}" not in asked.header("cookie"):
                return gives({"code": 40104001, "message": "ErrSession::token is expired"}, 401)
            case "GET", ("jobs",):
                size, page = int(asked.query["pageSize"]), int(asked.query["page"])
                items = self.jobs[(page - 1) * size : page * size]
                return gives(_data({"items": items, "total": len(self.jobs), "Page": page, "PageSize": size}))
            case "POST", ("workflows", _, "jobs"):
                self.made += 1
                number = 9000 + self.made
                self.jobs.insert(0, graph_job(number, 0, workflowId=asked.segments[3]))
                return gives(_data({"id": number}))
            case "PUT", ("jobs", _, "cancel"):
                return gives(_data({"success": True}))
            case "GET", ("jobs", native):
                job = next((job for job in self.jobs if str(job["id"]) == native), None)
                return gives(_data(job) if job else {"code": 50004001, "message": "ErrInternalDatabase"})
            case _:
                return gives({"code": 40404000, "message": "ErrNotFound"}, 404)


@dataclass
class Evo(Service):
    """Seequent's Task API."""

    status: dict[str, Any] = field(default_factory=lambda: evo_status("in progress", 35))
    is_over: bool = False
    made: int = 0
    token: str = EVO_TOKEN

    def healthy(self, asked: Asked) -> Act:
        if asked.header("authorization") != f"Bearer {self.token}":
            return gives({"status": 401, "title": "Unauthorized"}, 401)
        match asked.method, asked.segments:
            case "POST", ("compute", "orgs", org, topic, task):
                self.made += 1
                where = f"/compute/orgs/{org}/{topic}/{task}/9b2f6c1e-0d53-4f7a-8e65-{self.made:012d}/status"
                return gives_bytes(b"", 303, [("Location", where)])
            case "GET", ("compute", "orgs", _, "tasks"):
                return gives({"results": [], "links": {}})
            case "GET", (*_, "status"):
                return gives(self.status, 200 if self.is_over else 202)
            case "GET", _:
                return gives({"results": {"ok": True}})
            case _:
                return gives_bytes(b"", 204)


@dataclass
class Media(Service):
    """A gateway to generation services."""

    task: dict[str, Any] = field(default_factory=lambda: media_task("Processing"))
    made: int = 0
    token: str = MEDIA_TOKEN

    def healthy(self, asked: Asked) -> Act:
        if asked.header("authorization") != f"Bearer {self.token}":
            return gives({"error": {"message": "Invalid token", "type": "new_api_error"}}, 401)
        if asked.method == "POST":
            self.made += 1
            return gives({"task_id": f"40100000000{self.made:04d}", "base_resp": {"status_code": 0, "status_msg": ""}})
        return gives(self.task)


def evo_status(word: Any, percent: Any, **fields: Any) -> dict[str, Any]:
    return {"status": word, "progress": percent, "message": "Estimating", "error": None, "links": {}} | fields


def media_task(word: Any, **fields: Any) -> dict[str, Any]:
    return {
        "task_id": MEDIA_ID,
        "status": word,
        "file_id": "",
        "base_resp": {"status_code": 0, "status_msg": "success"},
    } | fields


def _data(data: Any) -> dict[str, Any]:
    return {"code": 0, "data": data, "message": "Success"}
