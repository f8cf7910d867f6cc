"""The real pictures and the real video that finished demo tasks hand out."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_SUFFIX_TYPES = {"png": "image/png", "mp4": "video/mp4"}
_PNG_SIGNATURE_AND_IHDR_BYTES = 8 + 25


@dataclass(frozen=True, slots=True)
class Medium:
    """One file as a client downloads it."""

    file_name: str
    """Name with its extension, also the last segment of its path on the download host."""
    media_type: str
    """MIME type."""
    content: bytes = field(repr=False)
    """The whole file."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    @property
    def etag(self) -> str:
        """Strong entity tag, quoted as in the header."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


_SIZES = {"sunrise.mp4": (320, 180), "landscape.png": (160, 90), "square.png": (96, 96)}
"""Pixel sizes of the shipped files, so that nothing has to parse an MP4."""

FILE_NAMES = frozenset(_SIZES)
"""Names of the shipped files."""


@cache
def medium(file_name: str) -> Medium:
    """Read one of the shipped files, once.

    Raises:
        KeyError: No such file is shipped.
    """
    width, height = _SIZES[file_name]
    content = files("jobtui.demo").joinpath("files", file_name).read_bytes()
    return Medium(file_name, _SUFFIX_TYPES[file_name.rpartition(".")[2]], content, width, height)


def padded_png(content: bytes, size_bytes: int) -> bytes:
    """Grow a PNG to at least `size_bytes` with a private chunk that every reader skips."""
    missing = size_bytes - len(content)
    if missing <= 0:
        return content
    # Lower-case first and last letter: ancillary, safe to copy. The pattern makes a truncated copy visible.
    body = b"juNk" + bytes(range(256)) * (missing // 256 + 1)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return content[:_PNG_SIGNATURE_AND_IHDR_BYTES] + chunk + content[_PNG_SIGNATURE_AND_IHDR_BYTES:]
