"""A picture in the terminal: half blocks, two pixels a cell; needs Pillow, which is the extra `media`."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.message import Message
from textual.strip import Strip

from jobtui.app.panes.viewers.viewer import Viewer

_UPPER_HALF = "▀"
_MOST_PIXELS = 64_000_000

Pixel = tuple[int, int, int]


class PictureView(Viewer):
    """The picture as large as the viewer takes it, its sides in proportion."""

    class Drawn(Message, bubble=False):
        """The picture was scaled to a size that the viewer may no longer have."""

        def __init__(self, size: tuple[int, int], rows: Sequence[Sequence[Pixel]], trouble: str) -> None:
            super().__init__()
            self.size = size
            self.rows = rows
            self.trouble = trouble

    def __init__(self, content: bytes, about: str = "") -> None:
        """Take the file's bytes, and what the pane's last line is to say of it."""
        super().__init__(markup=False)
        self._content = content
        self._about = about
        self._rows: Sequence[Sequence[Pixel]] = ()
        self._trouble = ""

    @property
    def note(self) -> str:
        """What is known of the picture."""
        return self._about

    def on_resize(self, event: events.Resize) -> None:
        """Scale the picture to the new size."""
        if self.size.width and self.size.height:
            self._scale(self.size.width, self.size.height)

    @work(thread=True, exclusive=True, group="picture")
    def _scale(self, width: int, height: int) -> None:
        rows: Sequence[Sequence[Pixel]] = ()
        trouble = ""
        try:
            rows = scaled(self._content, width, height * 2)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            # Pillow's words for bytes that are no picture, or one that would fill the memory.
            trouble = f"This picture can't be shown ({type(error).__name__}); D saves it."
        self.post_message(self.Drawn((width, height), rows, trouble))

    def on_picture_view_drawn(self, message: PictureView.Drawn) -> None:
        """Show it, unless the viewer has another size by now."""
        if message.size == (self.size.width, self.size.height):
            self._rows, self._trouble = message.rows, message.trouble
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Two rows of pixels in one of cells, in the middle of the viewer."""
        width = self.size.width
        fill = self.rich_style
        if self._trouble:
            words = self._trouble[:width] if y == self.size.height // 2 else ""
            return Strip([Segment(words.center(width), fill)], width)
        top = (self.size.height - (len(self._rows) + 1) // 2) // 2
        number = (y - top) * 2
        if not 0 <= number < len(self._rows):
            return Strip([Segment(" " * width, fill)], width)
        upper = self._rows[number]
        lower = self._rows[number + 1] if number + 1 < len(self._rows) else None
        left = (width - len(upper)) // 2
        cells = [
            Segment(_UPPER_HALF, fill + _colours(pixel, lower[index] if lower else None))
            for index, pixel in enumerate(upper)
        ]
        right = width - left - len(upper)
        return Strip([Segment(" " * left, fill), *cells, Segment(" " * right, fill)], width).simplify()


def scaled(content: bytes, width: int, height: int) -> list[list[Pixel]]:
    """The picture's pixels, at most so many across and down, over black where it is transparent.

    Raises:
        OSError: The bytes are no picture that Pillow reads.
        ValueError: It has more pixels than are worth decoding for a terminal.
    """
    with Image.open(io.BytesIO(content)) as picture:
        if picture.width * picture.height > _MOST_PIXELS:
            raise ValueError(f"{picture.width} x {picture.height} pixels")
        picture.draft("RGB", (width, height))
        shown = picture.convert("RGBA")
    factor = min(width / shown.width, height / shown.height)
    size = max(1, round(shown.width * factor)), max(1, round(shown.height * factor))
    # A small picture is enlarged by whole pixels: it stays what it is.
    shown = shown.resize(size, Image.Resampling.NEAREST if factor > 1 else Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", size, (0, 0, 0, 255))
    ground.alpha_composite(shown)
    flat = ground.convert("RGB").tobytes()
    across = size[0] * 3
    return [
        [(flat[at], flat[at + 1], flat[at + 2]) for at in range(row, row + across, 3)]
        for row in range(0, len(flat), across)
    ]


def _colours(upper: Pixel, lower: Pixel | None) -> Style:
    background = Color.from_rgb(*lower) if lower else None
    return Style(color=Color.from_rgb(*upper), bgcolor=background)
