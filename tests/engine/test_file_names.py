from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobtui.engine.file_names import MAX_NAME_BYTES, numbered, safe_name, shortened


@given(st.text(max_size=600), st.sampled_from(["", "video/mp4", "application/json", "x/y"]))
@example("../x", "")
@example("/etc/passwd", "")
@example("..", "")
@example("CON", "")
@example("nul.txt", "")
@example("a\0b", "")
@example("x" * 300 + ".mp4", "")
@example("é" * 300, "video/mp4")
@example(".bashrc", "")
@example("-rf", "")
@example("a\u202egpj.exe", "")
@example("\ud800", "")
@example("C:\\windows\\system.ini", "")
@example("result.", "")
@example("com¹.tar.gz", "")
def test_d5_no_name_leaves_its_folder_or_deceives(suggested: str, media_type: str) -> None:
    name = safe_name(suggested, media_type)
    assert name not in {"", ".", ".."}
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith((".", "-", "~", " "))
    assert not name.endswith((".", " "))
    assert len(numbered(name, 9999).encode()) <= 255
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert all(unicodedata.category(character)[0] != "C" for character in name)
    assert not set(name) & set('<>:"|?*')
    assert name.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert safe_name(name, media_type) == name


@pytest.mark.parametrize(
    ("suggested", "media_type", "expected"),
    [
        ("clip.mp4", "", "clip.mp4"),
        ("../../clip.mp4", "video/mp4", "clip.mp4"),
        ("clip", "video/mp4", "clip.mp4"),
        ("clip", "video/mp4; codecs=avc1", "clip.mp4"),
        ("data", "application/x-unknown", "data"),
        ("東京.png", "image/png", "東京.png"),
        ("CON", "application/json", "_CON.json"),
        ("", "image/png", "result.png"),
        ("a\x1b[31mb.txt", "", "a_[31mb.txt"),
    ],
)
def test_names_stay_as_close_as_they_can(suggested: str, media_type: str, expected: str) -> None:
    assert safe_name(suggested, media_type) == expected


def test_a_second_file_is_numbered_before_its_suffix() -> None:
    assert numbered("result.json", 1) == "result.json"
    assert numbered("result.json", 2) == "result (2).json"
    assert numbered("v1.2 final", 3) == "v1.2 final (3)"


def test_shortening_cuts_no_character_in_half() -> None:
    assert shortened("éé", 3) == "é"
    assert shortened("...", 3) == "result"
