"""A screen as plain text with its styles, so that a reviewer can read what a change did to a layout.

A file holds the text as the terminal shows it; below, one letter a cell that stands for its style;
and what the letters mean in each theme. `.` is the commonest style; the style that a line ends in is told once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from string import ascii_letters, digits

from rich.style import Style
from textual.screen import Screen

_LETTERS = ascii_letters + digits + "+*=%&@#$<>!?:;~^_/"
_ATTRIBUTES = ("bold", "dim", "italic", "underline", "strike", "reverse")


@dataclass(frozen=True, slots=True)
class Shot:
    """What one screen shows in one theme."""

    lines: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]
    """For every line the style of each cell, in words."""


def shoot(screen: Screen[object]) -> Shot:
    """Take the topmost screen as it would be sent to a terminal."""
    strips = screen._compositor.render_strips()
    return Shot(
        tuple(strip.text.rstrip() for strip in strips),
        tuple(
            tuple(words for piece in strip for words in [_words(piece.style)] * piece.cell_length) for strip in strips
        ),
    )


def written(shots: Mapping[str, Shot]) -> str:
    """The text of a golden file.

    Args:
        shots: The same screen by the name of its theme; the text has to be the same in all of them.
    """
    first, *others = shots.values()
    for shot in others:
        assert shot.lines == first.lines, "a theme has changed the text"
    looks = [list(zip(*rows, strict=True)) for rows in zip(*(shot.styles for shot in shots.values()), strict=True)]
    letters = _letters(looks)
    keys = [
        f"{letter}  {theme:<15} {words}"
        for look, letter in letters.items()
        for letter, theme, words in zip((letter, " "), shots, look, strict=True)
    ]
    marks = [_shortened("".join(letters[look] for look in row)) for row in looks]
    return "\n".join([*first.lines, "", "styles", "", *marks, "", *keys, ""])


def compare(file: Path, shots: Mapping[str, Shot], *, update: bool) -> None:
    """Hold a screen against its file, or write the file anew."""
    text = written(shots)
    if update:
        file.write_text(text, encoding="utf-8")
        return
    assert file.exists(), f"{file.name} is missing: look at the screen, then run pytest with --update-snapshots"
    # Line by line, so that pytest shows which ones differ.
    assert text.splitlines() == file.read_text(encoding="utf-8").splitlines()


def _letters(looks: Sequence[Sequence[tuple[str, ...]]]) -> dict[tuple[str, ...], str]:
    """A letter for each look: a dot for the commonest, the others in the order in which the eye meets them."""
    cells = Counter(look for row in looks for look in row)
    commonest = max(cells, key=lambda look: cells[look])
    others = [look for look in cells if look != commonest]
    return {commonest: ".", **dict(zip(others, _LETTERS[: len(others)], strict=True))}


def _shortened(marks: str) -> str:
    """The marks with the last run told once."""
    runs = ["".join(run) for _, run in groupby(marks)]
    return "".join([*runs[:-1], runs[-1][:1]]) if runs else ""


def _words(style: Style | None) -> str:
    """A style without links and clicks, which nobody sees."""
    if style is None:
        return "plain"
    colours = [
        f"{prefix}{colour.triplet.hex if colour.triplet else colour.name}"
        for prefix, colour in (("", style.color), ("on ", style.bgcolor))
        if colour is not None
    ]
    return " ".join([*colours, *(name for name in _ATTRIBUTES if getattr(style, name))]) or "plain"
