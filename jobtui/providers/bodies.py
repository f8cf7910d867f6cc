"""Reading and keeping bodies without trusting their size."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator

from jobtui.core.errors import ProtocolError
from jobtui.core.jobs import JsonValue

_PIECE_BYTES = 256 * 1024
_WHOLE_RAW_BYTES = 256 * 1024
_LONGEST_RAW_TEXT = 4096
_LOG_BYTES = 100 * 1024
"""Of a log in a large body: so much is kept of its end, and the body with it stays as small as what is kept whole."""
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def is_plain(content_encoding: str) -> bool:
    """Whether the body comes as it is, as every request asks for."""
    return content_encoding.strip().lower() in {"", "identity"}


async def inflated(pieces: AsyncIterator[bytes], content_encoding: str) -> AsyncIterator[bytes]:
    """The decompressed body in small pieces, for a server that compresses unasked; 64 kB of gzip can hold 64 MB.

    Raises:
        ProtocolError: Another way of compression, or damaged.
    """
    if content_encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        raise ProtocolError("the answer is compressed in a way that wasn't asked for")
    inflater = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    try:
        async for piece in pieces:
            for small in _small_pieces(inflater, piece):
                yield small
    except zlib.error:
        raise ProtocolError("the answer's compression is damaged") from None
    if not inflater.eof:
        raise ProtocolError("the answer's compression is broken off")


def beginning_of(body: bytes, content_encoding: str, max_bytes: int) -> tuple[bytes, bool]:
    """What can be decompressed of a body, at most so many bytes; and whether that is all of it."""
    if content_encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return b"", not body
    inflater = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    try:
        return inflater.decompress(body, max_bytes), inflater.eof
    except zlib.error:
        return b"", False


async def read_capped(pieces: AsyncIterator[bytes], max_bytes: int) -> bytes:
    """The whole body.

    Raises:
        ProtocolError: It is larger than `max_bytes`.
    """
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > max_bytes:
            raise ProtocolError(f"the answer is larger than {max_bytes / 1024**2:.0f} MiB")
    return bytes(body)


def kept_raw(body: bytes, value: JsonValue, find_log: Callable[[], JsonValue] = lambda: None) -> bytes:
    """The body to keep and show: what is written out at length in a large one is replaced by its length.

    Args:
        body: The answer as it came.
        value: The same, read.
        find_log: Finds the part of the value that is the job's log, of which the end is kept; for a large one only.
    """
    if len(body) <= _WHOLE_RAW_BYTES:
        return body
    return json.dumps(_shortened(value, find_log()), ensure_ascii=False).encode("utf-8", "replace")


def _small_pieces(inflater: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    while piece and not inflater.eof:
        yield inflater.decompress(piece, _PIECE_BYTES)
        piece = inflater.unconsumed_tail


def _shortened(value: JsonValue, log: JsonValue) -> JsonValue:
    if isinstance(value, str | list) and value is log:
        return _end_of_text(value) if isinstance(value, str) else _end_of_lines(value)
    if isinstance(value, str) and len(value) > _LONGEST_RAW_TEXT:
        return f"{value[:32]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [_shortened(item, log) for item in value]
    if isinstance(value, dict):
        return {name: _shortened(item, log) for name, item in value.items()}
    return value


def _end_of_text(log: str) -> str:
    end = log.encode("utf-8", "replace")[-_LOG_BYTES:].decode("utf-8", "ignore")
    return log if len(end) == len(log) else f"{_left_out(len(log) - len(end), 'characters')}\n{end}"


def _end_of_lines(log: list[JsonValue]) -> list[JsonValue]:
    kept: list[JsonValue] = []
    room = _LOG_BYTES
    for line in reversed(log):
        room -= len(json.dumps(line))
        if room < 0:
            break
        kept.append(line)
    left_out = len(log) - len(kept)
    return [*([_left_out(left_out, "lines")] if left_out else []), *reversed(kept)]


def _left_out(count: int, what: str) -> str:
    return f"… ({count:,} {what} before this)"
