from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from jobtui.core.errors import (
    InvalidInput,
    JobtuiError,
    ProtocolError,
    ProviderRefused,
    SettingsError,
    Unreachable,
)
from jobtui.core.jobs import JsonValue
from jobtui.core.redaction import MASK
from jobtui.providers.http import Answer, HttpClient, HttpLimits
from tests.demo.fake_clock import FakeClock
from tests.providers.raw_server import RawServer, http_answer

TOKEN = "planted-token-6f1d"


def scripted(answer: Callable[[httpx.Request], httpx.Response]) -> HttpClient:
    return HttpClient("http://host/base/", transport=httpx.MockTransport(answer), clock=FakeClock())


async def get(base_url: str, *segments: str, limits: HttpLimits | None = None) -> Answer:
    http = HttpClient(base_url, limits=limits)
    try:
        return await http.send("GET", segments)
    finally:
        await http.aclose()


async def test_segments_and_query_reach_the_wire_escaped_whole() -> None:
    async with RawServer(http_answer()).serving() as server:
        http = HttpClient(f"{server.base_url}/api/")
        await http.send("GET", ("a/b?c#d", "%2e", "é …", "~"), query={"filter": '{"a": "&="}', "page": "1"})
        await http.aclose()
    line = server.heads[0].split(b"\r\n")[0]
    assert line == (
        b"GET /api/a%2Fb%3Fc%23d/%252e/%C3%A9%20%E2%80%A6/~?filter=%7B%22a%22%3A%20%22%26%3D%22%7D&page=1 HTTP/1.1"
    )


@pytest.mark.parametrize("segment", ["", ".", "..", "a\nb", "\x9b", "x" * 1025, "\ud83d"])
async def test_h18_a_segment_that_would_mean_another_path_is_refused_before_anything_is_sent(segment: str) -> None:
    http = scripted(lambda request: httpx.Response(200))
    with pytest.raises(ProviderRefused, match="can't be put into a URL"):
        await http.send("GET", ("jobs", segment, "cancel"))
    assert http.requests == 0


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "host:7002",
        "ftp://host",
        "http://",
        "http://user@host",
        "http://user:password@host",
        "http://host:99999",
        "http://host:0",
        "http://host:x",
        "http://[::1",
        "http://höst",
        "http://host/ path",
        "http://host\\path",
        "http://host/?key=1",
        "http://host/#top",
    ],
)
def test_h5_a_base_url_that_cannot_be_used_is_a_setting_to_mend(base_url: str) -> None:
    with pytest.raises(SettingsError, match="base_url"):
        HttpClient(base_url)


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        ("http://host/other", True),
        ("HTTP://HOST:80?x", True),
        ("http://host:8080/", False),
        ("https://host/", False),
        ("http://host@evil/", False),
        ("http://user@host/", False),
        ("http://host\\@evil/", False),
        ("http://host.evil/", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("/base/jobs", False),
        ("http://ho\tst/", False),
    ],
)
def test_h2_only_the_same_scheme_host_and_port_are_the_own_origin(url: str, is_own: bool) -> None:
    assert HttpClient("http://host/base").is_own_origin(url) is is_own


async def test_h2_a_link_of_the_service_is_followed_byte_for_byte_on_the_own_origin_only() -> None:
    async with RawServer(http_answer()).serving() as server:
        http = HttpClient(server.base_url)
        await http.send_url("GET", f"{server.base_url}/a%2fb/~?sig=%7e+x'#top")
        await http.send_url("DELETE", "/relative")
        await http.send_url("GET", f"{server.base_url}/x/../y?a='b'")
        for foreign in (
            "http://127.0.0.1:1/a",
            "//127.0.0.2/a",
            "file:///a",
            "javascript:alert(1)",
            "//[",
            "a\nb",
        ):
            with pytest.raises(ProtocolError, match="link"):
                await http.send_url("GET", foreign, headers={"authorization": "Bearer x"})
        await http.aclose()
    assert [head.split(b"\r\n")[0] for head in server.heads] == [
        b"GET /a%2fb/~?sig=%7e+x' HTTP/1.1",
        b"DELETE /relative HTTP/1.1",
        b"GET /x/../y?a='b' HTTP/1.1",
    ]


