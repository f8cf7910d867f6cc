from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from jobtui.demo.http_server import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    ConnectionDropped,
    HttpServer,
    Request,
    Response,
    json_response,
)


async def echo(request: Request) -> Response:
    match request.segments:
        case ("hang-up",):
            raise ConnectionDropped
        case ("break-off",):
            return Response(200, b"half", (("Content-Length", "8"),))
        case ("empty",):
            return Response(204)
    return json_response(
        200,
        {
            "method": request.method,
            "path": request.path,
            "segments": request.segments,
            "query": dict(request.query),
            "cookie": request.headers.get("cookie"),
            "body": request.body.decode(),
        },
    )


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    server = HttpServer(echo)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server: HttpServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.base_url) as client:
        yield client


async def exchange(server: HttpServer, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    await writer.drain()
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


async def test_path_and_query_arrive_decoded(client: httpx.AsyncClient) -> None:
    seen = (await client.get("/a/b%2Fc/%C3%A9?x=1&x=2&name=a%20b")).json()
    assert seen["segments"] == ["a", "b/c", "é"]
    assert seen["path"] == "/a/b%2Fc/%C3%A9"
    assert seen["query"] == {"x": "2", "name": "a b"}


async def test_head_tells_the_length_and_sends_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/x")
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0
    assert (await client.get("/x")).json()["method"] == "GET"


async def test_a_chunked_body_arrives_whole(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first "
        yield b"second"

    assert (await client.post("/x", content=pieces())).json()["body"] == "first second"


async def test_chunks_may_have_extensions_and_trailers(server: HttpServer) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    received = await exchange(server, head + b"3;name=value\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n")
    assert b'"body":"abc"' in received


async def test_a_client_that_asks_first_is_told_to_go_on(server: HttpServer) -> None:
    head = b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n"
    received = await exchange(server, head + b"\r\nhi")
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert b'"body":"hi"' in received


async def test_cookies_of_several_lines_are_one_cookie_header(server: HttpServer) -> None:
    get = b"GET /x HTTP/1.1\r\nHost: localhost\r\nCookie: a=1\r\nCookie: b=2\r\nConnection: close\r\n\r\n"
    assert b'"cookie":"a=1; b=2"' in await exchange(server, get)


async def test_one_connection_carries_many_requests(server: HttpServer) -> None:
    get = b"GET /n HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
    received = await exchange(server, get % b"" + get % b"" + get % b"Connection: close\r\n")
    assert received.count(b"HTTP/1.1 200 OK") == 3


async def test_an_answer_without_content_has_no_length(server: HttpServer) -> None:
    received = await exchange(server, b"GET /empty HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 204")
    assert b"content-length" not in received.lower()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "[::"])
async def test_a_foreign_host_name_is_refused(server: HttpServer, host: str) -> None:
    received = await exchange(server, f"GET /x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert received.startswith(b"HTTP/1.1 421")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:99", "[::1]:7002"])
async def test_loopback_names_are_served(server: HttpServer, host: str) -> None:
    received = await exchange(server, f"GET /x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert received.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /x HTTP/1.0\r\n\r\n", 505),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n", 431),
        (b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), 413),
    ],
)
async def test_what_is_no_request_is_refused(server: HttpServer, sent: bytes, status: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    writer.write_eof()
    assert (await reader.read()).startswith(f"HTTP/1.1 {status} ".encode())
    writer.close()
    await writer.wait_closed()


async def test_a_body_that_is_too_long_is_refused_before_it_was_sent_completely(client: httpx.AsyncClient) -> None:
    assert (await client.post("/x", content=b"x" * (MAX_BODY_BYTES + 1))).status_code == 413


async def test_a_request_may_carry_a_picture_of_twenty_megabytes_in_base64(client: httpx.AsyncClient) -> None:
    assert (await client.post("/empty", content=bytes(20_000_000 * 4 // 3 + 1024))).status_code == 204


async def test_a_handler_can_hang_up(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/hang-up")
    assert (await client.get("/x")).status_code == 200


async def test_an_answer_can_break_off(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        await client.get("/break-off")


async def test_stopping_hangs_up_on_idle_connections() -> None:
    server = HttpServer(echo)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await server.stop()
    assert not (await reader.read()).startswith(b"HTTP")
    writer.close()
    await writer.wait_closed()
    await server.stop()  # a second time is nothing


async def test_a_taken_port_is_an_error(server: HttpServer) -> None:
    with pytest.raises(OSError, match="address already in use"):
        await HttpServer(echo, port=server.port).start()
