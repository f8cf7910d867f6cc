"""A picture in the terminal, as fine as that can show it; needs Pillow, which is the extra `media`."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import randrange
from threading import Lock

from msgspec import Struct
from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.worker import get_current_worker

from jobtui.app.actions import named
from jobtui.app.graphics import (
    DEFAULT_CELL,
    Graphics,
    ShowsGraphics,
    fitted,
    forget_sequence,
    kitty_colour,
    kitty_number,
    kitty_row,
    kitty_sequences,
    sixels,
)
from jobtui.app.panes.viewers.viewer import Viewer

_UPPER_HALF = "▀"
_MOST_PIXELS = 25_000_000
"""Decoded they take 100 MB."""
_MOST_SIDE = 1_600
"""Pixels: finer than that is not seen in a terminal, and takes long over SSH."""

_ONE_AT_A_TIME = Lock()
"""A decoder can't be stopped: of a window that is resized again and again, many would fill the memory together."""
_TURNS = count(randrange(24))
"""Another program may show pictures in the same terminal, too."""

Pixel = tuple[int, int, int]


class Way(Struct, frozen=True):
    """How a picture is to be drawn."""

    graphics: Graphics = Graphics.BLOCKS
    cell_pixels: tuple[int, int] = DEFAULT_CELL
    """Across and down."""
    exact_colours: bool = True
    """Whether the terminal is told colours by red, green and blue."""


class Drawing(Struct, frozen=True):
    """A picture made for one size of the viewer."""

    size: tuple[int, int]
    """The viewer's cells across and down."""
    rows: Sequence[Sequence[Pixel]] = ()
    """As half blocks, two rows of pixels in one of cells."""
    cells: tuple[int, int] = (0, 0)
    """What the picture takes, where the terminal draws it."""
    number: int = 0
    """Of kitty's picture; 0 where it is none."""
    colour: Pixel = (0, 0, 0)
    """Of its placeholders."""
    sequences: tuple[str, ...] = ()
    """What the terminal is sent for it."""
    trouble: str = ""


