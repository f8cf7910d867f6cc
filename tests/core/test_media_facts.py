from __future__ import annotations

import struct
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jobtui.demo
from jobtui.core.media_facts import MediaFacts, media_facts

DEMO_FILES = Path(jobtui.demo.__file__).parent / "files"

HEADS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP", b"RIFF\x00\x00\x00\x00WAVE",
    b"\x00\x00\x00\x18ftypisom", b"\x00\x00\x00\x14ftypqt  ", b"ID3\x04\x00\x00\x00\x00\x00\x00", b"\xff\xfb\x90\x00",
    b"\x1aE\xdf\xa3", b"RIFF\x00\x00\x00\x00WEBPVP8L", b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR",
)  # fmt: skip
SIZES = st.none() | st.integers(-(2**70), 2**70)


def facts(head: bytes, size_bytes: int | None = None) -> MediaFacts:
    found = media_facts(head, size_bytes)
    assert found is not None
    return found


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def movie_header(ticks_per_second: int, ticks: int) -> bytes:
    return box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, ticks_per_second, ticks) + bytes(80))


def track(coding: bytes, width: int, height: int, *, turned: bool = False, is_long: bool = False) -> bytes:
    matrix = (
        (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30) if turned else (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    )
    times = bytes(32) if is_long else bytes(20)
    version = b"\x01\x00\x00\x03" if is_long else b"\x00\x00\x00\x03"
    head = box(
        b"tkhd",
        version + times + bytes(16) + struct.pack(">9i", *matrix) + struct.pack(">II", width << 16, height << 16),
    )
    description = box(b"stsd", struct.pack(">II", 0, 1) + box(coding, bytes(8)))
    return box(b"trak", head + box(b"mdia", box(b"minf", box(b"stbl", description))))


def riff(kind: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    content = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + kind + content


def sound_format(coding: int = 1, channels: int = 2, rate: int = 44_100, bits: int = 16) -> bytes:
    step = channels * bits // 8
    return struct.pack("<HHIIHH", coding, channels, rate, rate * step, step, bits)


@given(st.binary(max_size=4096), SIZES)
def test_no_bytes_at_all_make_it_raise(head: bytes, size_bytes: int | None) -> None:
    media_facts(head, size_bytes)


@given(st.sampled_from(HEADS), st.binary(max_size=600), SIZES)
def test_no_bytes_after_a_known_start_make_it_raise(start: bytes, rest: bytes, size_bytes: int | None) -> None:
    found = facts(start + rest, size_bytes)
    assert found.width is None or found.width > 0
    assert found.height is None or found.height > 0
    assert found.duration is None or timedelta(0) < found.duration <= timedelta(days=365)


@given(st.sampled_from(["landscape.png", "square.png", "sunrise.mp4"]), st.data())
def test_a_real_file_with_any_bytes_changed_never_makes_it_raise(name: str, data: st.DataObject) -> None:
    content = bytearray((DEMO_FILES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    media_facts(bytes(content[: data.draw(st.integers(0, len(content)))]), len(content))


def test_a_file_of_nothing_but_tiny_boxes_is_given_up_soon() -> None:
    head = box(b"ftyp", b"isom") + box(b"moov", box(b"trak", box(b"free", b"") * 500_000) * 2)
    started = time.perf_counter()
    media_facts(head, len(head))
    assert time.perf_counter() - started < 5.0


@pytest.mark.parametrize("name", ["landscape.png", "square.png"])
def test_the_demo_pictures_tell_their_sides(name: str) -> None:
    content = (DEMO_FILES / name).read_bytes()
    found = facts(content[:64], len(content))
    assert (found.media_type, found.detail) == ("image/png", "8-bit palette")
    assert (found.width, found.height) == struct.unpack(">II", content[16:24])


def test_the_demo_video_tells_its_sides_duration_and_codings() -> None:
    content = (DEMO_FILES / "sunrise.mp4").read_bytes()
    found = facts(content, len(content))
    assert (found.media_type, found.width, found.height, found.detail) == ("video/mp4", 320, 180, "H.264")
    assert found.duration == timedelta(seconds=2)


def test_a_video_whose_description_lies_beyond_the_head_tells_its_type_alone() -> None:
    head = box(b"ftyp", b"isom") + struct.pack(">I", 90_000) + b"mdat" + bytes(500)
    assert facts(head, 95_000) == MediaFacts("video/mp4")


def test_a_video_with_sound_and_long_numbers_is_read() -> None:
    header = box(b"mvhd", b"\x01" + bytes(19) + struct.pack(">IQ", 90_000, 450_000) + bytes(80))
    tracks = track(b"mp4a", 0, 0) + track(b"hvc1", 1920, 1080, is_long=True) + track(b"hvc1", 10, 10)
    movie = struct.pack(">I4sQ", 1, b"moov", 16 + len(header + tracks)) + header + tracks
    found = facts(box(b"ftyp", b"qt  ") + movie)
    assert found == MediaFacts("video/quicktime", 1920, 1080, timedelta(seconds=5), "AAC, H.265")


def test_a_video_that_is_to_be_turned_is_as_high_as_it_is_shown() -> None:
    head = box(b"ftyp", b"isom") + box(b"moov", movie_header(1000, 0xFFFFFFFF) + track(b"avc1", 1280, 720, turned=True))
    found = facts(head)
    assert (found.width, found.height, found.duration) == (720, 1280, None)


def test_a_box_that_lasts_to_the_end_of_the_file_is_read() -> None:
    movie = movie_header(600, 1200)
    assert facts(box(b"ftyp", b"isom") + struct.pack(">I", 0) + b"moov" + movie).duration == timedelta(seconds=2)


def test_a_box_that_claims_to_be_smaller_than_its_own_head_ends_the_search() -> None:
    assert facts(box(b"ftyp", b"isom") + struct.pack(">I", 4) + b"moov" + bytes(40)) == MediaFacts("video/mp4")


def test_a_jpeg_is_read_behind_its_other_segments() -> None:
    segment = b"\xff\xe0\x00\x04ab" + b"\xff" + b"\xff\x01" + b"\xff\xe1\x00\x02"
    head = b"\xff\xd8" + segment + b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640)
    assert facts(head) == MediaFacts("image/jpeg", 640, 480, detail="progressive")


@pytest.mark.parametrize("rest", [b"\xff\xda\x00\x04ab", b"\xff\xe0\xff\xff", b"no marker", b"\xff\xe0\x00\x02" * 2000])
def test_a_jpeg_without_a_frame_in_its_head_tells_its_type_alone(rest: bytes) -> None:
    assert facts(b"\xff\xd8\xff\xe0\x00\x04ab" + rest) == MediaFacts("image/jpeg")


def test_a_gif_tells_its_sides() -> None:
    assert facts(b"GIF89a" + struct.pack("<HH", 320, 200)) == MediaFacts("image/gif", 320, 200, detail="GIF89a")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (b"VP8 ", b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 550, 368 | 0x4000), (550, 368, "lossy")),
        (b"VP8L", b"\x2f" + struct.pack("<I", 385 | 394 << 14), (386, 395, "lossless")),
        (b"VP8X", b"\x02\x00\x00\x00" + b"\x8f\x01\x00" + b"\x2b\x01\x00", (400, 300, "animated")),
        (b"VP8X", b"\x00\x00\x00\x00" + b"\x8f\x01\x00" + b"\x2b\x01\x00", (400, 300, "")),
        (b"VP8 ", b"not a key frame", (None, None, "")),
        (b"ALPH", b"", (None, None, "")),
    ],
)
def test_each_kind_of_webp_tells_its_sides(
    name: bytes, content: bytes, expected: tuple[int | None, int | None, str]
) -> None:
    found = facts(riff(b"WEBP", (name, content)))
    assert (found.width, found.height, found.detail) == expected


