"""A terminal's screen as an SVG: every word on its cell, lines and blocks as shapes, nothing fetched from elsewhere.

Textual's own export leaves spaces and widths to a web font. Renderers without it (rsvg-convert, pictures inside other
pages) shift the text or drop leading blanks, and leave gaps in frames and in pictures made of half blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

CELL_WIDTH, CELL_HEIGHT = 10, 20
MARGIN = 10
_FONTS = "'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace"
_FONT_SIZE = 16.61
"""At which a character of the first font is as wide as a cell."""
_BASELINE = 15.2

_THIN, _THICK = 1.6, 3.2
_LEFT, _RIGHT, _UP, _DOWN = (0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 1.0)
_CORNERS = {"╭": (_DOWN, _RIGHT), "╮": (_DOWN, _LEFT), "╰": (_UP, _RIGHT), "╯": (_UP, _LEFT)}
_LINES = {
    "─": (_LEFT, _RIGHT, _THIN),
    "│": (_UP, _DOWN, _THIN),
    "━": (_LEFT, _RIGHT, _THICK),
    "╸": (_LEFT, (0.5, 0.5), _THICK),
    "╺": ((0.5, 0.5), _RIGHT, _THICK),
    "┃": (_UP, _DOWN, _THICK),
}
_BLOCKS = {
    "█": (0.0, 0.0, 1.0, 1.0),
    "▀": (0.0, 0.0, 1.0, 0.5),
    "▌": (0.0, 0.0, 0.5, 1.0),
    "▐": (0.5, 0.0, 0.5, 1.0),
    **{chr(0x2580 + eighths): (0.0, 1 - eighths / 8, 1.0, eighths / 8) for eighths in range(1, 8)},
}
"""Left, top, width and height, in parts of a cell."""


class Run(NamedTuple):
    """Cells of one line that look alike."""

    x: int
    width: int
    text: str
    style: Style


def drawing(strips: Sequence[Strip], *, background: str, title: str) -> str:
    """The picture of a screen.

    Args:
        strips: Its lines.
        background: Colour around it.
        title: What it shows, for those who can't see it.
    """
    width = max(strip.cell_length for strip in strips) * CELL_WIDTH
    height = len(strips) * CELL_HEIGHT
    shapes: list[str] = []
    words: list[str] = []
    for row, strip in enumerate(strips):
        y = row * CELL_HEIGHT
        runs = list(_runs(strip))
        shapes.extend(_grounds(runs, y, background))
        for run in runs:
            shapes.extend(_shapes(run, y))
            words.extend(_words(run, y))
    sides = width + 2 * MARGIN, height + 2 * MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {sides[0]} {sides[1]}"',
            f' width="{sides[0]}" height="{sides[1]}" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="100%" height="100%" rx="8" fill="{background}"/>',
            f'<g transform="translate({MARGIN} {MARGIN})" fill="none" shape-rendering="crispEdges">',
            *shapes,
            f'</g><g transform="translate({MARGIN} {MARGIN})" font-family="{_FONTS}" font-size="{_FONT_SIZE}">',
            *words,
            "</g></svg>\n",
        ]
    )


def _runs(strip: Strip) -> Iterator[Run]:
    x = 0
    for segment in strip:
        if segment.text and not segment.control:
            width = cell_len(segment.text)
            yield Run(x, width, segment.text, segment.style or Style.null())
            x += width


def _colours(style: Style) -> tuple[str, str]:
    """Foreground and background; empty where the terminal's own would show."""
    pair = [colour.triplet.hex if colour and colour.triplet else "" for colour in (style.color, style.bgcolor)]
    return (pair[1], pair[0]) if style.reverse else (pair[0], pair[1])


def _grounds(runs: Sequence[Run], y: int, background: str) -> Iterator[str]:
    for colour, group in groupby(runs, key=lambda run: _colours(run.style)[1]):
        alike = list(group)
        if colour and colour != background:
            cells = sum(run.width for run in alike)
            yield _rectangle(alike[0].x * CELL_WIDTH, y, cells * CELL_WIDTH, CELL_HEIGHT, colour)


def _shapes(run: Run, y: int) -> Iterator[str]:
    """Frames, bars and blocks, which have to touch from cell to cell."""
    colour = _colours(run.style)[0]
    for match in re.finditer(r"(.)\1*", run.text):
        character, count = match.group(1), len(match.group())
        x = (run.x + cell_len(run.text[: match.start()])) * CELL_WIDTH
        if character in _BLOCKS:
            left, top, width, height = _BLOCKS[character]
            repeat = count if width == 1 else 1
            for number in range(1 if repeat > 1 else count):
                at = x + (number + left) * CELL_WIDTH
                yield _rectangle(at, y + top * CELL_HEIGHT, width * repeat * CELL_WIDTH, height * CELL_HEIGHT, colour)
        elif character in _LINES:
            start, end, thickness = _LINES[character]
            far = x + (count - 1) * CELL_WIDTH if start[1] == end[1] else x
            yield _path(f"M{_point(x, y, start)} L{_point(far, y, end)}", thickness, colour)
        elif character in _CORNERS:
            start, end = _CORNERS[character]
            middle = _point(x, y, (0.5, 0.5))
            yield _path(f"M{_point(x, y, start)} Q{middle} {_point(x, y, end)}", _THIN, colour, smooth=True)


def _words(run: Run, y: int) -> Iterator[str]:
    colour = _colours(run.style)[0]
    looks = "".join(
        words
        for wanted, words in (
            (run.style.bold, ' font-weight="bold"'),
            (run.style.italic, ' font-style="italic"'),
            (run.style.underline, ' text-decoration="underline"'),
            (run.style.strike, ' text-decoration="line-through"'),
            (run.style.dim, ' opacity="0.6"'),
        )
        if wanted
    )
    drawn = "".join([*_BLOCKS, *_LINES, *_CORNERS])
    for match in re.finditer(rf"[^\s{drawn}]+(?: [^\s{drawn}]+)*", run.text):
        cells = cell_len(match.group())
        x = (run.x + cell_len(run.text[: match.start()])) * CELL_WIDTH
        yield (
            f'<text x="{x}" y="{y + _BASELINE:g}" textLength="{cells * CELL_WIDTH}" fill="{colour}"{looks}>'
            f"{escape(match.group(), quote=False)}</text>"
        )


def _point(x: float, y: float, place: tuple[float, float]) -> str:
    return f"{x + place[0] * CELL_WIDTH:g} {y + place[1] * CELL_HEIGHT:g}"


def _path(course: str, thickness: float, colour: str, *, smooth: bool = False) -> str:
    rendering = ' shape-rendering="auto"' if smooth else ""
    return f'<path d="{course}" stroke="{colour}" stroke-width="{thickness:g}"{rendering}/>'


def _rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"/>'
