"""What whoever records is told of an exchange, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from jobtui.core.errors import JobtuiError, Unreachable
from jobtui.core.exchanges import MAX_BODY_BYTES, Exchange
from jobtui.providers.http import HttpClient, HttpLimits
from tests.providers.raw_server import RawServer, http_answer


async def told(server: RawServer) -> tuple[Exchange, JobtuiError | None]:
    """One GET, and what its tap was told."""
    exchanges: list[Exchange] = []
    error: JobtuiError | None = None
    http = HttpClient(server.base_url, tap=exchanges.append)
    try:
        await http.send("GET", ("a b",), query={"q": "1"}, headers={"x": "y"})
    except JobtuiError as fault:
        error = fault
    await http.aclose()
    (exchange,) = exchanges
    assert (exchange.method, exchange.url) == ("GET", f"{server.base_url}/a%20b?q=1")
    assert ("x", "y") in exchange.request_headers
    return exchange, error


async def test_an_answer_is_told_with_head_and_body_however_it_was_compressed() -> None:
    body = gzip.compress(b'{"words": "clear"}')
    async with RawServer(http_answer(body, headers=("Content-Encoding: gzip", "ETag: e"))).serving() as server:
        exchange, error = await told(server)
    assert error is None
    assert (exchange.status, exchange.body, exchange.whole_bytes, exchange.fault) == (
        200,
        b'{"words": "clear"}',
        None,
        "",
    )
    assert (exchange.header("etag"), exchange.header("content-encoding")) == ("e", "")


@pytest.mark.parametrize(("encoding", "body"), [("br", b"??"), ("gzip", b"no gzip")])
async def test_what_can_not_be_decompressed_is_not_told(encoding: str, body: bytes) -> None:
    async with RawServer(http_answer(body, headers=(f"Content-Encoding: {encoding}",))).serving() as server:
        exchange, error = await told(server)
    assert error is not None
    assert exchange.body == b""
    assert exchange.whole_bytes is not None


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"", None, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 200, b"half"),
        (b"SSH-2.0\r\n", None, b""),
    ],
)
async def test_a_fault_is_told_in_words_without_the_host(answer: bytes, status: int | None, body: bytes) -> None:
    async with RawServer(answer).serving() as server:
        exchange, error = await told(server)
    assert error is not None
    assert (exchange.status, exchange.body) == (status, body)
    assert exchange.fault.startswith("the service: ")
    assert "127.0.0.1" not in exchange.fault


async def test_a_call_that_took_too_long_is_told() -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        await asyncio.Event().wait()

    exchanges: list[Exchange] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=half()))
    http = HttpClient("http://host", transport=transport, limits=HttpLimits(total_s=0.05), tap=exchanges.append)
    with pytest.raises(Unreachable):
        await http.send("GET", ())
    await http.aclose()
    (exchange,) = exchanges
    assert (exchange.status, exchange.body) == (200, b"half")
    assert exchange.fault == "the service: no whole answer in time"


async def test_that_somebody_left_is_no_answer_of_the_service() -> None:
    asked = asyncio.Event()

    async def never(_: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    exchanges: list[Exchange] = []
    http = HttpClient("http://host", transport=httpx.MockTransport(never), tap=exchanges.append)
    asking = asyncio.create_task(http.send("GET", ()))
    await asked.wait()
    asking.cancel()
    await asyncio.wait([asking])
    await http.aclose()
    assert exchanges == []


async def test_a_large_body_is_told_as_its_beginning_and_its_length() -> None:
    async with RawServer(http_answer(b"x" * (MAX_BODY_BYTES + 100_000))).serving() as server:
        exchange, error = await told(server)
    assert error is None
    assert MAX_BODY_BYTES < len(exchange.body) < MAX_BODY_BYTES + 100_000
    assert exchange.whole_bytes == MAX_BODY_BYTES + 100_000


async def test_downloads_are_told_with_each_redirect_and_one_that_nobody_wanted_to_the_end_as_cut() -> None:
    moved = http_answer(b"moved", status="302 Found", headers=("Location: /file",))
    file = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    exchanges: list[Exchange] = []
    async with RawServer(moved, file, hangs=True).serving() as server:
        http = HttpClient(server.base_url, tap=exchanges.append)
        async with http.open_download(f"{server.base_url}/old") as download:
            async for _ in download.chunks:
                break
        await http.aclose()
    first, second = exchanges
    assert (first.status, first.header("location"), first.whole_bytes, first.fault) == (302, "/file", None, "")
    assert (second.url, second.status, second.body) == (f"{server.base_url}/file", 200, b"half")
    assert (second.whole_bytes, second.fault) == (9, "")
