"""Requests without a socket, and plans without chance, for the tests of the demo services."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from jobtui.core.states import JobState
from jobtui.demo.http_server import Request, Response
from jobtui.demo.world import Plan

Json: TypeAlias = Any
"""What came as JSON and is taken apart at once by a test."""


class Service(Protocol):
    async def handle(self, request: Request) -> Response: ...


async def call(
    service: Service, method: str, target: str, body: object = b"", headers: dict[str, str] | None = None
) -> Response:
    """Ask a service directly; a body that isn't bytes is sent as JSON."""
    parts = urlsplit(target)
    return await service.handle(
        Request(
            method=method,
            path=parts.path,
            segments=tuple(unquote(piece) for piece in parts.path.split("/") if piece),
            query=dict(parse_qsl(parts.query)),
            headers={"host": "127.0.0.1:7002", **(headers or {})},
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        )
    )


def read(response: Response) -> Json:
    return json.loads(response.body)


def header(response: Response, name: str) -> str:
    return dict(response.headers)[name]


def steady(ending: JobState = JobState.SUCCEEDED, *, run_s: float = 40.0) -> Callable[[Random, datetime], Plan]:
    """Plans that all wait 2 seconds, run 40 and take 2 to be cancelled."""

    def draw(random: Random, created_at: datetime) -> Plan:
        return Plan(
            created_at=created_at,
            queue=timedelta(seconds=2),
            run=timedelta(seconds=run_s),
            ending=ending,
            seed=1,
            reach=0.6 if ending is JobState.FAILED else 1.0,
            stopping=timedelta(seconds=2),
        )

    return draw
