"""What the first bytes of a picture, video or sound tell about it, read without decoding and without trusting them.

A length in a file is a claim: nothing is allocated by it, every step goes forward, and the number of steps is limited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import islice

from msgspec import Struct

from jobtui.core.media_types import UNKNOWN_MEDIA_TYPE, sniffed_media_type

_LONGEST = timedelta(days=365)
_MOST_CHUNKS = 64
_MOST_SEGMENTS = 512
_MOST_TRACKS = 16
_UNKNOWN_SIZE = 0xFFFFFFFF


class MediaFacts(Struct, frozen=True):
    """As much as a file's head shows; `None` and empty where it shows nothing or nonsense."""

    media_type: str
    width: int | None = None
    """Pixels, as shown: a video that is to be turned has its sides exchanged."""
    height: int | None = None
    """Pixels, as shown."""
    duration: timedelta | None = None
    detail: str = ""
    """Coding in a few words, such as "H.264, AAC" or "8-bit RGBA"."""


def media_facts(head: bytes, size_bytes: int | None) -> MediaFacts | None:
    """Read what a file's first bytes tell.

    Args:
        head: The start of the file, or all of it; 64 kB tell nearly everything.
        size_bytes: Of the whole file, for the duration of sound; `None` where it isn't known.

    Returns:
        The facts; `None` for bytes of no known kind.
    """
    media_type = sniffed_media_type(head[:16])
    if media_type == UNKNOWN_MEDIA_TYPE:
        return None
    read = _READERS.get(media_type)
    if read is None:
        return MediaFacts(media_type)
    found = read(head, size_bytes if size_bytes and size_bytes > 0 else None)
    return MediaFacts(media_type, found.width or None, found.height or None, _span(found.seconds), found.detail)


class _Found(Struct, frozen=True):
    """What a reader saw; 0 and empty where it saw nothing."""

    width: int = 0
    height: int = 0
    seconds: float = 0.0
    detail: str = ""


def _span(seconds: float) -> timedelta | None:
    return timedelta(seconds=seconds) if 0 < seconds <= _LONGEST.total_seconds() else None


def _big(data: bytes, offset: int, size: int) -> int:
    """A big-endian number; bytes that aren't there count as none."""
    return int.from_bytes(data[offset : offset + size], "big")


def _little(data: bytes, offset: int, size: int) -> int:
    return int.from_bytes(data[offset : offset + size], "little")


_PNG_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}


def _png(head: bytes, _: int | None) -> _Found:
    if head[12:16] != b"IHDR" or len(head) < 26:
        return _Found()
    colours = _PNG_COLOURS.get(head[25], "")
    return _Found(_big(head, 16, 4), _big(head, 20, 4), detail=f"{head[24]}-bit {colours}" if colours else "")


def _gif(head: bytes, _: int | None) -> _Found:
    return _Found(_little(head, 6, 2), _little(head, 8, 2), detail=head[:6].decode("ascii", "replace"))


_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN_OR_END = frozenset({0xD9, 0xDA})
_JPEG_CODINGS = {0xC0: "baseline", 0xC1: "sequential", 0xC2: "progressive", 0xC3: "lossless"}


