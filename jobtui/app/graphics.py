"""Pictures as terminals take them: kitty's placeholders, sixels, or neither; pure, but for the libraries' encoders."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from PIL import Image

QUESTION = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Whether the terminal knows kitty's pictures, and what it can do at all, which every terminal answers."""

DEFAULT_CELL = (8, 16)
"""Pixels across and down of a cell, where the terminal doesn't tell."""

MOST_CELLS = 297
"""Rows and columns of the largest picture that placeholders can number."""

_KITTY_ANSWER = re.compile(rb"\x1b_G[^\x1b]*;OK\x1b\\")
_ABILITIES = re.compile(rb"\x1b\[\?([\d;]+)c")
_SIXEL_ABILITY = b"4"
_PIECE_CHARACTERS = 4096
_PLACEHOLDER = "\U0010eeee"
_SIXEL_COLOURS = 128
_LEVELS = (0, 95, 135, 175, 215, 255)

_NUMBERS = (
    "0305 030d-030e 0310 0312 033d-033f 0346 034a-034c 0350-0352 0357 035b 0363-036f 0483-0487 0592-0595 "
    "0597-0599 059c-05a1 05a8-05a9 05ab-05ac 05af 05c4 0610-0617 0657-065b 065d-065e 06d6-06dc 06df-06e2 06e4 "
    "06e7-06e8 06eb-06ec 0730 0732-0733 0735-0736 073a 073d 073f-0741 0743 0745 0747 0749-074a 07eb-07f1 07f3 "
    "0816-0819 081b-0823 0825-0827 0829-082d 0951 0953-0954 0f82-0f83 0f86-0f87 135d-135f 17dd 193a 1a17 "
    "1a75-1a7c 1b6b 1b6d-1b73 1cd0-1cd2 1cda-1cdb 1ce0 1dc0-1dc1 1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe 20d0-20d1 "
    "20d4-20d7 20db-20dc 20e1 20e7 20e9 20f0 2cef-2cf1 2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0 "
    "aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26 10a0f 10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244"
)
"""The marks that number rows and columns, in order, as kitty's protocol lists them."""


class Graphics(Enum):
    """How a terminal shows pictures."""

    BLOCKS = auto()
    """As half blocks, two pixels a cell: any terminal does."""
    SIXEL = auto()
    KITTY = auto()


@runtime_checkable
class ShowsGraphics(Protocol):
    """An app that finds out how its terminal shows pictures, and sends them there."""

    write_to_terminal: Callable[[str], None]
    cell_pixels: tuple[int, int]
    """Across and down."""
    has_exact_colours: bool
    """Whether the terminal is told colours by red, green and blue, and not by one of 256 numbers."""

    graphics: Graphics
    """How it shows them, as far as that is known by now; to be watched."""

    def ask_for_graphics(self) -> None:
        """Find that out, unless it was asked before."""
        ...


def heard(answers: bytes) -> Graphics | None:
    """What answers to `QUESTION` tell; `None` until the last of them is there."""
    abilities = _ABILITIES.search(answers)
    if abilities is None:
        return None
    if _KITTY_ANSWER.search(answers):
        return Graphics.KITTY
    return Graphics.SIXEL if _SIXEL_ABILITY in abilities[1].split(b";")[1:] else Graphics.BLOCKS


def fitted(picture: tuple[int, int], room: tuple[int, int], cell: tuple[int, int]) -> tuple[int, int]:
    """The cells across and down that a picture takes whose sides keep their proportion.

    Args:
        picture: Its pixels across and down.
        room: The cells that there are.
        cell: A cell's pixels.
    """
    across, down = (min(cells, MOST_CELLS) for cells in room)
    factor = min(across * cell[0] / picture[0], down * cell[1] / picture[1])
    wanted = round(picture[0] * factor / cell[0]), round(picture[1] * factor / cell[1])
    return max(1, min(across, wanted[0])), max(1, min(down, wanted[1]))


def kitty_sequences(picture: Image.Image, number: int, cells: tuple[int, int]) -> Iterator[str]:
    """What gives the terminal a picture under a number, to be shown wherever its placeholders stand.

    Source:
        Terminal graphics protocol, "Unicode placeholders".
    """
    file = io.BytesIO()
    picture.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    yield forget_sequence(number)
    for start in range(0, len(data), _PIECE_CHARACTERS):
        piece = data[start : start + _PIECE_CHARACTERS]
        first = f"a=T,f=100,U=1,i={number},c={cells[0]},r={cells[1]}," if start == 0 else ""
        more = int(start + _PIECE_CHARACTERS < len(data))
        yield f"\x1b_G{first}q=2,m={more};{piece}\x1b\\"


def forget_sequence(number: int) -> str:
    """What lets the terminal forget kitty's picture of that number."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def kitty_colour(turn: int) -> tuple[int, int, int]:
    """A colour that tells which picture is meant, one of 24 that terminals of 256 colours have, too."""
    # Strong ones: what is nearly grey would be shown as another grey.
    place = turn % 24
    return _LEVELS[2 + place // 6], _LEVELS[place % 6], 0


def kitty_number(colour: tuple[int, int, int], *, is_exact: bool) -> int:
    """The number that a picture has whose placeholders have a colour.

    Args:
        colour: From `kitty_colour`.
        is_exact: Whether the terminal is told colours by red, green and blue, and not by one of 256 numbers.
    """
    red, green, blue = colour
    if is_exact:
        return red << 16 | green << 8 | blue
    return 16 + 36 * _LEVELS.index(red) + 6 * _LEVELS.index(green) + _LEVELS.index(blue)


def kitty_row(row: int, columns: int) -> str:
    """The placeholders of one row of a picture; their colour tells which picture."""
    marks = _marks()
    return "".join(f"{_PLACEHOLDER}{marks[row]}{marks[column]}" for column in range(columns))


def sixels(picture: Image.Image) -> str:
    """An RGB picture as sixels, in the colours that suit it best.

    Source:
        DEC VT330/VT340 programmer reference, "Sixel graphics".
    """
    reduced = picture.quantize(_SIXEL_COLOURS)
    width, height = reduced.size
    palette, pixels = reduced.getpalette() or [], reduced.tobytes()
    pieces = [f'\x1bP0;1q"1;1;{width};{height}']
    for number in range(len(palette) // 3):
        red, green, blue = (round(part * 100 / 255) for part in palette[number * 3 : number * 3 + 3])
        pieces.append(f"#{number};2;{red};{green};{blue}")
    for top in range(0, height, 6):
        rows = [pixels[y * width : (y + 1) * width] for y in range(top, min(top + 6, height))]
        lines = [f"#{colour}{_sixel_line(rows, colour)}" for colour in sorted(set().union(*rows))]
        pieces += ["$".join(lines), "-"]
    return "".join([*pieces, "\x1b\\"])


def _sixel_line(rows: list[bytes], colour: int) -> str:
    """Up to six rows of pixels, where they have one colour, with what repeats counted."""
    bits = bytes(63 + sum((row[x] == colour) << y for y, row in enumerate(rows)) for x in range(len(rows[0])))
    text = bits.decode("ascii").rstrip("?")
    return re.sub(r"(.)\1{3,}", lambda match: f"!{len(match[0])}{match[1]}", text)


@cache
def _marks() -> str:
    spans = (part.partition("-") for part in _NUMBERS.split())
    return "".join(
        chr(number) for first, _, last in spans for number in range(int(first, 16), int(last or first, 16) + 1)
    )