class PictureView(Viewer):
    """The picture as large as the viewer takes it, its sides in proportion."""

    @dataclass
    class Drawn(Message, bubble=False):
        """The picture was made for a size that the viewer may no longer have."""

        drawing: Drawing

    def __init__(self, content: bytes, about: str = "") -> None:
        """Take the file's bytes, and what the pane's last line is to say of it."""
        super().__init__(markup=False)
        self._content = content
        self._about = about
        self._drawing = Drawing((0, 0))
        self._lies_at: tuple[Drawing, Region] | None = None

    @property
    def note(self) -> str:
        """What is known of the picture."""
        return self._about

    def on_mount(self) -> None:
        """Follow what is known of the terminal."""
        if isinstance(self.app, ShowsGraphics):
            self.watch(self.app, "graphics", self._redraw, init=False)
            self.app.ask_for_graphics()

    def on_unmount(self) -> None:
        """Let the terminal forget the picture."""
        self._forget()

    def on_resize(self, event: events.Resize) -> None:
        """Make the picture anew for the new size."""
        self._redraw()

    def _redraw(self) -> None:
        if self.size.width and self.size.height:
            app: object = self.app
            way = Way()
            if isinstance(app, ShowsGraphics):
                way = Way(app.graphics, app.cell_pixels, app.has_exact_colours)
            self._draw(self.size.width, self.size.height, way)

    @work(thread=True, exclusive=True, group="picture")
    def _draw(self, width: int, height: int, way: Way) -> None:
        with _ONE_AT_A_TIME:
            if get_current_worker().is_cancelled:
                return
            saves = named("download", self.keys)
            try:
                drawing = drawn(self._content, (width, height), way)
            except (ValueError, Image.DecompressionBombError):
                drawing = Drawing((width, height), trouble=f"It can't be shown: too large. {saves} saves it.")
            except (OSError, SyntaxError):
                drawing = Drawing((width, height), trouble=f"It can't be shown: broken or unknown. {saves} saves it.")
        self.post_message(self.Drawn(drawing))

    def on_picture_view_drawn(self, message: PictureView.Drawn) -> None:
        """Show it, unless the viewer has another size by now."""
        if message.drawing.size != (self.size.width, self.size.height):
            return
        self._forget()
        self._drawing = message.drawing
        if self._drawing.number:
            self._send(self._drawing.sequences)
        self.refresh()

    def _forget(self) -> None:
        if self._drawing.number:
            self._send([forget_sequence(self._drawing.number)])
            self._drawing = Drawing((0, 0))

    def _send(self, sequences: Sequence[str]) -> None:
        app: object = self.app
        if isinstance(app, ShowsGraphics):
            for sequence in sequences:
                app.write_to_terminal(sequence)

    def _lay_over(self) -> None:
        """Put sixels over the half blocks, which are what is left of them wherever something else is drawn."""
        drawing = self._drawing
        if self._lies_at == (drawing, self.region) and self.is_attached and drawing.size == tuple(self.size):
            across, down = drawing.cells
            x = self.region.x + (self.size.width - across) // 2
            y = self.region.y + (self.size.height - down) // 2
            self._send([f"\x1b7\x1b[{y + 1};{x + 1}H{''.join(drawing.sequences)}\x1b8"])

    def on_hide(self) -> None:
        """Something else is drawn in its place."""
        self._lies_at = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """What Textual draws; it is asked for as well when a dialog covers this screen, and when it no longer does."""
        drawing = self._drawing
        if self.app.screen is not self.screen:
            self._lies_at = None
        elif drawing.sequences and not drawing.number and self._lies_at != (drawing, self.region):
            self._lies_at = drawing, self.region
            self.call_after_refresh(self._lay_over)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row of cells, in the middle of the viewer."""
        drawing, width = self._drawing, self.size.width
        fill = self.rich_style
        if drawing.trouble:
            words = drawing.trouble[:width] if y == self.size.height // 2 else ""
            return Strip([Segment(words.center(width), fill)], width)
        across, down = drawing.cells
        row = y - (self.size.height - down) // 2
        if not 0 <= row < down:
            return Strip([Segment(" " * width, fill)], width)
        left = (width - across) // 2
        cells = list(self._placeholders(row) if drawing.number else self._half_blocks(row, fill))
        edges = Segment(" " * left, fill), Segment(" " * (width - left - across), fill)
        return Strip([edges[0], *cells, edges[1]], width).simplify()

    def _placeholders(self, row: int) -> Iterator[Segment]:
        colour = Color.from_rgb(*self._drawing.colour)
        yield Segment(kitty_row(row, self._drawing.cells[0]), Style(color=colour))

    def _half_blocks(self, row: int, fill: Style) -> Iterator[Segment]:
        rows = self._drawing.rows
        upper = rows[row * 2]
        lower = rows[row * 2 + 1] if row * 2 + 1 < len(rows) else None
        for index, pixel in enumerate(upper):
            yield Segment(_UPPER_HALF, fill + _colours(pixel, lower[index] if lower else None))


def drawn(content: bytes, room: tuple[int, int], way: Way) -> Drawing:
    """The picture made for a room of cells.

    Raises:
        OSError: The bytes are no picture that Pillow reads.
        ValueError: It has more pixels than are worth decoding for a terminal.
    """
    cell = way.cell_pixels
    if way.graphics is Graphics.BLOCKS:
        rows = scaled(content, room[0], room[1] * 2)
        return Drawing(room, rows, (len(rows[0]), (len(rows) + 1) // 2))
    picture = opened(content, (room[0] * cell[0], room[1] * cell[1]))
    cells = fitted(picture.size, room, cell)
    pixels = min(cells[0] * cell[0], _MOST_SIDE), min(cells[1] * cell[1], _MOST_SIDE)
    if way.graphics is Graphics.KITTY:
        # Enlarged by the terminal, which needs no more bytes for it.
        if picture.width > pixels[0] or picture.height > pixels[1]:
            picture = _resized(picture, pixels)
        colour = kitty_colour(next(_TURNS))
        number = kitty_number(colour, is_exact=way.exact_colours)
        return Drawing(room, (), cells, number, colour, tuple(kitty_sequences(picture, number, cells)))
    # The same cells, as what is left where something was drawn over the sixels for a while.
    below = _rows(picture, (cells[0], cells[1] * 2))
    return Drawing(room, below, cells, 0, (0, 0, 0), (sixels(_resized(picture, pixels)),))


def opened(content: bytes, most: tuple[int, int]) -> Image.Image:
    """The picture, over black where it is transparent; decoded no finer than the pixels that are wanted, if that helps.

    Raises:
        OSError: The bytes are no picture that Pillow reads.
        ValueError: It has more pixels than are worth decoding for a terminal.
    """
    with Image.open(io.BytesIO(content)) as picture:
        picture.draft("RGB", most)
        if picture.width * picture.height > _MOST_PIXELS:
            raise ValueError(f"{picture.width} x {picture.height} pixels")
        shown = picture if picture.mode in ("RGB", "RGBA") else picture.convert("RGBA")
        # First of all made small: each further step copies it.
        factor = min(shown.width // (2 * most[0]), shown.height // (2 * most[1]))
        shown = (shown.reduce(factor) if factor > 1 else shown).convert("RGBA")
    ground = Image.new("RGBA", shown.size, (0, 0, 0, 255))
    ground.alpha_composite(shown)
    return ground.convert("RGB")


def scaled(content: bytes, width: int, height: int) -> list[list[Pixel]]:
    """The picture's pixels, at most so many across and down; raises what `opened` does."""
    shown = opened(content, (width, height))
    factor = min(width / shown.width, height / shown.height)
    return _rows(shown, (max(1, round(shown.width * factor)), max(1, round(shown.height * factor))))


def _rows(picture: Image.Image, size: tuple[int, int]) -> list[list[Pixel]]:
    flat = _resized(picture, size).tobytes()
    across = size[0] * 3
    return [
        [(flat[at], flat[at + 1], flat[at + 2]) for at in range(row, row + across, 3)]
        for row in range(0, len(flat), across)
    ]


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Made to that size; a small picture is enlarged by whole pixels: it stays what it is."""
    is_small = picture.width < size[0]
    return picture.resize(size, Image.Resampling.NEAREST if is_small else Image.Resampling.LANCZOS)


def _colours(upper: Pixel, lower: Pixel | None) -> Style:
    background = Color.from_rgb(*lower) if lower else None
    return Style(color=Color.from_rgb(*upper), bgcolor=background)
