"""What the viewers of lines share: the cursor, what is drawn of it, the search, hostile text."""

from __future__ import annotations

from textual.geometry import Region

from jobtui.app.columns import Span
from jobtui.app.panes.viewers.lines import Line, LineView
from tests.app.viewers.shown import shown, text_of


class Numbered(LineView):
    """So many lines, that counts which of them were asked for and what was drawn anew."""

    def __init__(self, count: int, word: str = "line") -> None:
        super().__init__()
        self._count = count
        self._word = word
        self.asked: set[int] = set()
        self.refreshed: list[tuple[Region, ...]] = []

    @property
    def line_count(self) -> int:
        return self._count

    def line_at(self, number: int) -> Line:
        self.asked.add(number)
        return (Span(f"{self._word} {number}", ""),)

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Numbered:
        self.refreshed.append(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def forget(self) -> None:
        self.asked.clear()
        self.refreshed.clear()


async def test_only_lines_in_sight_are_made() -> None:
    view = Numbered(100_000)
    async with shown(view, (40, 10)):
        assert view.asked <= set(range(10))
        assert text_of(view)[0].startswith("line 0")


async def test_a_step_of_the_cursor_draws_two_lines_anew_and_nothing_else() -> None:
    view = Numbered(100)
    async with shown(view, (40, 10)):
        view.forget()
        view.move_cursor(1)
        assert view.refreshed == [(Region(0, 0, 40, 1), Region(0, 1, 40, 1))]


async def test_a_cursor_that_leaves_the_window_takes_it_along() -> None:
    view = Numbered(100)
    async with shown(view, (40, 10)) as rest:
        view.move_page(1.0)
        view.move_cursor(3)
        assert (view.cursor, view.top) == (13, 4)
        view.move_to_end(bottom=True)
        assert (view.cursor, view.top) == (99, 90)
        view.move_cursor(5)
        assert view.cursor == 99
        view.move_to_end(bottom=False)
        assert (view.cursor, view.top) == (0, 0)
        await rest()


async def test_the_cursor_is_another_colour_while_the_keys_go_elsewhere() -> None:
    view = Numbered(3)
    async with shown(view):
        away = view.render_line(0)
        view.forget()
        view.set_active(active=True)
        assert view.render_line(0) != away
        assert view.refreshed == [(Region(0, 0, 60, 1),)]
        view.forget()
        view.set_active(active=True)
        assert view.refreshed == []


async def test_a_search_goes_to_the_next_match_and_round_the_end() -> None:
    view = Numbered(30)
    async with shown(view):
        assert view.hits == (0, 0)
        assert view.search("LINE 2")
        assert view.cursor == 2
        assert view.hits == (1, 11)
        many = Numbered(100_000)
        many.search("line")
        assert many.hits == (1, 1001)
        found = []
        for _ in range(11):
            assert view.step_match(1)
            found.append(view.cursor)
        assert found == [*range(20, 30), 2]
        assert view.step_match(-1)
        assert view.cursor == 29
        assert view.hits == (11, 11)
        view.move_cursor(-20)
        assert view.hits == (0, 11)
        assert not view.search("nothing like it")
        assert (view.cursor, view.hits) == (9, (0, 0))


async def test_what_was_found_is_marked_and_no_longer_once_the_search_ends() -> None:
    view = Numbered(3)
    async with shown(view):
        plain = view.render_line(1)
        view.search("ine 1")
        marked = [segment.text for segment in view.render_line(1) if "ine 1" in segment.text]
        assert marked == ["ine 1"]
        view.search("")
        view.move_cursor(-5)
        assert view.render_line(1) == plain


async def test_a_match_beyond_the_right_edge_is_brought_into_sight() -> None:
    class Long(Numbered):
        def line_at(self, number: int) -> Line:
            return (Span("." * 200 + f"needle {number}", ""),)

    view = Long(5)
    async with shown(view, (40, 5)):
        assert not any("needle" in line for line in text_of(view))
        view.search("needle 3")
        assert "needle 3" in text_of(view)[3]


async def test_sideways_stops_at_the_end_of_the_longest_line_in_sight() -> None:
    view = Numbered(3, "x" * 60)
    async with shown(view, (40, 5)):
        for _ in range(50):
            view.move_sideways(1)
        assert text_of(view)[0].strip()
        for _ in range(50):
            view.move_sideways(-1)
        assert text_of(view)[0].startswith("xxx")


async def test_a_viewer_without_lines_takes_every_key() -> None:
    view = Numbered(0)
    async with shown(view):
        view.move_cursor(1)
        view.move_page(-1.0)
        view.move_to_end(bottom=True)
        view.move_sideways(1)
        assert not view.search("x")
        assert view.copy_text() == ""


async def test_the_theme_changes_what_is_drawn() -> None:
    view = Numbered(3)
    async with shown(view) as rest:
        dark = view.render_line(2)
        view.app.theme = "textual-light"
        await rest()
        assert view.render_line(2) != dark


async def test_quiet_words_can_be_read_in_light_and_dark() -> None:
    class Quiet(Numbered):
        def line_at(self, number: int) -> Line:
            return (Span("quiet", "quiet"), Span("plain", ""))

    view = Quiet(3)
    async with shown(view) as rest:
        for theme in ("textual-dark", "textual-light"):
            view.app.theme = theme
            await rest()
            style = next(iter(view.render_line(2))).style
            assert style is not None
            assert style.color is not None
            assert style.bgcolor is not None
            ink, ground = style.color.get_truecolor(), style.bgcolor.get_truecolor()
            assert abs(sum(ink) - sum(ground)) > 150


async def test_the_mouse_moves_the_cursor() -> None:
    view = Numbered(100)
    from tests.app.viewers.shown import ViewerApp

    async with ViewerApp(view).run_test(size=(40, 10)) as pilot:
        await pilot.click(view, offset=(2, 4))
        assert view.cursor == 4
        await pilot.click(view, offset=(2, 4), times=2)
        assert view.cursor == 4
