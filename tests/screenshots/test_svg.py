"""The drawing of a screen keeps every word on its cell and needs nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from xml.etree import ElementTree as ET

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screenshots.svg import CELL_HEIGHT, CELL_WIDTH, MARGIN, drawing

PLAIN = Style.parse("#ffffff on #000000")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*segments: Segment) -> ET.Element:
    return ET.fromstring(drawing([Strip(segments)], background="#000000", title="a <title>"))


def test_a_word_stands_on_its_cell_after_any_number_of_blanks_and_wide_characters() -> None:
    texts = drawn(Segment("   ab  社区 <c>", PLAIN)).iter(f"{SVG}text")
    assert [(text.text, text.get("x"), text.get("textLength")) for text in texts] == [
        ("ab", str(3 * CELL_WIDTH), str(2 * CELL_WIDTH)),
        ("社区 <c>", str(7 * CELL_WIDTH), str(8 * CELL_WIDTH)),
    ]


def test_a_reversed_segment_swaps_its_colours() -> None:
    root = drawn(Segment("on", PLAIN + Style(reverse=True)))
    (text,) = root.iter(f"{SVG}text")
    assert text.get("fill") == "#000000"
    assert [ground.get("fill") for ground in root.iter(f"{SVG}rect")][1:] == ["#ffffff"]


def test_blocks_and_lines_are_shapes_that_touch() -> None:
    root = drawn(Segment("▀▀", PLAIN), Segment("──", PLAIN), Segment("╮", PLAIN))
    assert list(root.iter(f"{SVG}text")) == []
    block = list(root.iter(f"{SVG}rect"))[-1]
    assert (block.get("width"), block.get("height")) == (str(2 * CELL_WIDTH), str(CELL_HEIGHT // 2))
    line, corner = root.iter(f"{SVG}path")
    assert line.get("d") == f"M{2 * CELL_WIDTH} 10 L{4 * CELL_WIDTH} 10"
    assert str(corner.get("d")).endswith(f"{4 * CELL_WIDTH} 10")


def test_nothing_is_fetched_from_elsewhere() -> None:
    picture = drawing([Strip([Segment("x", PLAIN)])], background="#000000", title="t")
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert isn't installed")
def test_a_renderer_makes_pixels_of_it() -> None:
    picture = drawing([Strip([Segment("one ▄ line", PLAIN)])] * 3, background="#000000", title="t")
    png = subprocess.run(["rsvg-convert"], input=picture.encode(), capture_output=True, check=True).stdout
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == (10 * CELL_WIDTH + 2 * MARGIN, 3 * CELL_HEIGHT + 2 * MARGIN)
