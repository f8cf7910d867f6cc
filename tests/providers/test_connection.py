"""The kept connection, against a service that says exactly what a test wants, when it wants."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from jobtui.core.errors import Unreachable
from jobtui.core.pauses import no_collection
from jobtui.providers.http import HttpClient, HttpLimits
from jobtui.providers.network_faults import network_faults
from tests.providers.raw_server import http_answer

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_ONE = HttpLimits(connections=1, read_s=5.0)


class Service:
    """Holds the same talk on each connection."""

    def __init__(self, talk: Talk) -> None:
        self.talks: list[asyncio.Task[object]] = []
        self._talk = talk

    @contextlib.asynccontextmanager
    async def asked(self, host: str = "127.0.0.1", limits: HttpLimits = _ONE) -> AsyncIterator[HttpClient]:
        server = await asyncio.start_server(self._serve, host, 0)
        shown = f"[{host}]" if ":" in host else host
        http = HttpClient(f"http://{shown}:{server.sockets[0].getsockname()[1]}", limits=limits)
        try:
            yield http
        finally:
            await http.aclose()
            server.close()
            await asyncio.gather(*self.talks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.talks.append(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def asked(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_one_connection_serves_many_questions() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(http_answer((await asked(reader)).split()[1]))

    service = Service(talk)
    async with service.asked() as http:
        answers = [(await http.send("GET", (f"job{number}",))).body for number in range(5)]
    assert answers == [f"/job{number}".encode() for number in range(5)]
    assert len(service.talks) == 1


@pytest.mark.parametrize("farewell", [(), ("Connection: close",)], ids=["unsaid", "said"])
async def test_h6_a_service_that_hung_up_since_is_asked_on_another_connection(farewell: tuple[str, ...]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(http_answer(headers=farewell))

    service = Service(talk)
    async with service.asked() as http:
        for _ in range(3):
            assert (await http.send("GET", ("a",))).status == 200
            await asyncio.gather(*service.talks)
    assert len(service.talks) == 3


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "later"])
async def test_h16_what_nobody_asked_for_is_no_answer_to_the_next_question(waits: bool) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer((await asked(reader)).split()[1]))
        if waits:
            await answered.wait()
        writer.write(http_answer(b"smuggled"))
        await writer.drain()
        smuggled.set()
        await reader.read()

    answered, smuggled = asyncio.Event(), asyncio.Event()
    async with Service(talk).asked() as http:
        assert (await http.send("GET", ("first",))).body == b"/first"
        answered.set()
        await smuggled.wait()
        assert (await http.send("GET", ("second",))).body == b"/second"


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nto the end")

    async with Service(talk).asked() as http:
        assert (await http.send("GET", ("a",))).body == b"to the end"


async def test_hints_before_the_answer_are_passed_over() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http_answer(b"answer"))

    async with Service(talk).asked() as http:
        answer = await http.send("GET", ("a",))
    assert (answer.status, answer.body) == (200, b"answer")


async def test_h10_an_answer_of_countless_chunks_leaves_the_loop_to_others_in_between() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 30_000 + b"0\r\n\r\n")

    longest_s = 0.0

    async def watch() -> None:
        nonlocal longest_s
        began = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest_s, began = max(longest_s, now - began), now

    async with Service(talk).asked() as http:
        with no_collection():
            watching, began = asyncio.create_task(watch()), time.thread_time()
            assert len((await http.send("GET", ["chunks"])).body) == 30_000
            whole_s = time.thread_time() - began
        watching.cancel()
    assert longest_s < whole_s / 10


async def test_large_questions_and_answers_arrive_whole() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asked(reader)
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        writer.write(http_answer(await reader.readexactly(length)))

    text = "0123456789" * 400_000
    async with Service(talk).asked() as http:
        assert (await http.send("POST", ("a",), json=text)).json() == text


async def test_an_answer_that_comes_before_the_whole_question_was_read_counts() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(http_answer(status="413 Too Large"))
        await over.wait()

    over = asyncio.Event()
    service = Service(talk)
    async with service.asked() as http:
        for _ in range(2):
            # The rest of the first question must not be taken for the second one.
            assert (await http.send("POST", ("a",), json="x" * 20_000_000)).status == 413
        over.set()
    assert len(service.talks) == 2


async def test_h3_h12_a_service_that_stops_reading_is_given_up_and_may_have_been_asked() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()

    over = asyncio.Event()
    async with Service(talk).asked(limits=HttpLimits(connections=1, read_s=0.1)) as http:
        with pytest.raises(Unreachable, match="no answer in time") as caught:
            await http.send("POST", ("a",), json="x" * 20_000_000)
        over.set()
    assert caught.value.request_sent


async def test_h6_h12_a_reset_before_the_answer_may_have_been_asked() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with Service(talk).asked() as http:
        with pytest.raises(Unreachable, match="broke off") as caught:
            await http.send("POST", ("a",))
    assert caught.value.request_sent


async def test_an_address_of_version_6_is_asked() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hosts.append((await asked(reader)).lower().partition(b"host: ")[2].split(b"\r\n")[0])
        writer.write(http_answer())

    hosts: list[bytes] = []
    try:
        async with Service(talk).asked("::1") as http:
            assert (await http.send("GET", ("a",))).status == 200
    except OSError:
        pytest.skip("no IPv6 here")
    assert hosts[0].startswith(b"[::1]:")


def test_h10_a_host_of_several_addresses_that_refuse_says_so() -> None:
    refusals = "[Errno 111] Connect call failed ('::1', 9, 0, 0), [Errno 111] Connect call failed ('127.0.0.1', 9)"
    with pytest.raises(Unreachable, match="refused"), network_faults("localhost:9"):
        raise OSError(f"Multiple exceptions: {refusals}")
