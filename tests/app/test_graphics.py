"""Pictures as terminals take them, read back as a terminal would."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image
from rich.color import Color, ColorSystem

from jobtui.app.graphics import (
    MOST_CELLS,
    Graphics,
    fitted,
    heard,
    kitty_colour,
    kitty_number,
    kitty_row,
    kitty_sequences,
    sixels,
)
from jobtui.app.terminal_input import InputGuard

OK = b"\x1b_Gi=31;OK\x1b\\"


def gradient(width: int, height: int) -> Image.Image:
    picture = Image.new("RGB", (width, height))
    picture.putdata([(x * 255 // width, y * 255 // height, 40) for y in range(height) for x in range(width)])
    return picture


def read_sixels(text: str) -> tuple[tuple[int, int], dict[tuple[int, int], tuple[int, int, int]]]:
    """The size and the pixels that a terminal would draw."""
    found = re.fullmatch(r'\x1bP0;1q"1;1;(\d+);(\d+)(.*)\x1b\\', text, re.DOTALL)
    assert found
    colours: dict[int, tuple[int, int, int]] = {}
    pixels: dict[tuple[int, int], tuple[int, int, int]] = {}
    x = y = colour = 0
    for number, red, green, blue, times, run, single, move in re.findall(
        r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|([$-])", found[3]
    ):
        if number:
            colour = int(number)
            if red:
                colours[colour] = (int(red), int(green), int(blue))
        elif move:
            x, y = 0, y + 6 * (move == "-")
        else:
            end = x + int(times or 1)
            rows = [y + bit for bit in range(6) if (ord(run or single) - 63) >> bit & 1]
            pixels.update({(column, row): colours[colour] for column in range(x, end) for row in rows})
            x = end
    return (int(found[1]), int(found[2])), pixels


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (40, 13), (64, 48)])
def test_sixels_draw_every_pixel_in_nearly_its_colour(size: tuple[int, int]) -> None:
    picture = gradient(*size)
    told, pixels = read_sixels(sixels(picture))
    assert told == size
    assert pixels.keys() == {(x, y) for x in range(size[0]) for y in range(size[1])}
    for place, colour in pixels.items():
        wanted = picture.getpixel(place)
        assert isinstance(wanted, tuple)
        assert all(abs(part * 2.55 - want) < 40 for part, want in zip(colour, wanted, strict=True))


def test_what_repeats_is_counted_in_sixels() -> None:
    assert len(sixels(Image.new("RGB", (600, 600), "red"))) < 8_000


def test_kitty_gets_the_picture_in_pieces_that_make_a_png_again() -> None:
    picture = Image.effect_noise((200, 120), 90).convert("RGB")
    forget, *pieces = kitty_sequences(picture, 77, (20, 6))
    assert forget == "\x1b_Ga=d,d=I,i=77,q=2\x1b\\"
    assert len(pieces) > 1
    assert pieces[0].startswith("\x1b_Ga=T,f=100,U=1,i=77,c=20,r=6,q=2,m=1;")
    assert [piece.partition(";")[0][-3:] for piece in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]
    data = base64.b64decode("".join(piece.partition(";")[2].removesuffix("\x1b\\") for piece in pieces))
    with Image.open(io.BytesIO(data)) as read:
        assert read.tobytes() == picture.tobytes()


def test_placeholders_number_rows_and_columns_each_by_a_mark_of_its_own() -> None:
    row = kitty_row(2, 5)
    assert row[::3] == "\U0010eeee" * 5
    assert row[1::3] == "\u030e" * 5
    assert row[2::3] == "\u0305\u030d\u030e\u0310\u0312"
    assert len(set(kitty_row(0, MOST_CELLS)[2::3])) == MOST_CELLS


def test_the_colour_of_placeholders_tells_the_number_in_256_colours_too() -> None:
    colours = [kitty_colour(turn) for turn in range(24)]
    assert len(set(colours)) == 24
    for colour in colours:
        shown = Color.from_rgb(*colour).downgrade(ColorSystem.EIGHT_BIT)
        assert shown.number == kitty_number(colour, is_exact=False)
        assert kitty_number(colour, is_exact=True).to_bytes(3, "big") == bytes(colour)


@pytest.mark.parametrize(
    ("picture", "room", "cell", "cells"),
    [
        ((100, 100), (80, 24), (8, 16), (48, 24)),
        ((1000, 10), (80, 24), (8, 16), (80, 1)),
        ((10, 1000), (80, 24), (10, 20), (1, 24)),
        ((5000, 5000), (1000, 1000), (8, 8), (MOST_CELLS, MOST_CELLS)),
    ],
)
def test_a_picture_keeps_its_proportion(
    picture: tuple[int, int], room: tuple[int, int], cell: tuple[int, int], cells: tuple[int, int]
) -> None:
    assert fitted(picture, room, cell) == cells


@pytest.mark.parametrize(
    ("answers", "graphics"),
    [
        (b"", None),
        (OK, None),
        (OK + b"\x1b[?62;c", Graphics.KITTY),
        (b"\x1b_Gi=31;EBADF:no\x1b\\\x1b[?62;4c", Graphics.SIXEL),
        (b"\x1b[?62;4;22c", Graphics.SIXEL),
        (b"\x1b[?4;22c", Graphics.BLOCKS),
        (b"\x1b[?1;2c", Graphics.BLOCKS),
    ],
)
def test_answers_tell_how_a_terminal_shows_pictures(answers: bytes, graphics: Graphics | None) -> None:
    assert heard(answers) is graphics


@pytest.mark.parametrize("cut", range(1, 20))
def test_answers_about_pictures_are_no_keys_even_in_two_pieces(cut: int) -> None:
    answers = OK + b"\x1b[?62;4c"
    guard = InputGuard()
    text = guard.feed(b"a" + answers[:cut], 0.0) + guard.feed(answers[cut:] + b"b", 0.1)
    assert text == "ab"
    assert guard.take_graphics() is Graphics.KITTY
    assert guard.take_graphics() is None


def test_the_beginning_of_an_answer_alone_is_handed_on_after_a_while() -> None:
    guard = InputGuard()
    assert guard.feed(b"x\x1b[?6", 0.0) == "x"
    assert guard.idle(0.2) == "\x1b[?6"
