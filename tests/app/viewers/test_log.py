"""A log that grows while it is looked at."""

from __future__ import annotations

from jobtui.app.panes.viewers.log import LogView
from tests.app.viewers.shown import shown, text_of


def log(count: int) -> str:
    return "".join(f"line {number}\n" for number in range(count))


async def test_the_end_is_followed_until_one_goes_up_and_again_from_the_last_line() -> None:
    async with shown(view := LogView(log(50), is_live=True), (60, 6)):
        assert text_of(view)[-1].rstrip("▐").rstrip() == "line 49"
        view.take(log(60), is_live=True)
        assert view.copy_text() == "line 59"
        assert view.note == "60 lines · follows the end"
        view.move_cursor(-3)
        before = text_of(view)
        view.take(log(70), is_live=True)
        assert [line.rstrip(" ▐") for line in text_of(view)] == [line.rstrip(" ▐") for line in before]
        assert view.note == "70 lines · stands still: G follows the end"
        view.move_to_end(bottom=True)
        view.take(log(80), is_live=False)
        assert (view.copy_text(), view.note) == ("line 79", "80 lines")


async def test_what_a_filter_lets_through_of_it_is_followed_as_well_and_so_is_its_end_at_another_width() -> None:
    async with shown(view := LogView("x" * 90 + "\n" + log(20), is_live=True), (60, 6)) as rest:
        list(view.sift("9"))
        assert view.line_count == 2
        view.take(log(30) + "y 9 " * 30, is_live=True)
        assert view.note == "4 of 31 lines with '9' · follows the end"
        assert view.cursor == view.line_count - 1
        view.toggle_wrap()
        view.toggle_wrap()
        await rest()
        assert view.cursor == view.line_count - 1
        list(view.sift("nothing like it"))
        list(view.sift(""))
        assert view.cursor == view.line_count - 1


def test_a_log_of_a_terminal_is_shown_as_it_stood_there() -> None:
    view = LogView("\x1b[32mready\x1b[0m\n 10%\r 50%\r100%\r\ndone\r", is_live=False)
    view.toggle_wrap()
    assert view.copy_place() == "ready\n100%\ndone"
