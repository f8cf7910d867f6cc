"""What is cut down for the line has the same effect on a terminal as what Textual wrote."""

from __future__ import annotations

import re

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtui.app import background, graphics
from jobtui.app.frames import FrameDiff

COLUMNS, LINES = 24, 5

STYLES = ["", "1", "38;2;1;2;3", "1;38;2;1;2;3;48;2;9;9;9", "31;44", "38;5;9", "2;97", "7"]


class Terminal:
    """A terminal to look at."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        self.stream.feed(text)

    def cells(self) -> list[list[pyte.screens.Char]]:
        return [[self.screen.buffer[y][x] for x in range(COLUMNS)] for y in range(LINES)]


def frame(*pieces: tuple[int, int, list[tuple[str, str]]]) -> str:
    """As Textual writes it: a move, styled pieces each with a reset, a line end after each row but the last."""
    written = ""
    for y, x, spans in sorted(pieces, key=lambda piece: piece[0]):
        written += f"\x1b[{y};{x}H"
        written += "".join(f"\x1b[{style}m{text}\x1b[0m" if style else text for style, text in spans)
        written += "\n" if y != max(piece[0] for piece in pieces) else ""
    return written + "\x1b[1;1H"


PIECES = st.tuples(
    st.integers(1, LINES),
    st.integers(1, COLUMNS - 12),
    st.lists(
        st.tuples(st.sampled_from(STYLES), st.text(alphabet="ab ─█日e\u0301", min_size=1, max_size=4)),
        min_size=1,
        max_size=3,
    ),
)


@settings(max_examples=300)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=4), min_size=1, max_size=8))
def test_a_terminal_shows_the_same_whether_frames_are_cut_down_or_not(
    frames: list[list[tuple[int, int, list[tuple[str, str]]]]],
) -> None:
    whole, cut, diff = Terminal(), Terminal(), FrameDiff()
    for drawn in frames:
        # Wide characters are only ever sent as whole rows by the panes; cutting through one is undefined everywhere.
        pieces = [(y, x, spans) for y, x, spans in drawn if all("日" not in text for _, text in spans)]
        if not pieces:
            continue
        text = frame(*pieces)
        whole.feed(text)
        cut.feed(diff.encode(text))
        assert cut.cells() == whole.cells()
        assert (cut.screen.cursor.x, cut.screen.cursor.y) == (whole.screen.cursor.x, whole.screen.cursor.y)


def test_wide_characters_are_sent_whole() -> None:
    whole, cut, diff = Terminal(), Terminal(), FrameDiff()
    # The first two are as long as they are wide: a mark that takes no cell stands behind a character that takes two.
    for text in ("ハ\u3099", "ハ\u309a", "日本語 abcdef", "日本語 abcdeX", "plain text now", "日x本y語"):
        written = frame((2, 1, [("31", text.ljust(14))]))
        whole.feed(written)
        cut.feed(diff.encode(written))
        assert cut.cells() == whole.cells()


def test_a_line_that_wide_characters_have_left_is_sent_cell_by_cell_again() -> None:
    terminal, diff, sent = Terminal(), FrameDiff(), ""
    for text in ("日本", "abcd", "abcX"):
        sent = diff.encode(frame((2, 1, [("31", "left ")]), (2, 6, [("31", text)])))
        terminal.feed(sent)
    assert terminal.screen.display[1].startswith("left abcX")
    assert "X" in sent
    assert "abc" not in sent


def test_a_frame_that_changes_nothing_sends_nothing() -> None:
    diff = FrameDiff()
    text = frame((1, 1, [("1", "hello")]), (2, 1, [("", "world")]))
    assert diff.encode(text)
    assert diff.encode("\x1b[?2026h") == ""
    assert diff.encode(text) == ""
    assert diff.encode("\x1b[?2026l") == ""


def test_one_changed_cell_is_sent_alone() -> None:
    diff = FrameDiff()
    diff.encode(frame((1, 1, [("38;2;1;2;3;48;2;4;5;6", "progress 61 %")])))
    sent = diff.encode(frame((1, 1, [("38;2;1;2;3;48;2;4;5;6", "progress 62 %")])))
    assert "2" in sent
    assert "progress" not in sent
    assert len(sent) < 50


def test_an_update_is_bracketed_where_something_is_sent() -> None:
    diff = FrameDiff()
    assert diff.encode("\x1b[?2026h") == ""
    assert diff.encode(frame((1, 1, [("", "hello")]))).startswith("\x1b[?2026h")
    assert diff.encode("\x1b[?2026l") == "\x1b[?2026l"


def test_modes_titles_and_the_clipboard_go_through_and_leave_the_picture_alone() -> None:
    diff = FrameDiff()
    text = frame((1, 1, [("", "hello")]))
    diff.encode(text)
    for harmless in (
        *("\x1b[?1000h", "\x1b[?2026$p", "\x1b[>1u", "\x1b]52;c;eA==\x07", "\x07", "\x1b]0;title\x1b\\"),
        graphics.QUESTION,
        background.QUESTION,
    ):
        assert diff.encode(harmless) == harmless
    assert diff.encode(text) == ""


def test_what_may_change_the_screen_makes_the_next_frame_whole() -> None:
    for sequence in ("\x1b[?1049h", "\x1b[2J", "\x1bc", "plain text", "\r\n"):
        diff = FrameDiff()
        text = frame((1, 1, [("", "hello")]))
        diff.encode(text)
        assert diff.encode(sequence) == sequence
        assert "hello" in diff.encode(text)


HIDDEN = st.text(
    alphabet="ab日\x00\x07\r\x1b[];0m52\x07\x7f\x9b\x9d\u202e\u2066\u200b\ufeff\U000e0041\ud800e\u0301", max_size=12
)
SEQUENCES = re.compile(r"\x1b\[[0-9;]*[mHC]|\x1b\[\?2026[hl]")
ACTING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


@settings(max_examples=300)
@given(st.lists(HIDDEN, min_size=1, max_size=4))
def test_t2_whatever_a_frame_holds_nothing_but_styles_and_moves_reaches_the_terminal(texts: list[str]) -> None:
    diff = FrameDiff()
    for text in texts:
        sent = diff.encode(frame((1, 1, [("31", text)]), (2, 3, [("", text), ("1", "end")])))
        assert not ACTING.search(SEQUENCES.sub("", sent))


def test_t2_a_clipboard_write_in_a_name_comes_to_nothing() -> None:
    terminal, diff = Terminal(), FrameDiff()
    sent = diff.encode(frame((1, 1, [("31", "a\x1b]52;c;eA==\x07b\x9b2J\u202ec")]), (2, 1, [("", "below")])))
    assert "\x1b]" not in sent
    terminal.feed(sent)
    assert terminal.screen.display[0].rstrip() == "a]52;c;eA==b2Jc"
    assert terminal.screen.display[1].rstrip() == "below"


def test_t2_a_frame_that_begins_with_half_a_character_is_sent_whole_and_without_what_acts() -> None:
    diff = FrameDiff()
    text = frame((1, 1, [("", "\u0301a\x9b2J")]), (2, 1, [("", "below")]))
    assert diff.encode(text) == "\x1b[1;1H\u0301a2J\x1b[2;1Hbelow\x1b[1;1H"
    assert "below" in diff.encode(text)


def test_p3_a_terminal_that_is_too_small_says_so_instead_of_what_is_drawn_and_is_whole_again_after() -> None:
    terminal, diff = Terminal(), FrameDiff()
    text = frame((1, 1, [("31", "hello")]))
    diff.resize(COLUMNS, LINES)
    terminal.feed(diff.encode(text))
    assert [line.rstrip() for line in terminal.screen.display if line.strip()] == ["too small: 24x5, needs", "30x8"]
    assert diff.encode(frame((1, 1, [("31", "other")]))) == ""
    # What clears the terminal clears the words too.
    diff.encode("\x1b[2J")
    assert "too small" in diff.encode(text)
    diff.resize(30, 8)
    assert "hello" in diff.encode(text)


def test_p3_one_line_of_words_is_enough_and_fits_wherever_it_is_told() -> None:
    for columns, lines in ((29, 8), (30, 7), (5, 2), (1, 1)):
        diff = FrameDiff()
        diff.resize(columns, lines)
        sent = SEQUENCES.sub("\n", diff.encode(frame((1, 1, [("", "hello")]))))
        told = [line for line in sent.removeprefix("\n\x1b[2J").splitlines() if line]
        assert 1 <= len(told) <= lines
        assert all(len(line) <= columns for line in told)
