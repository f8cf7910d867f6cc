"""Opening a file at a URL: redirects by hand, resuming, and what the answer says of the file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

from jobtui.core.errors import ProtocolError, ProviderRefused
from jobtui.providers.answer import Answer, raise_for_status, status_phrase
from jobtui.providers.base import Download
from jobtui.providers.bodies import inflated, is_plain
from jobtui.providers.urls import resolve

MAX_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d{1,18})-\d{1,18}|\*)/(?P<size>\d{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """What is wanted of which URL."""

    url: str
    """Absolute, used byte for byte."""
    offset_bytes: int = 0
    """How much is there already."""
    validator: str = ""
    """What the part that is there was made from; without it nothing is resumed."""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers for the source's own origin alone."""

    @property
    def resumes(self) -> bool:
        """Whether only the rest is asked for."""
        return self.offset_bytes > 0 and bool(self.validator)


@dataclass(frozen=True, slots=True)
class FileResponse:
    """The head of an answer, and its body as it comes in."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    pieces: AsyncIterator[bytes]


OpenUrl = Callable[[str, Mapping[str, str]], AbstractAsyncContextManager[FileResponse]]
"""Asks a URL with these headers."""


@asynccontextmanager
async def opened_download(
    request: DownloadRequest, open_url: OpenUrl, *, is_own: Callable[[str], bool], now: Callable[[], datetime]
) -> AsyncIterator[Download]:
    """Follow the URL to a file and open it.

    Args:
        request: What is wanted.
        open_url: Asks one URL; follows nothing.
        is_own: Whether a URL may have the credentials.
        now: For a Retry-After date from a server that doesn't tell its own time.

    Raises:
        ProviderRefused: The link isn't accepted, or the file is gone.
        ProtocolError: Too many redirects, or an answer that fits no file.
    """
    url, resumes = request.url, request.resumes
    redirects = 0
    while True:
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        if resumes:
            headers |= {"range": f"bytes={request.offset_bytes}-", "if-range": request.validator}
        if is_own(url):
            headers |= {name.lower(): text for name, text in request.credentials.items()}
        async with AsyncExitStack() as stack:
            response = await stack.enter_async_context(open_url(url, headers))
            if response.status in _REDIRECTS:
                redirects += 1
                url = _next_url(url, response, redirects)
                continue
            if resumes and response.status in {206, 416}:
                first, size = _content_range(response)
                if response.status == 416 and size == request.offset_bytes:
                    yield _complete(response, request)
                    return
                if first != request.offset_bytes or not is_plain(response.headers.get("content-encoding", "")):
                    # What is there isn't part of this file any more, or the server can't give parts: all of it, then.
                    resumes = False
                    continue
            if response.status not in {200, 206}:
                _refuse(response, now(), own=is_own(url))
            yield _download(response, request if resumes else None)
            return


def _next_url(url: str, response: FileResponse, redirects: int) -> str:
    location = response.headers.get("location", "")
    if redirects > MAX_REDIRECTS or not location:
        raise ProtocolError(
            "the link leads in a circle" if location else "the link leads nowhere", http_status=response.status
        )
    target = resolve(url, location)
    if url.lower().startswith("https:") and not target.lower().startswith("https:"):
        raise ProtocolError("the link leads from https to plain http; it isn't followed", http_status=response.status)
    return target


def _refuse(response: FileResponse, now: datetime, *, own: bool) -> None:
    what = "opening the file"
    if response.status in {401, 403} and not own:
        # No word about the source's credential, which this host never got: such links expire.
        raise ProviderRefused(
            f"{what}: {status_phrase(response.status)}",
            hint="The link may have expired; read the result again for a new one.",
            http_status=response.status,
        )
    raise_for_status(Answer(response.status, response.headers, b"", now), what=what)
    raise ProtocolError(f"{what}: {status_phrase(response.status)} holds no file", http_status=response.status)


def _download(response: FileResponse, resumed: DownloadRequest | None) -> Download:
    headers = response.headers
    offset, size = 0, _size(headers.get("content-length", ""))
    pieces, encoding, validator = response.pieces, headers.get("content-encoding", ""), _validator(headers)
    if response.status == 206:
        first, size = _content_range(response)
        if resumed is not None:
            # Such an answer need not repeat what it was asked by: that it is a part says that it holds.
            offset, validator = resumed.offset_bytes, validator or resumed.validator
        if first != offset:
            raise ProtocolError("the server sent another part of the file than was asked for", http_status=206)
    if not is_plain(encoding):
        if response.status == 206:
            raise ProtocolError("the server sent a compressed part of the file", http_status=206)
        # Length and ETag belong to the compressed form.
        pieces, size, validator = inflated(pieces, encoding), None, ""
    return Download(
        chunks=pieces,
        size_bytes=size,
        offset_bytes=offset,
        validator=validator,
        media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        file_name=file_name(headers.get("content-disposition", "")),
    )


def _complete(response: FileResponse, request: DownloadRequest) -> Download:
    return Download(
        chunks=_nothing(),
        size_bytes=request.offset_bytes,
        offset_bytes=request.offset_bytes,
        validator=_validator(response.headers) or request.validator,
        media_type="",
        file_name=file_name(response.headers.get("content-disposition", "")),
    )


async def _nothing() -> AsyncIterator[bytes]:
    for piece in tuple[bytes, ...]():
        yield piece


def file_name(content_disposition: str) -> str:
    """The name in a Content-Disposition header, also in the `filename*=UTF-8''…` form; empty where there is none."""
    message = Message()
    message["content-disposition"] = content_disposition.replace("\r", " ").replace("\n", " ")
    try:
        return message.get_filename("")
    except (LookupError, TypeError, ValueError):
        # The standard library raises each of them on numbered parts that don't fit together.
        return ""


def _content_range(response: FileResponse) -> tuple[int | None, int | None]:
    match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
    if match is None:
        return None, None
    first, size = match["first"], match["size"]
    return (None if first is None else int(first)), (None if size == "*" else int(size))


def _size(content_length: str) -> int | None:
    text = content_length.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _validator(headers: Mapping[str, str]) -> str:
    etag = headers.get("etag", "").strip()
    if etag and not etag.startswith("W/"):
        return etag
    return headers.get("last-modified", "").strip()
