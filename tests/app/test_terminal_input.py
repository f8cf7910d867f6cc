"""P4, P5, P13: no byte of a terminal ends the app, and no paste keeps the keyboard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobtui.app.terminal_input import MOST_PASTED, PASTE_PATIENCE_S, InputGuard


def test_keys_and_text_go_through_as_they_are() -> None:
    guard = InputGuard()
    assert guard.feed("jk\x1b[Aé日".encode(), 0.0) == "jk\x1b[Aé日"
    assert guard.feed(b"\x1b", 0.1) == "\x1b"


def test_p4_legacy_mouse_reports_past_column_95_are_taken_out_and_told() -> None:
    guard = InputGuard()
    assert guard.feed(b"j\x1b[M\x43\xa2\x30k", 0.0) == "jk"
    assert guard.take_legacy_mouse()
    assert not guard.take_legacy_mouse()


def test_p4_a_legacy_mouse_report_in_two_pieces_is_no_key_either() -> None:
    guard = InputGuard()
    assert guard.feed(b"j\x1b[M\x43", 0.0) == "j"
    assert guard.feed(b"\xa2\x30k", 0.01) == "k"
    assert guard.take_legacy_mouse()


def test_what_only_looks_like_the_beginning_of_a_report_comes_when_nothing_follows() -> None:
    guard = InputGuard()
    assert guard.feed(b"j\x1b[", 0.0) == "j"
    assert guard.idle(0.1) == "\x1b["


def test_p5_invalid_utf8_becomes_a_stand_in() -> None:
    guard = InputGuard()
    assert guard.feed(b"a\xff\xfeb", 0.0) == "a\ufffd\ufffdb"


def test_a_character_in_two_pieces_is_one() -> None:
    guard = InputGuard()
    assert guard.feed("é".encode()[:1], 0.0) == ""
    assert guard.feed("é".encode()[1:], 0.0) == "é"


def test_p5_megabytes_of_paste_are_bounded() -> None:
    guard = InputGuard()
    text = guard.feed(b"\x1b[200~", 0.0)
    for _ in range(64):
        text += guard.feed(b"x" * 65536, 0.0)
    text += guard.feed(b"\x1b[201~q", 0.0)
    assert text.startswith("\x1b[200~x")
    assert text.endswith("\x1b[201~q")
    assert text.count("x") == MOST_PASTED


def test_p13_a_paste_without_an_end_gives_the_keyboard_back() -> None:
    guard = InputGuard()
    assert guard.feed(b"\x1b[200~abc", 10.0) == "\x1b[200~abc"
    assert guard.idle(10.5) == ""
    assert guard.idle(10.0 + PASTE_PATIENCE_S) == "\x1b[201~"
    assert guard.feed(b"q", 13.0) == "q"


def test_the_end_of_a_paste_is_known_in_two_pieces() -> None:
    guard = InputGuard()
    assert guard.feed(b"\x1b[200~abc\x1b[20", 0.0) == "\x1b[200~abc"
    assert guard.feed(b"1~q", 0.0) == "\x1b[201~q"


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_in_any_pieces_give_text_and_the_quit_key_still_arrives(pieces: list[bytes]) -> None:
    guard = InputGuard()
    for number, piece in enumerate(pieces):
        guard.feed(piece, number / 10)
    guard.idle(100.0)
    # One read may end an unfinished character or a half report of before.
    guard.feed(b"....", 101.0)
    guard.idle(200.0)
    assert "q" in guard.feed(b"q", 201.0)
