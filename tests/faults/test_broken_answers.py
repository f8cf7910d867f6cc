"""A service that answers nonsense is told as such, is asked on in peace, and hurts no other."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from jobtui.core.states import JobState
from jobtui.engine.snapshot import Health
from jobtui.providers.http import HttpLimits
from tests.faults.fault_server import (
    Act,
    Asked,
    big_headers,
    cut_without_length,
    drip,
    endless,
    gives,
    gives_bytes,
    gzip_bomb,
    hangs_up,
    resets,
    says,
    silent,
    truncated,
    web_page,
)
from tests.faults.world import EVO_JOB, GRAPH_JOB, HASTY, LIMITS, MEDIA_JOB, World

LONG_BODY = json.dumps({"code": 0, "data": {"items": [], "filler": "x" * 4000}}).encode()

BROKEN: dict[str, Act] = {
    "h1_redirect_elsewhere": gives_bytes(b"", 302, [("Location", "http://127.0.0.2:9/")]),
    "h3_one_byte_at_a_time": drip(LONG_BODY, 0.02),
    "h3_silence": silent(),
    "h4_body_without_end": endless(),
    "h5_deep_json": gives_bytes(b"[" * 200_000),
    "h5_number_of_5000_digits": gives_bytes(b'{"code": ' + b"7" * 5000 + b"}"),
    "h6_cut_with_length": truncated(LONG_BODY),
    "h6_cut_without_length": cut_without_length(LONG_BODY),
    "h7_web_page_with_200": web_page(),
    "h7_nothing_with_200": gives_bytes(b""),
    "h7_array": gives([1, 2]),
    "h7_text": gives("all is well"),
    "h7_no_content": says(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
    "h8_nan_alone": gives_bytes(b"NaN"),
    "h10_500": gives({"title": "boom"}, 500),
    "h10_503_page": gives_bytes(b"<html>busy</html>", 503, media_type="text/html"),
    "h10_reset": resets(),
    "h10_hang_up": hangs_up(),
    "h16_headers_of_200_kb": big_headers(),
    "h16_no_http": says(b"\x00\xffSSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "h16_status_line_of_nonsense": says(b"HTTP/1.1 two hundred\r\n\r\n{}"),
    "h19_gzip_bomb": gzip_bomb(16 * 1024 * 1024),
    "h19_gzip_that_is_none": gives_bytes(b"not gzip", headers=[("Content-Encoding", "gzip")]),
    "t7_no_utf8": gives_bytes(b'{"code":0,"data":{"name":"\xff\xfe\xe9"}}'),
}


def _limits_for(fault: str) -> HttpLimits:
    return HASTY if fault.startswith("h3_") else LIMITS


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("broken", ["graph", "evo", "media"])
async def test_h3_h4_h5_h6_h7_h10_h16_h19_a_broken_source_is_told_and_the_others_stay_fresh(
    broken: str, fault: str
) -> None:
    if (broken, fault) == ("media", "h19_gzip_bomb"):
        pytest.skip("base64 of many megabytes is what gateways send: theirs is a larger cap, and a thread of its own")
    world = World(limits=_limits_for(fault))
    async with world.running():
        await world.advance(2)
        before = dict(world.engine.snapshot.jobs)
        assert {job.state for job in before.values()} == {JobState.RUNNING}
        service = {"graph": world.graph, "evo": world.evo, "media": world.media}[broken]

        service.fault = lambda _asked: BROKEN[fault]
        await world.advance(14)
        status = world.status(broken)
        assert status.health in {Health.BUSY, Health.DOWN}, status
        assert status.detail
        assert all(character.isprintable() for character in status.detail), status.detail
        for job_id in (GRAPH_JOB, EVO_JOB, MEDIA_JOB):
            assert world.job(job_id).state is JobState.RUNNING
        for healthy in {"graph", "evo", "media"} - {broken}:
            other = world.status(healthy)
            assert other.health is Health.OK
            assert other.last_ok_at is not None
            assert world.clock.now() - other.last_ok_at < timedelta(seconds=7)

        service.heal()
        await world.advance(11)
        assert world.status(broken).health is Health.OK
        assert not any(job.stale for job in world.engine.snapshot.jobs.values())


@pytest.mark.parametrize("fault", ["refused", "h10_500", "h10_hang_up", "h3_silence", "h7_web_page_with_200"])
@pytest.mark.parametrize("broken", ["graph", "evo", "media"])
async def test_h10_a_minute_of_outage_costs_at_most_12_requests_and_is_over_within_10_seconds(
    broken: str, fault: str
) -> None:
    world = World(limits=_limits_for(fault))
    async with world.running():
        await world.advance(2)
        service = {"graph": world.graph, "evo": world.evo, "media": world.media}[broken]
        server = world.servers[broken]
        requests_before = world.requests(broken)
        if fault == "refused":
            await server.close()
        else:
            service.fault = lambda _asked: BROKEN[fault]
        await world.advance(60)
        # Told by the client, since nobody sees a request that is refused.
        assert 3 <= world.requests(broken) - requests_before <= 12

        if fault == "refused":
            await server.open()
        service.heal()
        await world.advance(10)
        assert world.status(broken).health is Health.OK


async def test_h10_bursts_of_5xx_leave_the_last_data_in_place_with_its_age() -> None:
    world = World()
    answers = 0

    def every_second_fails(_asked: Asked) -> Act | None:
        nonlocal answers
        answers += 1
        return gives({}, 502) if answers % 2 else None

    async with world.running():
        await world.advance(2)
        world.evo.fault = every_second_fails
        await world.advance(60)
        job = world.job(EVO_JOB)
        assert job.state is JobState.RUNNING
        assert job.progress == 0.35
        assert job.observed_at is not None
        assert world.clock.now() - job.observed_at < timedelta(seconds=20)