async def test_h1_a_redirect_is_an_answer() -> None:
    http = scripted(lambda request: httpx.Response(303, headers={"location": "http://evil/"}))
    answer = await http.send("POST", ("jobs",))
    assert (answer.status, answer.headers["location"], http.requests) == (303, "http://evil/", 1)


async def test_h13_cookies_are_told_and_never_kept() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers=[("set-cookie", "token=1; Path=/"), ("set-cookie", "b=2")], json={})

    http = scripted(answer)
    first = await http.send("GET", ("a",), headers={"Cookie": "token=0"})
    await http.send("GET", ("a",))
    assert seen == ["token=0", None]
    assert first.set_cookies == ("token=1; Path=/", "b=2")
    assert "token=1" not in repr(first)
    assert "set-cookie" not in first.headers


async def test_bodies_are_sent_as_json_or_as_a_form() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers.get("content-type"), request.content))
        return httpx.Response(204)

    http = scripted(answer)
    await http.send("POST", ("a",), json={"name": "é", "none": None})
    await http.send("POST", ("a",), json=None)
    await http.send("POST", ("a",), form={"scope": "a b", "x": "&"})
    await http.send("POST", ("a",))
    assert seen == [
        ("application/json", b'{"name":"\\u00e9","none":null}'),
        ("application/json", b"null"),
        ("application/x-www-form-urlencoded", b"scope=a+b&x=%26"),
        (None, b""),
    ]


async def test_input_that_json_cannot_write_is_turned_down_before_it_is_sent() -> None:
    http = scripted(lambda request: httpx.Response(200))
    with pytest.raises(InvalidInput):
        await http.send("POST", ("a",), json={"x": float("nan")})
    assert http.requests == 0


async def test_what_a_call_took_is_counted() -> None:
    clock = FakeClock()

    async def answer(request: httpx.Request) -> httpx.Response:
        await clock.sleep(0.25)
        return httpx.Response(200)

    http = HttpClient("http://host", transport=httpx.MockTransport(answer), clock=clock)
    await http.send("GET", ("a",))
    assert http.requests == 1
    assert http.last_latency_ms == pytest.approx(250)


async def test_h3_a_body_that_never_ends_is_given_up_after_the_time_for_the_whole_call() -> None:
    started = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
    async with RawServer(started, hangs=True).serving() as server:
        with pytest.raises(Unreachable, match="no whole answer in time") as caught:
            await get(server.base_url, "a", limits=HttpLimits(total_s=0.1))
    assert caught.value.request_sent


async def test_a_question_that_found_every_connection_busy_was_never_sent() -> None:
    async with RawServer(b"", hangs=True).serving() as server:
        http = HttpClient(server.base_url, limits=HttpLimits(read_s=0.2, connections=1))
        faults = await asyncio.gather(*(http.send("POST", ("a",)) for _ in range(2)), return_exceptions=True)
        await http.aclose()
    sent = [(isinstance(fault, Unreachable), getattr(fault, "request_sent", None)) for fault in faults]
    assert sorted(sent) == [(True, False), (True, True)]
    assert len(server.heads) == 1


async def test_a_question_that_is_given_up_spoils_no_later_one() -> None:
    async with RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", http_answer()).serving() as server:
        http = HttpClient(server.base_url, limits=HttpLimits(connections=1))
        with pytest.raises(Unreachable):
            await http.send("GET", ("a",))
        assert (await http.send("GET", ("a",))).json() == {}
        await http.aclose()


async def test_a_silent_server_is_given_up() -> None:
    async with RawServer(b"", hangs=True).serving() as server:
        with pytest.raises(Unreachable, match="no answer in time"):
            await get(server.base_url, "a", limits=HttpLimits(read_s=0.1))


async def test_h4_a_body_above_the_cap_is_refused_while_it_comes() -> None:
    async with RawServer(http_answer(b"x" * 300_000)).serving() as server:
        with pytest.raises(ProtocolError, match="larger than"):
            await get(server.base_url, "a", limits=HttpLimits(max_body_bytes=100_000))


