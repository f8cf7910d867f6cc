"""What a replay answers, and when."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from jobtui.core.clock import SystemClock
from jobtui.core.exchanges import Exchange
from jobtui.demo.replayed import PlaybackClock, ReplayedServices
from tests.fakes import START, FakeClock

OWN = "http://graph.recorded"
FILES = "https://files.example"


def asked(at_s: float, body: str = "", path: str = "/jobs?page=1", method: str = "GET", **more: object) -> Exchange:
    values: dict[str, object] = {"took_s": 0.0, "status": 200, "body": body.encode(), **more}
    return Exchange(method, f"{OWN}{path}", at_s, **values)  # type: ignore[arg-type]


@asynccontextmanager
async def replayed(
    exchanges: Sequence[Exchange], clock: FakeClock | SystemClock | None = None, speed: float = 1.0
) -> AsyncIterator[tuple[ReplayedServices, httpx.AsyncClient]]:
    services = ReplayedServices(exchanges, [OWN], PlaybackClock(START, speed, clock or FakeClock()))
    await services.start()
    async with httpx.AsyncClient(base_url=services.base_urls[OWN]) as client:
        yield services, client
    await services.stop()


async def test_an_answer_is_the_one_that_was_current_by_then_and_the_last_one_stays() -> None:
    clock = FakeClock()
    exchanges = [asked(2, "first"), asked(4, "second"), asked(4, "other", "/jobs?page=2"), asked(6, "third")]
    async with replayed(exchanges, clock, speed=2.0) as (_, client):
        said = []
        for _ in range(5):
            said.append((await client.get("/jobs?page=1")).text)
            clock.skip(1.0)
        assert said == ["first", "first", "second", "third", "third"]
        assert (await client.get("/jobs?page=2")).text == "other"


@pytest.mark.parametrize(("method", "target"), [("GET", "/jobs?page=3"), ("POST", "/jobs?page=1"), ("DELETE", "/x")])
async def test_what_was_not_asked_then_is_told_so_and_goes_nowhere(method: str, target: str) -> None:
    async with replayed([asked(0)]) as (_, client):
        answer = await client.request(method, target)
    # Not 404: the providers would take that for a job that is gone.
    assert answer.status_code == 501
    assert answer.json()["message"] == f"{method} {target} is not in the recording"


async def test_hosts_of_the_recording_lead_to_where_they_are_served() -> None:
    link = json.dumps({"own": f"{OWN}/x?u={OWN}", "file": f"{FILES}/a?sig=hidden-1"}).replace("/", "\\/")
    file = Exchange("GET", f"{FILES}/a?sig=hidden-1", 1, 0, status=200, body=b"\x89\0")
    exchanges = [asked(0, link, headers=(("location", f"{OWN}/y"),)), file, asked(0, "back", f"/x?u={OWN}")]
    async with replayed(exchanges) as (services, client):
        answer = await client.get("/jobs?page=1")
        assert answer.headers["location"] == f"{services.base_urls[OWN]}/y"
        assert (await client.get(answer.json()["own"])).text == "back"
        assert (await client.get(answer.json()["file"])).content == b"\x89\0"
        assert services.here(OWN) == services.base_urls[OWN]


async def test_a_fault_is_a_fault_again() -> None:
    exchanges = [
        asked(0, path="/none", status=None, fault="no answer"),
        asked(0, "half", path="/half", fault="it broke off"),
        asked(0, "start", path="/cut", whole_bytes=9000),
    ]
    async with replayed(exchanges) as (_, client):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/none")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/half")
        assert (await client.get("/cut")).json()["message"] == "the recording holds 5 of this answer's 9000 bytes"


async def test_an_answer_takes_as_long_as_it_took_then() -> None:
    async with replayed([asked(0, "slow", took_s=8.0)], SystemClock(), speed=100.0) as (_, client):
        answer = await client.get("/jobs?page=1")
    assert 0.08 <= answer.elapsed.total_seconds() < 8


async def test_the_rest_of_a_file_is_another_answer_than_the_file() -> None:
    part = asked(0, "part", "/file", request_headers=(("range", "bytes=4-"),), status=206)
    async with replayed([part, asked(0, "whole", "/file")]) as (_, client):
        assert (await client.get("/file")).text == "whole"
        assert (await client.get("/file", headers={"range": "bytes=4-"})).text == "part"


async def test_time_is_that_of_the_recording_and_stands_still_before_the_start() -> None:
    machine = FakeClock()
    clock = PlaybackClock(START, 10.0, machine)
    machine.skip(5.0)
    assert (clock.passed_s, clock.now()) == (0.0, START)
    clock.start()
    before = clock.monotonic()
    machine.skip(2.0)
    clock.start()
    assert clock.now() == START + timedelta(seconds=20)
    assert clock.monotonic() - before == 20.0
