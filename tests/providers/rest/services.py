"""A service that answers from a list, and providers that speak to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.base import ReadSecret
from jobtui.providers.http import HttpClient
from jobtui.providers.rest.description import ApiDescription
from jobtui.providers.rest.files import read_description
from jobtui.providers.rest.provider import RestProvider
from tests.demo.fake_clock import FakeClock

APIS = Path(__file__).parent / "apis"
BASE_URL = "https://api.example"
TOKEN = "sk-0123456789"


def api(name: str) -> ApiDescription:
    return read_description(f"builtin:{name}" if not (APIS / f"{name}.toml").exists() else f"{name}.toml", APIS)


def secret(*values: str) -> ReadSecret:
    rest = list(values)

    async def read(renew: bool) -> str:
        if renew and len(rest) > 1:
            rest.pop(0)
        return rest[0]

    return read


@dataclass
class Service:
    """Gives the answers that a test wrote, by method and path with query; anything else is a 404."""

    answers: dict[str, list[httpx.Response]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def on(
        self,
        request: str,
        body: JsonValue | bytes = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Service:
        """One more answer to such a request; the last one is given for ever."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.answers.setdefault(request, []).append(httpx.Response(status, content=content, headers=headers))
        return self

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        key = f"{request.method} {request.url.raw_path.decode()}"
        waiting = self.answers.get(key) or self.answers.get(f"{request.method} {request.url}")
        if not waiting:
            return httpx.Response(404, json={"detail": f"nothing at {key}"})
        answer = waiting[0] if len(waiting) == 1 else waiting.pop(0)
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]

    @property
    def last_json(self) -> JsonObject:
        body: JsonObject = json.loads(self.last.content)
        return body

    def asked(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]


def provider(
    description: ApiDescription,
    service: Service,
    *,
    credentials: ReadSecret | None = None,
    clock: FakeClock | None = None,
    base_url: str = BASE_URL,
) -> RestProvider:
    clock = clock or FakeClock()
    http = HttpClient(base_url, transport=httpx.MockTransport(service.handle), clock=clock)
    return RestProvider("x", http, clock=clock, description=description, credentials=credentials)
