"""A viewer alone on a screen, and a way to read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widget import Widget

TCSS = Path(__file__).parents[3] / "tcss"


class ViewerApp(App[None]):
    CSS_PATH = str(TCSS / "lines.tcss")

    def __init__(self, viewer: Widget) -> None:
        super().__init__()
        self.viewer = viewer

    def compose(self) -> ComposeResult:
        yield self.viewer


@asynccontextmanager
async def shown(viewer: Widget, size: tuple[int, int] = (60, 12)) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """The viewer on a screen of that size; what is given waits for it to come to rest."""
    async with ViewerApp(viewer).run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot.pause


def text_of(widget: Widget) -> list[str]:
    """What a widget shows, line by line."""
    return [strip.text.rstrip() for strip in widget.render_lines(widget.size.region)]
