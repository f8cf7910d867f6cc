from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import Job, JobId
from jobtui.core.states import JobState
from jobtui.providers.rest.files import builtin_names
from tests.providers.rest.services import APIS, Service, api, provider

KEYS = st.sampled_from(
    ["id", "status", "state", "error", "code", "message", "output", "task_id", "task_status", "data", "base_resp",
     "status_code", "file_id", "creations", "content", "url", "urls", "links", "results", "jobs", "jobID", "progress",
     "logs", "created_at", "next", "total", "response_url", "video_url", "resp_data"]
)  # fmt: skip
WORDS = [
    "succeeded",
    "COMPLETED",
    "running",
    "2026-11-22T09:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "{",
    "40%",
    "data:,x",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([*WORDS, "https://a.example/x"])
)
BODIES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12
)


@pytest.mark.parametrize("name", [*builtin_names(), *sorted(path.stem for path in APIS.glob("*.toml"))])
@settings(max_examples=40)
@given(body=BODIES, status=st.sampled_from([200, 200, 201, 204, 303, 400, 404, 429, 500]))
def test_no_answer_makes_a_provider_fail_in_another_way(name: str, body: object, status: int) -> None:
    class Always(Service):
        def handle(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, content=json.dumps(body).encode(), headers={"location": "https://[x/y"})

    async def ask_everything() -> None:
        source = provider(api(name), Always())
        known = Job(JobId("x", "a/7"), "http", JobState.SUCCEEDED)
        for call in (
            lambda: source.fetch_job(known.id, known),
            lambda: source.fetch_result(known.id, known),
            lambda: source.cancel(known.id),
            lambda: source.submit("t", {"prompt": "x"}),
            source.check,
            source.list_jobs,
        ):
            with suppress(JobtuiError):
                await call()
        assert isinstance(source.log_in(json.dumps(body).encode(), known.id, known), str)

    asyncio.run(ask_everything())
