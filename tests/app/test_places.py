"""What is painted anew once something went."""

from __future__ import annotations

import pytest
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import Static

from jobtui.app.places import PaintedScreen


class Noticing(PaintedScreen[None]):
    """Something that scrolls, and a notice over it."""

    CSS = """
    Noticing { layers: default above; }
    #notice { layer: above; dock: bottom; height: 4; }
    #hidden { display: none; }
    """

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static("\n".join(map(str, range(50))))
            yield Static("out of sight", id="hidden")
        yield Static("notice", id="notice")


async def test_where_a_notice_was_is_painted_whoever_asks_for_a_place_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app: App[None] = App()
    async with app.run_test(size=(20, 12)) as pilot:
        screen = Noticing()
        await app.push_screen(screen)
        await pilot.pause()
        scroll, notice = screen.query_one(VerticalScroll), screen.query_one("#notice")
        gone = notice.region
        scroll.scroll_to(y=5, animate=False)
        await pilot.pause()
        painted = _note_painted(screen, monkeypatch)
        await notice.remove()
        assert not screen.query_one("#hidden").region
        await pilot.pause()
        assert any(region.contains_region(gone) for region in painted)


def _note_painted(screen: Screen[None], monkeypatch: pytest.MonkeyPatch) -> list[Region]:
    painted: list[Region] = []
    compositor: Compositor = screen._compositor
    render = compositor.render_partial_update

    def noting() -> object:
        painted.extend(compositor._dirty_regions)
        return render()

    monkeypatch.setattr(compositor, "render_partial_update", noting)
    return painted
