from __future__ import annotations

import gzip
from collections.abc import Callable

import httpx
import pytest

from jobtui.core.errors import ProtocolError, ProviderBusy, ProviderRefused, SignInRefused, Unreachable
from jobtui.providers.base import Download
from jobtui.providers.download import file_name
from jobtui.providers.http import HttpClient
from tests.demo.fake_clock import FakeClock
from tests.providers.raw_server import RawServer, http_answer

CREDENTIALS = {"Authorization": "Bearer planted"}
BODY = b"0123456789"


class Host:
    """Answers by URL and remembers what it was asked."""

    def __init__(self, answers: dict[str, Callable[[httpx.Request], httpx.Response]]) -> None:
        self._answers = answers
        self.requests: list[httpx.Request] = []
        self.http = HttpClient("https://own/api", transport=httpx.MockTransport(self._answer), clock=FakeClock())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answers[str(request.url)](request)

    async def read(self, url: str, *, offset_bytes: int = 0, validator: str = "") -> tuple[Download, bytes]:
        opening = self.http.open_download(url, offset_bytes=offset_bytes, validator=validator, credentials=CREDENTIALS)
        async with opening as download:
            return download, b"".join([chunk async for chunk in download.chunks])


def sends(status: int = 200, content: bytes = BODY, /, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(status, content=content, headers=named)


async def test_a_file_is_opened_with_what_its_answer_tells() -> None:
    host = Host(
        {
            "https://own/f": sends(
                etag='"v1"',
                content_type="video/MP4; codecs=avc1",
                content_disposition="attachment; filename*=UTF-8''s%C3%BCn.mp4",
            )
        }
    )
    download, body = await host.read("https://own/f")
    assert body == BODY
    assert (download.size_bytes, download.offset_bytes, download.validator) == (10, 0, '"v1"')
    assert (download.media_type, download.file_name) == ("video/mp4", "sün.mp4")
    assert host.requests[0].headers["authorization"] == "Bearer planted"
    assert host.requests[0].headers["accept-encoding"] == "identity"


async def test_h1_h2_redirects_are_followed_and_only_the_own_origin_gets_credentials() -> None:
    host = Host(
        {
            "https://own/f": sends(302, location="/g"),
            "https://own/g": sends(307, location="https://cdn/h?sig=%7e"),
            "https://cdn/h?sig=%7e": sends(301, location="//own/i"),
            "https://own/i": sends(),
        }
    )
    _, body = await host.read("https://own/f")
    assert body == BODY
    assert ["authorization" in request.headers for request in host.requests] == [True, True, False, True]


@pytest.mark.parametrize(
    "target",
    ["/a%2fb?X-Sig=a+b%7e'|^&y=[1]", '/a"b/{x}`?q="<y>"', "/a/../b/./c", "/a//b?", "/%zz%?%"],
)
async def test_a_signed_url_reaches_the_wire_byte_for_byte(target: str) -> None:
    async with RawServer(http_answer(BODY)).serving() as server:
        http = HttpClient("http://own.invalid")
        url = f"{server.base_url}{target}"
        async with http.open_download(url, credentials=CREDENTIALS) as download:
            assert b"".join([chunk async for chunk in download.chunks]) == BODY
        await http.aclose()
    assert server.heads[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())
    assert b"planted" not in server.heads[0]


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("/f", "circle"),
        ("", "nowhere"),
        ("file:///etc/passwd", "plain http or https"),
        ("https://user:pw@cdn/f", "plain http or https"),
        ("http://cdn/f", "from https to plain http"),
    ],
)
async def test_a_redirect_that_leads_nowhere_good_is_not_followed(location: str, words: str) -> None:
    host = Host({"https://own/f": sends(302, location=location)})
    with pytest.raises(ProtocolError, match=words):
        await host.read("https://own/f")
    assert len(host.requests) <= 6


async def test_a_replay_asks_nobody_else_whatever_its_links_and_redirects_say() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": "http://127.0.0.1.elsewhere.example/f"})

    transport = httpx.MockTransport(answer)
    own = "http://127.0.0.1:1"
    http = HttpClient(own, transport=transport, clock=FakeClock(), replayed_at=[own, "http://127.0.0.1:2"])
    for url in ("https://elsewhere.example/f", "http://127.0.0.1:3/f", "http://127.0.0.1:2/f"):
        with pytest.raises(ProviderRefused, match="the recording holds nothing of"):
            async with http.open_download(url):
                pass
    assert asked == ["http://127.0.0.1:2/f"]


async def test_d6_a_download_goes_on_where_it_was_cut() -> None:
    host = Host({"https://own/f": sends(206, BODY[4:], content_range="bytes 4-9/10", etag='"v1"')})
    download, body = await host.read("https://own/f", offset_bytes=4, validator='"v1"')
    assert (body, download.offset_bytes, download.size_bytes) == (BODY[4:], 4, 10)
    assert host.requests[0].headers["range"] == "bytes=4-"
    assert host.requests[0].headers["if-range"] == '"v1"'


async def test_d6_a_file_that_changed_or_a_server_without_ranges_starts_anew() -> None:
    host = Host({"https://own/f": sends(200)})
    download, body = await host.read("https://own/f", offset_bytes=4, validator='"v1"')
    assert (body, download.offset_bytes) == (BODY, 0)


