"""A submit and a cancel are sent once, whatever becomes of their answers."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from jobtui.core.errors import InvalidInput, JobtuiError, OutcomeUnknown, ProviderError, ReadOnlySource
from jobtui.core.jobs import JobId
from tests.faults.fault_server import (
    Act,
    Asked,
    cut_without_length,
    gives,
    gives_bytes,
    hangs_up,
    resets,
    silent,
    truncated,
    web_page,
)
from tests.faults.services import Service
from tests.faults.world import EVO_JOB, GRAPH_JOB, HASTY, World

TARGETS = {"graph": "107", "evo": "geostatistics/kriging", "media": "minimax/v1/video_generation"}

LOST: dict[str, Act] = {
    "hang_up": hangs_up(),
    "reset": resets(),
    "silence": silent(),
    "truncated": truncated(b'{"code":0,"data":{"id":9001}}'),
    "cut": cut_without_length(b'{"code":0,"data":{"id":9001}}'),
    "500": gives({}, 500),
    "502_page": gives_bytes(b"<html>bad gateway", 502, media_type="text/html"),
    "504": gives({}, 504),
    "page_with_200": web_page(),
    "nothing_with_200": gives_bytes(b""),
    "array": gives([]),
    "id_of_another_kind": gives({"code": 0, "data": {"id": {"a": []}}, "task_id": None}),
}


def _is_submit(asked: Asked) -> bool:
    return asked.method == "POST" and not asked.target.endswith("/connect")


def _carried_out_but(service: Service, act: Act) -> None:
    """From now on the service makes the job that is asked for, and answers with `act`."""

    def fault(asked: Asked) -> Act | None:
        if not _is_submit(asked):
            return None
        service.healthy(asked)
        return act

    service.fault = fault


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("source", ["graph", "evo", "media"])
async def test_h12_a_submit_without_an_answer_is_made_once_recorded_and_called_unknown(source: str, lost: str) -> None:
    world = World(limits=HASTY)
    service = {"graph": world.graph, "evo": world.evo, "media": world.media}[source]
    async with world.running(track=False):
        await world.advance(1)
        _carried_out_but(service, LOST[lost])
        with pytest.raises(OutcomeUnknown) as told:
            await world.engine.submit(source, TARGETS[source], {})
        assert str(told.value)
        (record,) = await world.engine.submissions(source)
        assert (record.outcome, record.job_id) == ("unknown", None)
        await world.advance(30)
        assert sum(map(_is_submit, world.servers[source].asked)) == 1
        assert service.made == 1  # type: ignore[attr-defined]


async def test_h12_a_lost_submit_is_told_by_the_list_that_follows() -> None:
    world = World()
    async with world.running(track=False):
        await world.advance(2)
        _carried_out_but(world.graph, hangs_up())
        with pytest.raises(OutcomeUnknown):
            await world.engine.submit("graph", "107", {})
        await world.advance(60)
        (record,) = await world.engine.submissions("graph")
        assert (record.outcome, record.job_id) == ("made", JobId("graph", "9001"))


async def test_h12_a_submit_is_on_the_disk_before_it_is_on_its_way(tmp_path: Path) -> None:
    world = World(path=tmp_path / "jobs.db")
    found: list[tuple[str, str]] = []

    def look_into_the_store(asked: Asked) -> Act | None:
        if _is_submit(asked):
            with sqlite3.connect(tmp_path / "jobs.db") as other:
                found.extend(other.execute("SELECT target, outcome FROM submissions"))
            other.close()
        return None

    async with world.running(track=False):
        await world.advance(1)
        world.evo.fault = look_into_the_store
        await world.engine.submit("evo", TARGETS["evo"], {})
    assert found == [(TARGETS["evo"], "sent")]


async def test_h12_a_caller_who_gives_up_waiting_leaves_a_record_that_is_seen_through() -> None:
    world = World()
    async with world.running(track=False):
        await world.advance(1)
        waiting = asyncio.create_task(world.engine.submit("evo", TARGETS["evo"], {}))
        await asyncio.sleep(0)
        waiting.cancel()
        await world.advance(5)
        assert world.evo.made <= 1
        made = [record for record in await world.engine.submissions("evo") if record.outcome == "made"]
        assert len(made) == world.evo.made


@pytest.mark.parametrize("source", ["graph", "evo", "media"])
async def test_h12_a_submit_that_was_turned_down_is_no_unknown_one(source: str) -> None:
    world = World()
    service = {"graph": world.graph, "evo": world.evo, "media": world.media}[source]
    async with world.running(track=False):
        await world.advance(1)
        service.fault = lambda asked: gives({"title": "no", "message": "no"}, 422) if _is_submit(asked) else None
        with pytest.raises(ProviderError) as told:
            await world.engine.submit(source, TARGETS[source], {})
        assert isinstance(told.value, InvalidInput) or source == "graph"
        (record,) = await world.engine.submissions(source)
        assert record.outcome == "refused"


async def test_h1_a_redirect_of_a_submit_is_not_followed() -> None:
    world = World()
    async with world.running(track=False):
        await world.advance(1)
        job = await world.engine.submit("evo", TARGETS["evo"], {})
        assert job.id.native.startswith("geostatistics/kriging/")
        asked = [asked for asked in world.servers["evo"].asked if _is_submit(asked)]
        assert len(asked) == 1
        after = world.servers["evo"].asked[world.servers["evo"].asked.index(asked[0]) + 1 :]
        assert all(one.method == "GET" for one in after)


@pytest.mark.parametrize(
    "answer",
    [
        gives({"code": 0, "data": {"success": True}, "message": "Success"}),
        gives({"code": 0, "data": {"success": False}, "message": "Success"}),
        gives({"code": 40004000, "message": "ErrBadRequest"}, 409),
        gives({"status": 403, "title": "Forbidden"}, 403),
        gives({}, 404),
        gives({}, 500),
        gives({}, 429, [("Retry-After", "1")]),
        web_page(),
        hangs_up(),
        resets(),
        silent(),
        gives_bytes(b"", 302, [("Location", "http://127.0.0.2:9/cancel")]),
    ],
)
@pytest.mark.parametrize("job_id", [GRAPH_JOB, EVO_JOB], ids=str)
async def test_j8_a_cancel_is_one_request_whatever_comes_of_it(job_id: JobId, answer: Act) -> None:
    world = World(limits=HASTY)
    service: Service = {"graph": world.graph, "evo": world.evo}[job_id.source]
    async with world.running():
        await world.advance(2)
        service.fault = lambda asked: answer if asked.method in {"PUT", "DELETE"} else None
        with contextlib.suppress(JobtuiError):
            reply = await world.engine.cancel(job_id)
            assert reply.accepted or reply.reason
        await world.advance(60)
        sent = [asked for asked in world.servers[job_id.source].asked if asked.method in {"PUT", "DELETE"}]
        assert len(sent) == 1
        assert job_id in world.engine.snapshot.jobs


async def test_s4_a_read_only_source_is_asked_for_nothing_that_changes_it() -> None:
    world = World(read_only=True)
    async with world.running():
        await world.advance(2)
        for wish in (
            world.engine.submit("graph", "107", {}),
            world.engine.submit("evo", TARGETS["evo"], {}),
            world.engine.submit("media", TARGETS["media"], {}),
            world.engine.cancel(GRAPH_JOB),
            world.engine.cancel(EVO_JOB),
        ):
            with pytest.raises(ReadOnlySource):
                await wish
        await world.advance(10)
        asked = [asked for server in world.servers.values() for asked in server.asked]
        assert not any(one.method in {"PUT", "DELETE"} or _is_submit(one) for one in asked)
