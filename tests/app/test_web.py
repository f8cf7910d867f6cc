"""The app in a browser: who may ask for it, under which name, and from which page."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable

import pytest

from jobtui.app.web import is_loopback, is_meant, is_own_page, web_server, who_can_reach
from jobtui.cli import exit_codes
from jobtui.cli.main import build_parser, main
from jobtui.cli.screen import require_terminal
from jobtui.cli.web import screen_command
from jobtui.core.errors import UsageError


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("localhost.example", False),
    ],
)
def test_only_loopback_needs_no_warning(host: str, own: bool) -> None:
    assert is_loopback(host) is own
    warning = who_can_reach(host, 8000)
    assert (warning == "") is own
    assert own or "no password" in warning


@pytest.mark.parametrize(
    ("header", "bound_to", "meant"),
    [
        ("127.0.0.1:8000", "127.0.0.1", True),
        ("localhost:9000", "127.0.0.1", True),  # through a tunnel
        ("[::1]:8000", "::1", True),
        ("192.0.2.7:8000", "127.0.0.1", False),
        ("evil.example:8000", "127.0.0.1", False),  # a name that was pointed here
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("192.0.2.7:8000", "0.0.0.0", True),
        ("evil.example", "0.0.0.0", False),
        ("jobs.example", "jobs.example", True),
        ("", "127.0.0.1", False),
        ("[", "127.0.0.1", False),
    ],
)
def test_a_name_that_somebody_else_points_here_is_not_ours(header: str, bound_to: str, meant: bool) -> None:
    assert is_meant(header, bound_to) is meant


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", True),
        ("http://127.0.0.1:8001", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_another_page_may_press_no_keys(origin: str, own: bool) -> None:
    assert is_own_page(origin, "127.0.0.1:8000") is own


def test_without_the_extra_the_verb_names_it_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    assert main(["web"]) == exit_codes.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "pip install 'jobtui[web]'" in captured.err


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_a_port_that_is_none_is_2(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["web", "--port", port]) == exit_codes.USAGE
    assert "--port" in capsys.readouterr().err


def test_each_page_gets_the_screen_as_it_was_asked_for() -> None:
    options = build_parser().parse_args(["--source", "a", "--source", "b", "--theme", "nord", "web", "--config", "x y"])
    assert isinstance(options, Namespace)
    assert options.host == "127.0.0.1"
    wanted = ["--config", "x y", "--theme", "nord", "--source", "a", "--source", "b"]
    assert screen_command(options) == [sys.executable, "-m", "jobtui", *wanted]


def test_in_a_page_the_screen_needs_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError):
        require_terminal("jobtui list")
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    require_terminal("jobtui list")


@pytest.fixture
def serve() -> Callable[..., object]:
    """Servers whose pages run a program that ends at once; only where the extra is installed."""
    pytest.importorskip("textual_serve")
    return lambda said, host="127.0.0.1": web_server([sys.executable, "-c", ""], host, 8000, said.append)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/", {"Host": "localhost:9000", "Origin": "http://localhost:9000"}, 200),
        ("/", {"Host": "evil.example"}, 403),
        ("/", {"Origin": "http://evil.example"}, 403),
        ("/ws", {"Upgrade": "websocket"}, 403),
        ("/ws", {"Upgrade": "websocket", "Origin": "http://evil.example"}, 403),
        ("/download/x", {"Host": "evil.example"}, 403),
        ("/download/x", {}, 404),
    ],
)
async def test_the_server_lets_in_its_own_pages_only(
    serve: Callable[..., object], path: str, headers: dict[str, str], status: int
) -> None:
    from aiohttp.test_utils import TestClient, TestServer

    said: list[str] = []
    server = serve(said)
    async with TestClient(TestServer(await server._make_app())) as client:  # type: ignore[attr-defined]
        answer = await client.get(path, headers=headers)
        assert answer.status == status
    assert said == ["http://127.0.0.1:8000 has jobtui for a browser; Ctrl-C ends it"]


async def test_a_page_comes_back_under_the_name_it_was_asked_for(serve: Callable[..., object]) -> None:
    from aiohttp.test_utils import TestClient, TestServer

    server = serve([], host="0.0.0.0")
    async with TestClient(TestServer(await server._make_app())) as client:  # type: ignore[attr-defined]
        text = await (await client.get("/", headers={"Host": "192.0.2.7:8000"})).text()
        assert "ws://192.0.2.7:8000/ws" in text
        assert "0.0.0.0" not in text


def test_an_extra_that_is_half_there_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp.web", None)
    with pytest.raises(UsageError):
        web_server(["x"], "127.0.0.1", 8000, print)
