from __future__ import annotations

import pytest

from jobtui.core.media_types import UNKNOWN_MEDIA_TYPE, extension_of, media_type_of_name, sniffed_media_type


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"GIF87a\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", UNKNOWN_MEDIA_TYPE),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"),
        (b"PAR1\x15\x04", "application/vnd.apache.parquet"),
        (b"\x1aE\xdf\xa3\x9f", "video/webm"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xff\xff\xff", UNKNOWN_MEDIA_TYPE),
        (b"hello", UNKNOWN_MEDIA_TYPE),
        (b"\xff", UNKNOWN_MEDIA_TYPE),
        (b"", UNKNOWN_MEDIA_TYPE),
    ],
)
def test_files_are_known_by_their_first_bytes(start: bytes, media_type: str) -> None:
    assert sniffed_media_type(start) == media_type


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("output.mp4", "video/mp4"),
        ("a.b.JPEG", "image/jpeg"),
        ("speech.tar", "application/x-tar"),
        ("rows.parquet", "application/vnd.apache.parquet"),
        (".mp4", UNKNOWN_MEDIA_TYPE),
        ("mp4", UNKNOWN_MEDIA_TYPE),
        ("x.exe", UNKNOWN_MEDIA_TYPE),
        ("", UNKNOWN_MEDIA_TYPE),
    ],
)
def test_files_are_known_by_their_extension(name: str, media_type: str) -> None:
    assert media_type_of_name(name) == media_type


def test_an_extension_stands_for_a_media_type_with_or_without_parameters() -> None:
    assert extension_of("Image/PNG; q=1") == ".png"
    assert extension_of("application/x-unheard-of") == ""
