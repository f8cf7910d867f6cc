"""The download host, asked as a download would ask it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from jobtui.demo.cdn import CdnService, object_path
from jobtui.demo.http_server import HttpServer
from jobtui.demo.links import LinkSigner
from jobtui.demo.media import FILE_NAMES, medium, padded_png
from tests.demo.fake_clock import FakeClock

VIDEO = medium("sunrise.mp4").content


class Host:
    """A running download host and someone who can sign links to it."""

    def __init__(self, client: httpx.AsyncClient, clock: FakeClock, links: LinkSigner, base_url: str) -> None:
        self.client = client
        self.clock = clock
        self._links = links
        self._base_url = base_url

    def link(self, path: str = "/o/314/sunrise.mp4", *, attachment: str | None = None) -> str:
        expires_at = self.clock.now() + timedelta(hours=1)
        return self._links.link(self._base_url, path, expires_at=expires_at, attachment=attachment)

    async def get(self, url: str, **headers: str) -> httpx.Response:
        return await self.client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    clock = FakeClock()
    links = LinkSigner(clock, secret=b"shared")
    server = HttpServer(CdnService(links, chunk_bytes=1000, chunk_pause_s=0.0).handle)
    await server.start()
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Host(client, clock, links, server.base_url)
    await server.stop()


async def test_a_signed_link_gives_the_whole_file(host: Host) -> None:
    answer = await host.get(host.link())
    assert (answer.status_code, answer.content) == (200, VIDEO)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(VIDEO))
    assert "content-disposition" not in answer.headers


async def test_a_link_may_propose_a_file_name(host: Host) -> None:
    answer = await host.get(host.link(attachment="output.mp4"))
    assert answer.headers["content-disposition"] == 'attachment; filename="output.mp4"'


async def test_head_tells_the_size_without_the_bytes(host: Host) -> None:
    answer = await host.client.head(host.link())
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(VIDEO))


@pytest.mark.parametrize("header", [{"Authorization": "Bearer x"}, {"Cookie": "a=b"}])
async def test_credentials_are_refused_on_a_good_link(host: Host, header: dict[str, str]) -> None:
    answer = await host.client.get(host.link(), headers=header)
    assert answer.status_code == 400
    assert b"InvalidArgument" in answer.content


async def test_a_link_ends_when_it_says(host: Host) -> None:
    url = host.link()
    host.clock.time += timedelta(hours=1) - timedelta(seconds=1)
    assert (await host.get(url)).status_code == 200
    host.clock.time += timedelta(seconds=1)
    answer = await host.get(url)
    assert (answer.status_code, b"expired" in answer.content) == (403, True)


@pytest.mark.parametrize(
    ("before", "after"), [("sunrise", "sunrisf"), ("Expires=1", "Expires=9"), ("output", "outpuu")]
)
async def test_a_link_that_was_touched_is_refused(host: Host, before: str, after: str) -> None:
    url = host.link(attachment="output.mp4")
    assert before in url
    answer = await host.get(url.replace(before, after))
    assert (answer.status_code, b"SignatureDoesNotMatch" in answer.content) == (403, True)


async def test_a_signature_that_lost_its_escapes_is_refused(host: Host) -> None:
    url = next(url for number in range(1000) if "%2B" in (url := host.link(f"/o/{number}/sunrise.mp4")))
    assert (await host.get(url)).status_code == 200
    assert (await host.get(url.replace("%2B", "+"))).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=1000-", 1000, len(VIDEO) - 1), ("bytes=-7", len(VIDEO) - 7, len(VIDEO) - 1)],
)
async def test_a_range_gives_that_part(host: Host, wanted: str, first: int, last: int) -> None:
    answer = await host.get(host.link(), Range=wanted)
    assert (answer.status_code, answer.content) == (206, VIDEO[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(VIDEO)}"


@pytest.mark.parametrize("wanted", ["bytes=9-3", "bytes=-", "bytes=0-1,4-5", "lines=0-1", "bytes=x-"])
async def test_a_range_that_makes_no_sense_is_ignored(host: Host, wanted: str) -> None:
    answer = await host.get(host.link(), Range=wanted)
    assert (answer.status_code, answer.content) == (200, VIDEO)


async def test_a_range_past_the_end_is_refused_with_the_size(host: Host) -> None:
    answer = await host.get(host.link(), Range=f"bytes={len(VIDEO)}-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(VIDEO)}")


async def test_if_range_resumes_only_the_same_file(host: Host) -> None:
    head = await host.client.head(host.link())
    for validator in (head.headers["etag"], head.headers["last-modified"]):
        assert (await host.get(host.link(), Range="bytes=5-", If_Range=validator)).status_code == 206
    for validator in ('"another"', "Sun, 01 Nov 2020 09:00:00 GMT", "yesterday"):
        answer = await host.get(host.link(), Range="bytes=5-", If_Range=validator)
        assert (answer.status_code, answer.content) == (200, VIDEO)


async def test_a_known_etag_saves_the_bytes(host: Host) -> None:
    etag = (await host.client.head(host.link())).headers["etag"]
    answer = await host.get(host.link(), If_None_Match=etag)
    assert (answer.status_code, answer.content) == (304, b"")


async def test_a_redirect_leads_to_the_file(host: Host) -> None:
    answer = await host.get(host.link(object_path("314", "square.png", redirect=True)))
    assert (answer.status_code, answer.content) == (302, b"")
    followed = await host.get(str(answer.url.join(answer.headers["location"])))
    assert followed.content == medium("square.png").content


@pytest.mark.parametrize("path", ["/o/314/nothing.mp4", "/o/sunrise.mp4", "/x/314/sunrise.mp4", "/o/314/..%2Fmedia.py"])
async def test_what_is_no_object_is_not_found(host: Host, path: str) -> None:
    assert (await host.get(host.link(path))).status_code == 404


async def test_other_methods_are_refused(host: Host) -> None:
    answer = await host.client.post(host.link(), content=b"x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def png_chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Chunks of a PNG, their checksums verified."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = [], 8
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", content, at + 8 + size) == (zlib.crc32(kind + body),)
        chunks.append((kind, body))
        at += 12 + size
    return chunks


@pytest.mark.parametrize("name", sorted(name for name in FILE_NAMES if name.endswith(".png")))
def test_the_pictures_are_whole_pngs_of_the_size_they_say(name: str) -> None:
    chunks = png_chunks(medium(name).content)
    assert struct.unpack_from(">II", chunks[0][1]) == (medium(name).width, medium(name).height)
    assert [chunks[0][0], chunks[-1][0]] == [b"IHDR", b"IEND"]
    assert zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))


def test_the_video_has_its_index_before_its_frames() -> None:
    kinds, at = [], 0
    while at < len(VIDEO):
        (size,) = struct.unpack_from(">I", VIDEO, at)
        kinds.append(VIDEO[at + 4 : at + 8])
        at += size
    assert at == len(VIDEO)
    assert kinds[0] == b"ftyp"
    assert kinds.index(b"moov") < kinds.index(b"mdat")


def test_a_padded_picture_is_the_same_picture() -> None:
    content = medium("square.png").content
    padded = padded_png(content, 100_000)
    assert len(padded) >= 100_000
    assert [chunk for chunk in png_chunks(padded) if chunk[0] != b"juNk"] == png_chunks(content)
    assert padded_png(content, 10) == content
