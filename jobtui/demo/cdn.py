"""The demo's download host: objects behind signed links, on a port of its own so that no credentials belong there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from jobtui.demo.http_server import Request, Response
from jobtui.demo.links import DISPOSITION_PARAMETER, LinkSigner, LinkVerdict
from jobtui.demo.media import FILE_NAMES, Medium, medium

OBJECT_ROOT = "o"
"""First segment of a path that answers with bytes: `/o/{task}/{file name}`."""

REDIRECT_ROOT = "r"
"""First segment of a path that answers with a redirect to the object."""

_LAST_MODIFIED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class CdnService:
    """Hands out the shipped media to whoever has a valid link and shows no credentials."""

    def __init__(self, links: LinkSigner, *, chunk_bytes: int | None = None, chunk_pause_s: float = 0.05) -> None:
        """Serve the links of `links`.

        Args:
            links: Shares its secret with whoever made the links.
            chunk_bytes: Send bodies in pieces of this size; `None` sends them at once.
            chunk_pause_s: Pause between two pieces, in seconds.
        """
        self._links = links
        self._chunk_bytes = chunk_bytes
        self._chunk_pause_s = chunk_pause_s

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        if request.method not in ("GET", "HEAD"):
            return _refusal(405, "MethodNotAllowed", "Only GET and HEAD.", (("Allow", "GET, HEAD"),))
        for credential in ("authorization", "cookie"):
            if credential in request.headers:
                return _refusal(
                    400, "InvalidArgument", f"Only one auth mechanism allowed: drop the {credential} header."
                )
        match self._links.verdict(request.path, request.query):
            case LinkVerdict.FORGED:
                return _refusal(403, "SignatureDoesNotMatch", "The signature does not match this request.")
            case LinkVerdict.EXPIRED:
                return _refusal(403, "AccessDenied", "Request has expired.")
            case LinkVerdict.VALID:
                return self._answer(request)

    def _answer(self, request: Request) -> Response:
        match request.segments:
            case (str(root), _, str(file_name)) if root == OBJECT_ROOT and file_name in FILE_NAMES:
                return self._deliver(medium(file_name), request)
            case (str(root), str(task), str(file_name)) if root == REDIRECT_ROOT:
                expires_at = datetime.fromtimestamp(int(request.query["Expires"]), UTC)
                path = object_path(task, file_name)
                return Response(302, headers=(("Location", self._links.link("", path, expires_at=expires_at)),))
        return _refusal(404, "NoSuchKey", "The specified key does not exist.")

    def _deliver(self, found: Medium, request: Request) -> Response:
        headers = [
            ("Accept-Ranges", "bytes"),
            ("ETag", found.etag),
            ("Last-Modified", format_datetime(_LAST_MODIFIED, usegmt=True)),
        ]
        if request.headers.get("if-none-match") in (found.etag, "*"):
            return Response(304, headers=tuple(headers))
        headers.append(("Content-Type", found.media_type))
        if disposition := request.query.get(DISPOSITION_PARAMETER):
            headers.append(("Content-Disposition", disposition))
        size_bytes = len(found.content)
        span = _span(request.headers.get("range", ""), size_bytes) if _range_applies(found, request) else None
        if span is None:
            return self._paced(200, found.content, headers)
        if not span:
            unsatisfied = (("Content-Range", f"bytes */{size_bytes}"),)
            return _refusal(416, "InvalidRange", "The requested range is not satisfiable.", unsatisfied)
        headers.append(("Content-Range", f"bytes {span.start}-{span.stop - 1}/{size_bytes}"))
        return self._paced(206, found.content[span.start : span.stop], headers)

    def _paced(self, status: int, content: bytes, headers: list[tuple[str, str]]) -> Response:
        return Response(status, content, tuple(headers), self._chunk_bytes, self._chunk_pause_s)


def object_path(task_id: str, file_name: str, *, redirect: bool = False) -> str:
    """Path of a task's file on the download host, or of a redirect to it."""
    return f"/{REDIRECT_ROOT if redirect else OBJECT_ROOT}/{quote(task_id, safe='')}/{quote(file_name, safe='')}"


def _range_applies(found: Medium, request: Request) -> bool:
    """Whether `If-Range` lets a range through: the file must still be the one of the first part."""
    condition = request.headers.get("if-range")
    if request.method != "GET":
        return False
    if condition is None or condition == found.etag:
        return True
    try:
        return parsedate_to_datetime(condition) == _LAST_MODIFIED
    except ValueError:
        return False


def _span(header: str, size_bytes: int) -> range | None:
    """The bytes that a `Range` header asks for, as far as the file has them; `None` when it is to be ignored."""
    wanted = _RANGE.fullmatch(header)
    if wanted is None:
        return None
    first, last = wanted.groups()
    if first == "":
        return range(max(0, size_bytes - int(last)), size_bytes) if last else None
    if last == "":
        return range(int(first), size_bytes)
    return range(int(first), min(int(last) + 1, size_bytes)) if int(first) <= int(last) else None


def _refusal(status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(status, body.encode(), (("Content-Type", "application/xml"), *headers))