def test_a_wav_tells_how_long_it_plays() -> None:
    head = riff(b"WAVE", (b"LIST", b"odd"), (b"fmt ", sound_format()), (b"data", bytes(88_200)))
    assert facts(head[:100], len(head)) == MediaFacts(
        "audio/wav", duration=timedelta(seconds=0.5), detail="PCM, 44.1 kHz, stereo"
    )


def test_a_wav_without_a_true_length_is_as_long_as_its_file() -> None:
    head = riff(b"WAVE", (b"fmt ", sound_format(3, 1, 16_000, 32))) + b"data\xff\xff\xff\xff"
    assert facts(head, len(head) + 64_000).duration == timedelta(seconds=1)
    assert facts(head).duration is None


def test_a_wav_with_an_extended_header_tells_its_true_coding() -> None:
    extended = sound_format(0xFFFE, 6, 48_000, 24) + struct.pack("<HHIH", 22, 24, 0, 1) + bytes(14)
    assert facts(riff(b"WAVE", (b"fmt ", extended))).detail == "PCM, 48 kHz, 6 channels"


def test_an_mp3_of_even_rate_is_as_long_as_its_size_says() -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    found = facts(tag + b"\xff\xfb\x90\x00" + bytes(400), len(tag) + 32_000)
    assert found == MediaFacts("audio/mpeg", duration=timedelta(seconds=2), detail="128 kbit/s, 44.1 kHz, stereo")


@pytest.mark.parametrize(
    ("header", "note_at", "note", "seconds"),
    [
        (b"\xff\xfb\x90\x00", 36, b"Xing\x00\x00\x00\x01", 100 * 1152 / 44_100),
        (b"\xff\xfb\x90\xc0", 21, b"Info\x00\x00\x00\x0f", 100 * 1152 / 44_100),
        (b"\xff\xf3\x40\x00", 21, b"Xing\x00\x00\x00\x01", 100 * 576 / 22_050),
        (b"\xff\xf3\x40\xc0", 13, b"Xing\x00\x00\x00\x01", 100 * 576 / 22_050),
        (b"\xff\xfb\x90\x00", 36, b"VBRI" + bytes(10), 100 * 1152 / 44_100),
    ],
)
def test_an_mp3_with_a_count_of_frames_is_as_long_as_they_are(
    header: bytes, note_at: int, note: bytes, seconds: float
) -> None:
    head = header.ljust(note_at, b"\x00") + note + struct.pack(">I", 100)
    assert facts(head).duration == timedelta(seconds=seconds)


def test_an_mp3_whose_sound_begins_beyond_the_head_tells_its_type_alone() -> None:
    assert facts(b"ID3\x04\x00\x00\x00\x7f\x7f\x7f" + bytes(100), 10_000_000) == MediaFacts("audio/mpeg")


def test_a_kind_without_a_reader_tells_its_type_alone() -> None:
    assert facts(b"\x1aE\xdf\xa3" + bytes(40)) == MediaFacts("video/webm")


@pytest.mark.parametrize("head", [b"", b"{}", b"\x00" * 40])
def test_bytes_of_no_known_kind_tell_nothing(head: bytes) -> None:
    assert media_facts(head, len(head)) is None