def _jpeg(head: bytes, _: int | None) -> _Found:
    position = 2
    for _step in range(_MOST_SEGMENTS):
        if position + 4 > len(head) or head[position] != 0xFF:
            break
        marker = head[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _BARE_MARKERS:
            position += 2
        elif marker in _FRAME_MARKERS:
            detail = _JPEG_CODINGS.get(marker, "")
            return _Found(_big(head, position + 7, 2), _big(head, position + 5, 2), detail=detail)
        elif marker in _SCAN_OR_END:
            break
        else:
            position += 2 + max(_big(head, position + 2, 2), 2)
    return _Found()


def _webp(head: bytes, _: int | None) -> _Found:
    match head[12:16]:
        case b"VP8 " if head[23:26] == b"\x9d\x01\x2a":
            return _Found(_little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF, detail="lossy")
        case b"VP8L" if head[20:21] == b"\x2f" and len(head) >= 25:
            sides = _little(head, 21, 4)
            return _Found((sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1, detail="lossless")
        case b"VP8X" if len(head) >= 30:
            detail = "animated" if head[20] & 0x02 else ""
            return _Found(_little(head, 24, 3) + 1, _little(head, 27, 3) + 1, detail=detail)
        case _:
            return _Found()


def _chunks(head: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and claimed size of each RIFF chunk."""
    position = 12
    for _step in range(_MOST_CHUNKS):
        if position + 8 > len(head):
            return
        size = _little(head, position + 4, 4)
        yield head[position : position + 4], position + 8, size
        position += 8 + size + size % 2


_WAV_CODINGS = {1: "PCM", 3: "float", 6: "A-law", 7: "µ-law"}
_WAV_EXTENSIBLE = 0xFFFE


def _wav(head: bytes, size_bytes: int | None) -> _Found:
    bytes_per_second = data_bytes = 0
    detail = ""
    for name, start, size in _chunks(head):
        if name == b"fmt ":
            coding = _little(head, start, 2)
            if coding == _WAV_EXTENSIBLE:
                coding = _little(head, start + 24, 2)
            bytes_per_second = _little(head, start + 8, 4)
            words = (
                _WAV_CODINGS.get(coding, ""),
                _hertz(_little(head, start + 4, 4)),
                _voices(_little(head, start + 2, 2)),
            )
            detail = ", ".join(filter(None, words))
        elif name == b"data":
            data_bytes = size
            # A sound written as it came has no true length in its head.
            if size in {0, _UNKNOWN_SIZE} or (size_bytes and start + size > size_bytes):
                data_bytes = max(0, size_bytes - start) if size_bytes else 0
            break
    return _Found(seconds=data_bytes / bytes_per_second if bytes_per_second else 0.0, detail=detail)


def _hertz(rate: int) -> str:
    return f"{rate / 1000:g} kHz" if 0 < rate < 10_000_000 else ""


def _voices(channels: int) -> str:
    return {0: "", 1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")


# kbit/s by index: of MPEG 1, and of MPEG 2 and 2.5, all layer III.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}

_XING_OFFSETS = {(True, False): 36, (True, True): 21, (False, False): 21, (False, True): 13}


def _mp3(head: bytes, size_bytes: int | None) -> _Found:
    start = 0
    if head.startswith(b"ID3") and len(head) >= 10:
        # The tag's size has seven bits a byte.
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    header = _big(head, start, 4)
    version, rate_index, hertz_index = header >> 19 & 3, header >> 12 & 15, header >> 10 & 3
    if header >> 21 != 0x7FF or header >> 17 & 3 != 1 or version not in _HERTZ or hertz_index == 3:
        return _Found()
    hertz = _HERTZ[version][hertz_index]
    kilobits = (_RATES_1 if version == 3 else _RATES_2)[rate_index]
    is_mono = header >> 6 & 3 == 3
    words = f"{_hertz(hertz)}, {_voices(1 if is_mono else 2)}"
    if frames := _mp3_frames(head, start, is_first_version=version == 3, is_mono=is_mono):
        return _Found(seconds=frames * (1152 if version == 3 else 576) / hertz, detail=words)
    seconds = max(0, size_bytes - start) / (kilobits * 125) if size_bytes and kilobits else 0.0
    return _Found(seconds=seconds, detail=f"{kilobits} kbit/s, {words}" if kilobits else words)


def _mp3_frames(head: bytes, start: int, *, is_first_version: bool, is_mono: bool) -> int:
    """The number of frames that encoders note in the first one; 0 without such a note."""
    note = start + _XING_OFFSETS[is_first_version, is_mono]
    if head[note : note + 4] in {b"Xing", b"Info"} and _big(head, note + 4, 4) & 1:
        return _big(head, note + 8, 4)
    return _big(head, start + 50, 4) if head[start + 36 : start + 40] == b"VBRI" else 0


_MP4_CODINGS = {
    b"avc1": "H.264", b"avc3": "H.264", b"hvc1": "H.265", b"hev1": "H.265", b"av01": "AV1", b"vp08": "VP8",
    b"vp09": "VP9", b"mp4v": "MPEG-4", b"apch": "ProRes", b"apcn": "ProRes", b"ap4h": "ProRes", b"mp4a": "AAC",
    b"Opus": "Opus", b"fLaC": "FLAC", b"alac": "ALAC", b"ac-3": "AC-3", b"ec-3": "E-AC-3",
}  # fmt: skip


def _mp4(head: bytes, _: int | None) -> _Found:
    movie = next((box for name, box in _boxes(head) if name == b"moov"), b"")
    width = height = 0
    seconds = 0.0
    codings: list[str] = []
    tracks = []
    for name, box in _boxes(movie):
        if name == b"mvhd":
            seconds = _mp4_seconds(box)
        elif name == b"trak":
            tracks.append(box)
    for track in tracks[:_MOST_TRACKS]:
        sides = _mp4_sides(_inside(track, b"tkhd"))
        if not width * height and all(sides):
            width, height = sides
        # Of the sample descriptions the first; its name stands after the count and its own length.
        coding = _MP4_CODINGS.get(_inside(track, b"mdia", b"minf", b"stbl", b"stsd")[12:16], "")
        if coding and coding not in codings:
            codings.append(coding)
    return _Found(width, height, seconds, ", ".join(codings))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box, as far as it is there."""
    return islice(_all_boxes(data), _MOST_CHUNKS)


def _all_boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(data):
        size, header = _big(data, position, 4), 8
        if size == 1:
            size, header = _big(data, position + 8, 8), 16
        elif size == 0:
            size = len(data) - position
        if size < header:
            return
        yield data[position + 4 : position + 8], data[position + header : position + size]
        position += size


def _inside(box: bytes, *path: bytes) -> bytes:
    """The content of the first box at the end of a path of names; empty where there is none."""
    for wanted in path:
        box = next((content for name, content in _boxes(box) if name == wanted), b"")
    return box


def _mp4_seconds(box: bytes) -> float:
    # Version 1 has times of eight bytes.
    is_long = box[:1] == b"\x01"
    ticks_per_second = _big(box, 20 if is_long else 12, 4)
    ticks = _big(box, 24, 8) if is_long else _big(box, 16, 4)
    is_known = ticks_per_second and ticks not in {_UNKNOWN_SIZE, 2**64 - 1}
    return ticks / ticks_per_second if is_known else 0.0


def _mp4_sides(box: bytes) -> tuple[int, int]:
    matrix = 52 if box[:1] == b"\x01" else 40
    # Fractions of sixteen bits.
    width, height = _big(box, matrix + 36, 4) >> 16, _big(box, matrix + 40, 4) >> 16
    is_turned = not _big(box, matrix, 4) and not _big(box, matrix + 16, 4) and _big(box, matrix + 4, 4) != 0
    return (height, width) if is_turned else (width, height)


_READERS: Mapping[str, Callable[[bytes, int | None], _Found]] = {
    "audio/mpeg": _mp3,
    "audio/wav": _wav,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "video/mp4": _mp4,
    "video/quicktime": _mp4,
}
