from __future__ import annotations

import base64
import shlex
import socket
import tomllib
from urllib.parse import urlsplit

import httpx
import pytest

from jobtui.demo.services import DemoServices, DemoThread
from tests.demo.calls import Json
from tests.demo.fake_clock import FakeClock


def services(port: int = 0, **choices: Json) -> DemoServices:
    return DemoServices(clock=FakeClock(), port=port, **choices)


def read_config(demo: DemoServices) -> Json:
    return tomllib.loads(demo.config_toml())["sources"]


async def test_the_configuration_reaches_all_three_services() -> None:
    demo = services(jobs=4)
    await demo.start()
    sources = read_config(demo)
    assert {name: source["provider"] for name, source in sources.items()} == {
        "graph": "nebula",
        "evo": "evo",
        "media": "generation",
    }
    async with httpx.AsyncClient() as client:
        graph, login = sources["graph"]["base_url"] + "/api-open/v1", sources["graph"]["login"]
        packed = base64.b64encode(f'["{login["user"]}","{login["password"]}"]'.encode()).decode()
        database = {"address": login["address"], "port": login["port"]}
        signed_in = await client.post(f"{graph}/connect", json=database, headers={"Authorization": f"Bearer {packed}"})
        assert signed_in.status_code == 200
        assert (await client.get(f"{graph}/jobs")).json()["data"]["total"] == 4
        client.cookies.clear()
        for source, native_id in demo.known_jobs:
            known = sources[source]
            path = f"/compute/orgs/{known['org_id']}/{native_id}/status" if source == "evo" else f"/task/{native_id}"
            authorization = {"Authorization": f"Bearer {known['token']}"}
            answer = await client.get(known["base_url"] + path, headers=authorization)
            assert answer.status_code in (200, 202), (source, native_id, answer.text)
    await demo.stop()


async def test_the_configuration_ends_with_commands_that_track_what_is_known() -> None:
    demo = services()
    await demo.start()
    commands = [
        shlex.split(line.removeprefix("# "))
        for line in demo.config_toml().splitlines()
        if line.startswith("# jobtui track")
    ]
    await demo.stop()
    tracked = [(source, native_id) for _, _, source, *native_ids in commands for native_id in native_ids]
    assert tracked == list(demo.known_jobs)
    assert {source for source, _ in tracked} == {"evo", "media"}


def free_ports() -> int:
    """The first of four ports in a row that are free for now."""
    for first in range(42000, 60000, 4):
        try:
            for port in range(first, first + 4):
                with socket.create_server(("127.0.0.1", port)):
                    pass
        except OSError:
            continue
        return first
    raise AssertionError("no four free ports in a row")


async def test_a_given_port_is_the_first_of_four() -> None:
    first = free_ports()
    demo = services(first)
    await demo.start()
    ports = {name: urlsplit(url).port for name, url in demo.base_urls.items()}
    await demo.stop()
    assert ports == {"graph": first, "evo": first + 1, "media": first + 2, "files": first + 3}


async def test_a_taken_port_leaves_none_open() -> None:
    first = free_ports()
    with socket.create_server(("127.0.0.1", first + 2)):
        with pytest.raises(OSError, match="address already in use"):
            await services(first).start()
        for place in (0, 1, 3):
            with socket.create_server(("127.0.0.1", first + place)):
                pass


async def test_jobs_of_an_earlier_demo_are_known_again() -> None:
    demo = services()
    await demo.start()
    kept = "geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"
    demo.adopt("evo", [kept])
    demo.adopt("elsewhere", ["1"])
    evo = read_config(demo)["evo"]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {evo['token']}"}) as client:
        status = await client.get(f"{evo['base_url']}/compute/orgs/{evo['org_id']}/{kept}/status")
    await demo.stop()
    assert status.status_code == 200


def test_a_thread_serves_from_start_to_stop() -> None:
    demo = services()
    thread = DemoThread(demo)
    thread.start()
    url = demo.base_urls["graph"]
    assert httpx.get(url).status_code == 200
    thread.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    thread.stop()  # a second time is nothing


def test_a_thread_adopts_jobs_while_it_serves() -> None:
    demo = services(jobs=0)
    thread = DemoThread(demo)
    thread.start()
    kept = "geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"
    thread.adopt("evo", [kept])
    evo = read_config(demo)["evo"]
    url = f"{evo['base_url']}/compute/orgs/{evo['org_id']}/{kept}/status"
    assert httpx.get(url, headers={"Authorization": f"Bearer {evo['token']}"}).status_code == 200
    thread.stop()


def test_a_thread_reports_a_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
        DemoThread(services(taken.getsockname()[1])).start()


@pytest.mark.parametrize("speed", [0, -1.0])
def test_a_speed_that_stands_still_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        services(speed=speed)
