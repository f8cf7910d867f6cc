"""A picture in terminals of three abilities."""

from __future__ import annotations

import io
import os

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.reactive import reactive
from textual.screen import ModalScreen

from jobtui.app.graphics import Graphics, kitty_number
from jobtui.app.panes.viewers.picture import PictureView

SIZE = (40, 12)


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, "PNG")
    return file.getvalue()


class Terminal(App[None]):
    """An app that says what its terminal can do, and keeps what it is sent."""

    graphics: reactive[Graphics] = reactive(Graphics.BLOCKS, repaint=False)

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.view = PictureView(content)
        self.sent: list[str] = []
        self.write_to_terminal = self.sent.append
        self.cell_pixels = (8, 16)
        self.has_exact_colours = True
        self.asked = 0

    def compose(self) -> ComposeResult:
        yield self.view

    def ask_for_graphics(self) -> None:
        self.asked += 1


async def settle(app: Terminal, pilot: Pilot[None]) -> None:
    """Wait until nothing is being drawn any more."""
    await pilot.pause()
    while any(not worker.is_finished for worker in app.workers):
        await pilot.pause(0.01)
    for _ in range(3):
        await pilot.pause()


async def test_half_blocks_are_shown_until_the_terminal_has_told_and_then_what_it_can() -> None:
    app = Terminal(png(200, 100))
    async with app.run_test(size=SIZE) as pilot:
        await settle(app, pilot)
        assert app.asked == 1
        assert app.sent == []
        assert "▀" in app.view.render_line(6).text
        app.graphics = Graphics.KITTY
        await settle(app, pilot)
        number = app.view._drawing.number
        assert any(f"i={number},c=40,r=10," in sequence for sequence in app.sent)
        row = app.view.render_line(6)
        assert row.text.count("\U0010eeee") == 40
        colours = {segment.style.color.triplet for segment in row if segment.style and segment.style.color}
        assert app.view._drawing.colour in colours
        assert number == kitty_number(app.view._drawing.colour, is_exact=True)
        assert row.cell_length == 40


async def test_a_picture_that_is_left_is_forgotten_by_the_terminal() -> None:
    app = Terminal(png(20, 10))
    async with app.run_test(size=SIZE) as pilot:
        app.graphics = Graphics.KITTY
        await settle(app, pilot)
        number = app.view._drawing.number
        app.sent.clear()
        await app.view.remove()
        assert app.sent == [f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"]


async def test_sixels_lie_over_half_blocks_and_come_again_after_a_dialog() -> None:
    app = Terminal(png(200, 100))
    async with app.run_test(size=SIZE) as pilot:
        app.graphics = Graphics.SIXEL
        await settle(app, pilot)
        assert "▀" in app.view.render_line(6).text
        assert app.sent
        assert app.sent[-1].startswith('\x1b7\x1b[2;1H\x1bP0;1q"1;1;320;160')
        assert app.sent[-1].endswith("\x1b\\\x1b8")
        app.sent.clear()
        # The half blocks below are known to the terminal: a repaint doesn't send them, and the picture stays.
        app.view.refresh()
        await settle(app, pilot)
        assert app.sent == []
        await app.push_screen(ModalScreen[None]())
        await settle(app, pilot)
        assert app.sent == []
        app.pop_screen()
        await settle(app, pilot)
        assert len(app.sent) == 1


async def test_another_size_gets_another_picture() -> None:
    app = Terminal(png(200, 100))
    async with app.run_test(size=SIZE) as pilot:
        app.graphics = Graphics.KITTY
        await settle(app, pilot)
        before = app.view._drawing
        await pilot.resize_terminal(20, 12)
        await settle(app, pilot)
        after = app.view._drawing
        assert (before.cells, after.cells) == ((40, 10), (20, 5))
        assert before.number != after.number


@pytest.mark.skipif("NO_COLOR" in os.environ, reason="then half blocks it is")
async def test_t7_bytes_that_are_no_picture_say_so_in_every_terminal() -> None:
    app = Terminal(b"\x89PNG\r\n\x1a\n" + b"\x00" * 20)
    async with app.run_test(size=(60, 11)) as pilot:
        for graphics in Graphics:
            app.graphics = graphics
            await settle(app, pilot)
            assert "can't be shown" in app.view.render_line(5).text
        assert app.sent == []
