"""A light terminal gets light colours, unless somebody chose others; and what it answers is no key."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtui.app.background import hinted, is_light
from jobtui.app.terminal_input import PASTE_PATIENCE_S, InputGuard
from jobtui.app.view import View, read_view, write_view
from tests.app.conftest import Open

LIGHT = b"\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\"


@pytest.mark.parametrize(
    ("colour", "light"),
    [
        (b"rgb:ffff/ffff/ffff\x1b\\", True),
        (b"rgb:0000/2b2b/3636\x07", False),
        (b"rgb:ff/ff/ff\x07", True),
        (b"rgb:f/f/e\x07", True),
        (b"rgb:1e1e/1e1e/1e1e\x07", False),
        (b"rgba:fafa/FAFA/fafa/e6e6\x1b\\", True),
        (b"rgba:0000/0000/0000/ffff\x1b\\", False),
        (b"#ffffff\x07", True),
        (b"#FFF\x1b\\", True),
        (b"#000011112222\x07", False),
        (b"rgb:0000/0000/ffff\x07", False),
        (b"#ffff\x07", None),
        (b"#\x07", None),
        (b"rgb:/ff/ff\x07", None),
        (b"white\x07", None),
        (b"?\x07", None),
        (b"\x07", None),
    ],
)
def test_what_terminals_answer_is_light_or_dark(colour: bytes, light: bool | None) -> None:
    answer = b"\x1b]11;" + colour
    assert is_light(answer) is light
    for cut in range(1, len(answer)):
        guard = InputGuard()
        guard.expect_answer(0.0)
        assert guard.feed(b"a" + answer[:cut], 0.0) + guard.feed(answer[cut:] + b"b", 0.1) == "ab"
        assert guard.take_background() is light
        assert guard.take_background() is None


@pytest.mark.parametrize(
    ("told", "light"),
    [("0;15", True), ("15;0", False), ("0;default;7", True), ("15;8", False), ("12;default", None), ("", None)],
)
def test_the_environment_may_tell_it_too(told: str, light: bool | None) -> None:
    assert hinted({"COLORFGBG": told}) is light


def test_an_answer_that_begins_with_a_lone_escape_or_takes_seconds_is_no_key() -> None:
    guard = InputGuard()
    guard.expect_answer(0.0)
    assert guard.feed(LIGHT[:1], 5.0) + guard.feed(LIGHT[1:9], 5.1) == ""
    assert guard.idle(6.0) == ""
    assert guard.feed(LIGHT[9:], 6.5) == ""
    assert guard.take_background() is True
    # It is answered: the key that the user waits for is one at once again.
    assert guard.feed(b"\x1b", 6.6) == "\x1b"


def test_what_only_looks_like_an_answer_is_handed_on() -> None:
    guard = InputGuard()
    assert guard.feed(b"\x1b]1", 0.0) + guard.idle(0.2) == ""
    assert guard.idle(PASTE_PATIENCE_S) == "\x1b]1"
    assert guard.feed(b"\x1b]12;rgb:0/0/0", 3.0) == "\x1b]12;rgb:0/0/0"
    guard.expect_answer(4.0)
    assert guard.feed(b"\x1b", 4.0) == ""
    assert guard.idle(4.1) == "\x1b"


async def test_the_automatic_theme_follows_the_terminal_until_another_is_chosen(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    async with opened(view_file=file) as app:
        assert (app.app.theme, app.app.current_theme.dark) == ("auto", True)
        app.app.terminal_has_background(is_light=True)
        await app.settle()
        assert (app.app.theme, app.app.current_theme.dark) == ("auto", False)
        assert app.app.screen.styles.background.brightness > 0.7
        assert not file.exists()
        app.app.theme = "nord"
        app.app.terminal_has_background(is_light=False)
        await app.settle()
        assert app.app.theme == "nord"
        # Who takes it back has it as the terminal is by now.
        app.app.theme = "auto"
        assert app.app.current_theme.dark
        await app.settle()
    assert read_view(file).theme == ""


async def test_what_was_chosen_before_is_kept_on_a_terminal_that_says_it_is_light(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "view.json"
    write_view(file, View(theme="textual-dark", configured_theme="auto"))
    monkeypatch.setenv("COLORFGBG", "0;15")
    async with opened(view_file=file) as app:
        app.app.terminal_has_background(is_light=True)
        await app.settle()
        assert app.app.theme == "textual-dark"
        assert app.app.screen.styles.background.brightness < 0.3
    async with opened() as app:
        assert not app.app.current_theme.dark
        assert app.app.screen.styles.background.brightness > 0.7
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened() as app:
        app.app.terminal_has_background(is_light=True)
        assert app.app.current_theme.dark
