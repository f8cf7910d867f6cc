"""Links and redirects that lead elsewhere get no credentials; nothing that changes anything follows them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from jobtui.core.errors import JobtuiError
from tests.faults.fault_server import Act, Asked, FaultServer, gives, gives_bytes
from tests.faults.services import EVO_TOKEN, GRAPH_PASSWORD, GRAPH_TOKEN, MEDIA_TOKEN, evo_status, media_task
from tests.faults.world import EVO_JOB, GRAPH_JOB, MEDIA_JOB, World

SECRETS = (EVO_TOKEN, GRAPH_PASSWORD, GRAPH_TOKEN, MEDIA_TOKEN)


def _nothing_secret(elsewhere: FaultServer) -> None:
    for asked in elsewhere.asked:
        everything = f"{asked.target} {asked.headers} {asked.body!r}"
        assert not any(secret in everything for secret in SECRETS)
        assert not asked.header("authorization")
        assert not asked.header("cookie")


def _elsewhere(world: World, *, file: bytes = b"\x00\x00\x00\x18ftypmp42") -> FaultServer:
    return FaultServer(lambda _asked: gives_bytes(file, media_type="video/mp4"), world.clock.monotonic)


async def test_h1_redirects_of_every_call_to_another_port_are_not_followed() -> None:
    world = World()
    elsewhere = _elsewhere(world)
    async with elsewhere.serving(), world.running():
        await world.advance(2)

        def away(asked: Asked) -> Act:
            return gives_bytes(b"", 307, [("Location", elsewhere.base_url + asked.target)])

        world.graph.fault = world.evo.fault = world.media.fault = away
        await world.advance(20)
        for wish in (
            world.engine.fetch_result(EVO_JOB),
            world.engine.fetch_result(MEDIA_JOB),
            world.engine.cancel(EVO_JOB),
            world.engine.cancel(GRAPH_JOB),
            world.engine.submit("media", "minimax/v1/video_generation", {}),
            world.engine.submit("graph", "107", {}),
            world.engine.submit("evo", "geostatistics/kriging", {}),
        ):
            task = world.clock.until_quiet()
            with contextlib.suppress(JobtuiError):
                await wish
            await task
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "scheme", ["{there}", "http://user@{there_host}", "file:///etc/passwd", "javascript:alert(1)", "//{there_host}"]
)
async def test_h2_links_of_an_answer_to_another_origin_get_no_credentials(scheme: str) -> None:
    world = World()
    elsewhere = _elsewhere(world)
    async with elsewhere.serving(), world.running():
        host = elsewhere.base_url.removeprefix("http://")
        link = scheme.format(there=elsewhere.base_url, there_host=host) + "/x/results"
        world.evo.status = evo_status("succeeded", 100, links={"cancel": link, "results": link, "self": link})
        world.evo.is_over = True
        await world.advance(3)
        with contextlib.suppress(JobtuiError):
            await world.engine.fetch_result(EVO_JOB)
        with contextlib.suppress(JobtuiError):
            await world.engine.cancel(EVO_JOB)
        assert not any(asked.method != "GET" for asked in elsewhere.asked)
        _nothing_secret(elsewhere)


async def test_h2_a_location_of_a_submit_on_another_origin_is_not_asked() -> None:
    world = World()
    elsewhere = _elsewhere(world)
    async with elsewhere.serving(), world.running(track=False):
        there = f"{elsewhere.base_url}/compute/orgs/o/geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f/status"
        world.evo.fault = lambda asked: gives_bytes(b"", 303, [("Location", there)]) if asked.method == "POST" else None
        with contextlib.suppress(JobtuiError):
            await world.engine.submit("evo", "geostatistics/kriging", {})
        await world.advance(30)
        assert elsewhere.asked == []


async def test_h1_h2_a_file_elsewhere_is_fetched_without_credentials(tmp_path: Path) -> None:
    world = World()
    elsewhere = _elsewhere(world)
    async with elsewhere.serving(), world.running():
        done = {
            "code": 0,
            "message": "",
            "request_id": "r",
            "data": {"status": "Success", "video_url": f"{elsewhere.base_url}/v.mp4?sig=1", "resp_data": ""},
        }
        world.media.task = done
        await world.advance(12)
        result = await world.engine.fetch_result(MEDIA_JOB)
        saved = await world.engine.download(MEDIA_JOB, result.artifacts[0], tmp_path)
        assert saved.path.read_bytes().startswith(b"\x00\x00\x00\x18ftyp")
        assert elsewhere.asked
        _nothing_secret(elsewhere)


async def test_h1_h2_a_download_that_is_redirected_away_leaves_its_credentials_at_home(tmp_path: Path) -> None:
    world = World()
    elsewhere = _elsewhere(world)
    async with elsewhere.serving(), world.running():
        own = world.servers["media"].base_url

        def away(asked: Asked) -> Act | None:
            if asked.target.startswith("/own.mp4"):
                return gives_bytes(b"", 302, [("Location", f"{elsewhere.base_url}/v.mp4")])
            return None

        world.media.fault = away
        world.media.task = {
            "code": 0,
            "message": "",
            "request_id": "r",
            "data": {"status": "Success", "video_url": f"{own}/own.mp4", "resp_data": ""},
        }
        await world.advance(12)
        result = await world.engine.fetch_result(MEDIA_JOB)
        await world.engine.download(MEDIA_JOB, result.artifacts[0], tmp_path)
        assert any(asked.target.startswith("/own.mp4") for asked in world.servers["media"].asked)
        assert elsewhere.asked
        _nothing_secret(elsewhere)


@pytest.mark.parametrize("name", ["../../x.mp4", "/etc/x.mp4", "CON", "a\x00b", "n" * 300, "..", "\u202egnp.exe"])
async def test_d5_whatever_name_a_server_gives_the_file_stays_inside_the_folder(name: str, tmp_path: Path) -> None:
    world = World()
    folder = tmp_path / "downloads"
    disposition = f'attachment; filename="{name}"'.replace("\x00", "%00")
    elsewhere = FaultServer(
        lambda _asked: gives_bytes(
            b"\x00\x00\x00\x18ftypmp42", headers=[("Content-Disposition", disposition)], media_type="video/mp4"
        ),
        world.clock.monotonic,
    )
    async with elsewhere.serving(), world.running():
        url = f"{elsewhere.base_url}/{'..%2f..%2f' if '/' in name else ''}v.mp4"
        world.media.task = {
            "code": 0,
            "message": "",
            "data": {"status": "Success", "video_url": url, "resp_data": ""},
        }
        await world.advance(12)
        result = await world.engine.fetch_result(MEDIA_JOB)
        await world.engine.download(MEDIA_JOB, result.artifacts[0], folder)
        await world.engine.download(MEDIA_JOB, result.artifacts[0], folder)
    inside = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(inside) == 2
    assert all(path.parent == folder and "\u202e" not in path.name for path in inside)


async def test_h13_cookies_that_a_service_sets_are_never_sent_beside_the_own_one() -> None:
    world = World()
    async with world.running():
        await world.advance(2)
        sticky = [
            ("Set-Cookie", "explorer_token=theirs; Path=/"),
            ("Set-Cookie", "tracking=1; Path=/; Domain=127.0.0.1"),
        ]
        world.evo.fault = lambda _asked: gives(evo_status("in progress", 40), 202, sticky)
        world.media.fault = lambda _asked: gives(media_task("Processing"), 200, sticky)
        world.graph.fault = lambda asked: (
            gives({"code": 0, "data": {"items": [], "total": 0}, "message": ""}, 200, sticky)
            if asked.target.split("?")[0].endswith("/jobs")
            else None
        )
        await world.advance(20)
        for name in ("evo", "media"):
            assert all(not asked.header("cookie") for asked in world.servers[name].asked)
        cookies = {asked.header("cookie") for asked in world.servers["graph"].asked if "connect" not in asked.target}
        assert cookies == {f"explorer_token={GRAPH_TOKEN}"}
