"""Bytes of which nothing is known."""

from __future__ import annotations

from jobtui.app.panes.viewers.hexdump import HexView
from tests.app.viewers.shown import shown, text_of


async def test_bytes_stand_as_digits_beside_what_is_readable() -> None:
    async with shown(view := HexView(b"\x00\x01ABC\xff[/]\x1b]52;c;x"), (90, 5)):
        assert text_of(view)[0] == "00000000  00 01 41 42 43 ff 5b 2f  5d 1b 5d 35 32 3b 63 3b  ··ABC·[/]·]52;c;"
        assert text_of(view)[1].split() == ["00000010", "78", "x"]
        assert view.copy_text() == "00 01 41 42 43 ff 5b 2f 5d 1b 5d 35 32 3b 63 3b"
        view.move_cursor(1)
        assert view.copy_place() == "0x10"
        assert view.note == "17 bytes · at 0x10"


async def test_a_search_takes_text_across_lines_and_digits() -> None:
    content = b"." * 14 + b"NEEDLE" + b"." * 100 + b"\xde\xad\xbe\xef"
    async with shown(view := HexView(content), (90, 12)):
        assert view.search("needle")
        assert view.cursor == 0
        assert view.search("de ad be ef")
        assert view.cursor == 7
        assert view.step_match(1)
        assert (view.cursor, view.hits) == (7, (1, 1))
        assert not view.search("absent")
        assert not view.search("abc")


async def test_previous_matches_are_found_backwards_and_round_the_start() -> None:
    content = b"x".ljust(32, b".") + b"x".ljust(32, b".") + b"x"
    async with shown(view := HexView(content), (90, 12)):
        view.search("x")
        found = []
        for _ in range(3):
            view.step_match(-1)
            found.append(view.cursor)
        assert found == [4, 2, 0]
        assert view.hits == (1, 3)


async def test_no_bytes_at_all_are_shown_as_nothing() -> None:
    async with shown(view := HexView(b"")):
        assert view.line_count == 0
        assert not view.search("x")
        assert view.copy_text() == ""