async def test_h6_a_broken_off_body_is_a_fault_of_the_way() -> None:
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n'
    for answer in (chunked, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b""):
        async with RawServer(answer).serving() as server:
            with pytest.raises(Unreachable, match="broke off"):
                await get(server.base_url, "a")


async def test_h16_headers_without_end_and_answers_that_are_no_http_are_named() -> None:
    for answer in (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, b"SSH-2.0-OpenSSH_9.2\r\n\r\n"):
        async with RawServer(answer).serving() as server:
            with pytest.raises(ProtocolError, match="isn't valid HTTP"):
                await get(server.base_url, "a")


async def test_h10_a_refused_connection_says_so_and_that_nothing_was_sent() -> None:
    async with RawServer(b"").serving() as server:
        pass
    with pytest.raises(Unreachable, match="refused") as caught:
        await get(server.base_url, "a")
    assert not caught.value.request_sent


async def test_h10_an_unknown_host_name_says_so() -> None:
    with pytest.raises(Unreachable, match=r"nosuch\.invalid: the host name isn't known"):
        await get("http://nosuch.invalid", "a")


@pytest.mark.parametrize("header", ["planted\u2019token", "planted\ntoken"])
async def test_h5_h21_a_header_that_cannot_be_sent_is_named_without_its_value(header: str) -> None:
    async with RawServer(http_answer()).serving() as server:
        http = HttpClient(server.base_url)
        with pytest.raises(ProviderRefused) as caught:
            await http.send("GET", ("a",), headers={"authorization": header})
        await http.aclose()
    assert "planted" not in f"{caught.value}{caught.value.hint}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


FAULTS = [
    httpx.ReadError(""),
    httpx.WriteError(""),
    httpx.CloseError(TOKEN),
    httpx.ConnectTimeout(""),
    httpx.ReadTimeout(""),
    httpx.WriteTimeout(""),
    httpx.PoolTimeout(""),
    httpx.ConnectError(f"http://host/?key={TOKEN}"),
    httpx.ProxyError(TOKEN),
    httpx.UnsupportedProtocol(TOKEN),
    httpx.RemoteProtocolError(TOKEN),
    httpx.LocalProtocolError(TOKEN),
    httpx.DecodingError(TOKEN),
    httpx.InvalidURL(TOKEN),
    UnicodeError(TOKEN),
    OSError(TOKEN),
    OverflowError(TOKEN),
    ExceptionGroup(TOKEN, [OSError(TOKEN)]),
    TimeoutError(),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_h5_h17_h21_every_fault_of_the_libraries_has_words_of_our_own(fault: Exception) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise fault

    with pytest.raises(JobtuiError) as caught:
        await scripted(answer).send("GET", ("a",), query={"key": TOKEN})
    assert len(str(caught.value)) > len("host: ")
    assert TOKEN not in f"{caught.value}{caught.value.hint}"


NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@pytest.mark.parametrize("kind", [*NEVER_SENT, httpx.ReadError, httpx.ReadTimeout, httpx.WriteError])
async def test_h12_it_is_known_whether_a_request_may_have_arrived(kind: type[httpx.TransportError]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise kind("")

    with pytest.raises(Unreachable) as caught:
        await scripted(answer).send("POST", ("a",))
    assert caught.value.request_sent is (kind not in NEVER_SENT)


async def test_h20_a_service_that_echoes_a_secret_gets_it_masked() -> None:
    http = scripted(lambda request: httpx.Response(400, json={"detail": f"bad token {TOKEN}"}))
    http.redactor.register(TOKEN)
    answer = await http.send("GET", ("a",))
    assert answer.json() == {"detail": f"bad token {MASK}"}


async def test_h14_a_proxy_of_the_environment_is_used_and_netrc_is_not(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    (home / ".netrc").write_text("default login me password planted-password\n")
    async with RawServer(http_answer()).serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url)
        await get("http://service.example/base", "a")
        http = HttpClient("http://service.example")
        await http.send_url("GET", "http://service.example/x/../y")
        await http.aclose()
    head = proxy.heads[0]
    assert proxy.heads[1].startswith(b"GET http://service.example/x/../y HTTP/1.1\r\n")
    assert head.startswith(b"GET http://service.example/base/a HTTP/1.1\r\n")
    assert b"authorization" not in head.lower()


async def test_h14_a_proxy_that_cannot_be_used_is_a_setting_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "gopher://user:planted@proxy")
    with pytest.raises(SettingsError, match="proxy") as caught:
        await get("http://service.example", "a")
    assert "planted" not in str(caught.value)


async def test_a_closed_client_opens_again_for_a_later_call() -> None:
    http = scripted(lambda request: httpx.Response(200))
    await http.send("GET", ("a",))
    await http.aclose()
    assert (await http.send("GET", ("a",))).status == 200


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":NaN,"b":-Infinity,"c":1e999,"d":1.5}', {"a": None, "b": None, "c": None, "d": 1.5}),
        (rb'{"\ud83d":["\ud83d!","\ud83d\ude00","plain",1]}', {"\ufffd": ["\ufffd!", "😀", "plain", 1]}),
        (b"null", None),
        (b' [1, "a"]\n', [1, "a"]),
    ],
)
async def test_h7_h8_json_is_read_whatever_it_is_called(body: bytes, value: JsonValue) -> None:
    http = scripted(lambda request: httpx.Response(200, content=body, headers={"content-type": "text/plain"}))
    assert (await http.send("GET", ("a",))).json() == value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b" \n<!doctype html><html>", "a web page, not the API"),
        (b"Bad gateway", "isn't JSON"),
        (b'{"a":', "broken off"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' + b"9" * 5000 + b"}", "isn't valid JSON"),
    ],
)
async def test_h5_h7_a_body_that_is_no_json_is_named_for_what_it_is(body: bytes, words: str) -> None:
    http = scripted(lambda request: httpx.Response(200, content=body))
    answer = await http.send("GET", ("a",))
    with pytest.raises(ProtocolError, match=words):
        answer.json()