async def test_d6_nothing_is_resumed_without_a_validator() -> None:
    host = Host({"https://own/f": sends(200)})
    await host.read("https://own/f", offset_bytes=4)
    assert "range" not in host.requests[0].headers


@pytest.mark.parametrize("content_range", ["bytes 0-9/10", "bytes 5-9/10", "bytes */10", "4-9", ""])
async def test_d6_where_another_part_comes_than_was_asked_for_all_is_asked_for(content_range: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "range" in request.headers:
            return httpx.Response(206, content=BODY[5:], headers={"content-range": content_range})
        return httpx.Response(200, content=BODY)

    download, body = await Host({"https://own/f": answer}).read("https://own/f", offset_bytes=4, validator='"v1"')
    assert (body, download.offset_bytes) == (BODY, 0)


async def test_d6_a_part_for_who_asked_for_all_is_refused() -> None:
    host = Host({"https://own/f": sends(206, BODY[5:], content_range="bytes 5-9/10")})
    with pytest.raises(ProtocolError, match="another part"):
        await host.read("https://own/f", offset_bytes=4, validator='"v1"')


async def test_d6_a_part_of_unknown_whole_size_is_taken() -> None:
    host = Host({"https://own/f": sends(206, BODY[4:], content_range="bytes 4-9/*")})
    download, _ = await host.read("https://own/f", offset_bytes=4, validator='"v1"')
    assert download.size_bytes is None
    # The part itself says that what was asked for with If-Range still holds.
    assert download.validator == '"v1"'


async def test_d6_a_file_that_is_there_already_is_told_complete() -> None:
    host = Host({"https://own/f": sends(416, b"", content_range="bytes */10")})
    download, body = await host.read("https://own/f", offset_bytes=10, validator='"v1"')
    assert (body, download.offset_bytes, download.size_bytes, download.validator) == (b"", 10, 10, '"v1"')


async def test_d6_a_part_longer_than_the_file_is_thrown_away() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "range" in request.headers:
            return httpx.Response(416, headers={"content-range": "bytes */10"})
        return httpx.Response(200, content=BODY)

    host = Host({"https://own/f": answer})
    download, body = await host.read("https://own/f", offset_bytes=99, validator='"v1"')
    assert (body, download.offset_bytes) == (BODY, 0)


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"etag": 'W/"v1"'}, ""),
        ({"etag": 'W/"v1"', "last_modified": "Sun, 22 Nov 2026 09:00:00 GMT"}, "Sun, 22 Nov 2026 09:00:00 GMT"),
        ({}, ""),
    ],
)
async def test_d6_a_weak_etag_is_nothing_to_resume_with(headers: dict[str, str], validator: str) -> None:
    download, _ = await Host({"https://own/f": sends(200, BODY, **headers)}).read("https://own/f")
    assert download.validator == validator


async def test_h19_a_file_compressed_unasked_is_undone_without_a_size_to_trust() -> None:
    compressed = gzip.compress(BODY)
    headers = ("Content-Encoding: gzip", 'ETag: "v1"')
    async with RawServer(http_answer(compressed, headers=headers)).serving() as server:
        http = HttpClient(server.base_url)
        async with http.open_download(f"{server.base_url}/f") as download:
            body = b"".join([chunk async for chunk in download.chunks])
        await http.aclose()
    assert body == BODY
    assert (download.size_bytes, download.validator) == (None, "")


async def test_a_compressed_part_is_refused() -> None:
    part = http_answer(
        b"x", status="206 Partial Content", headers=("Content-Encoding: gzip", "Content-Range: bytes 0-9/10")
    )
    async with RawServer(part).serving() as server:
        http = HttpClient(server.base_url)
        with pytest.raises(ProtocolError, match="compressed part"):
            async with http.open_download(f"{server.base_url}/f", offset_bytes=4, validator='"v"'):
                pass
        await http.aclose()


async def test_a_connection_that_breaks_in_the_middle_is_told_by_the_chunks() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123"
    async with RawServer(cut).serving() as server:
        http = HttpClient(server.base_url)
        async with http.open_download(f"{server.base_url}/f") as download:
            assert await anext(download.chunks) == b"0123"
            with pytest.raises(Unreachable, match="broke off"):
                await anext(download.chunks)
        await http.aclose()


@pytest.mark.parametrize(
    ("url", "status", "kind"),
    [
        ("https://cdn/f", 403, ProviderRefused),
        ("https://cdn/f", 401, ProviderRefused),
        ("https://own/f", 401, SignInRefused),
        ("https://cdn/f", 404, ProviderRefused),
        ("https://cdn/f", 410, ProviderRefused),
        ("https://cdn/f", 503, ProviderBusy),
        ("https://cdn/f", 416, ProviderRefused),
        ("https://cdn/f", 304, ProtocolError),
        ("https://cdn/f", 204, ProtocolError),
    ],
)
async def test_j9_a_refused_link_says_nothing_against_the_sources_credential(
    url: str, status: int, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        await Host({url: sends(status, b"")}).read(url)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.png"', "a b.png"),
        ("attachment; filename=../../etc/passwd", "../../etc/passwd"),
        ("attachment; filename*=no-such-charset''%ff", "ÿ"),
        ("attachment; filename*=bad\0name''x", ""),
        ("attachment; filename*0*=a; filename*=b", ""),
        ("inline", ""),
        ("", ""),
    ],
)
def test_d5_a_suggested_name_is_passed_on_as_data(header: str, name: str) -> None:
    assert file_name(header) == name