async def test_json_of_another_kind_is_no_object() -> None:
    http = scripted(lambda request: httpx.Response(200, content=b"\xef\xbb\xbf[]"))
    answer = await http.send("GET", ("a",))
    assert answer.text() == "[]"
    with pytest.raises(ProtocolError, match="not an object"):
        answer.json_object()


async def test_h19_compression_nobody_asked_for_is_undone_in_bounds() -> None:
    import gzip

    small = http_answer(gzip.compress(b'{"a":1}'), headers=("Content-Encoding: gzip",))
    bomb = http_answer(gzip.compress(bytes(50_000_000)), headers=("Content-Encoding: gzip",))
    cut = http_answer(gzip.compress(b'{"a":1}')[:-9], headers=("Content-Encoding: gzip",))
    damaged = http_answer(b"no gzip at all", headers=("Content-Encoding: deflate",))
    strange = http_answer(b"{}", headers=("Content-Encoding: br",))
    async with RawServer(small, bomb, cut, damaged, strange).serving() as server:
        assert (await get(server.base_url, "a")).json() == {"a": 1}
        for words in ("larger than 1 MiB", "broken off", "damaged", "wasn't asked for"):
            with pytest.raises(ProtocolError, match=words):
                await get(server.base_url, "a", limits=HttpLimits(max_body_bytes=1024**2))
    assert b"accept-encoding: identity" in server.heads[0].lower()


async def test_h19_a_bomb_is_given_up_after_its_first_pieces() -> None:
    import zlib

    from jobtui.providers.bodies import inflated, read_capped

    async def bomb() -> AsyncIterator[bytes]:
        yield zlib.compress(bytes(50_000_000))

    sizes = []

    async def measured() -> AsyncIterator[bytes]:
        async for piece in inflated(bomb(), "deflate"):
            sizes.append(len(piece))
            yield piece

    with pytest.raises(ProtocolError):
        await read_capped(measured(), 1_000_000)
    assert sum(sizes) < 2_000_000


def test_httpx_is_not_loaded_before_the_first_request() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import jobtui.providers.nebula as nebula\n"
        "from jobtui.providers.http import HttpClient\n"
        "HttpClient('http://host')\n"
        "assert nebula and 'httpx' not in sys.modules"
    )
    root = str(Path(__file__).parents[2])
    subprocess.run([sys.executable, "-I", "-c", script, root], check=True, timeout=60)
