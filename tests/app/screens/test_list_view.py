"""Saved filters, columns and the order: each chosen by key, shown, and there again the next time."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from jobtui.app.listing import GroupBy, SortKey
from jobtui.app.panes.filter_tabs import FilterTabs
from jobtui.app.screens.help import help_of_pane
from jobtui.app.view import View, read_view, write_view
from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import ScriptedEngine, job

FILTERS = {"running": "state:running", "failed": "state:failed"}


def tabs(app: Opened) -> FilterTabs:
    return app.main.query_one(FilterTabs)


async def test_saved_filters_stand_in_a_line_of_tabs_with_their_keys(opened: Open) -> None:
    async with opened(filters=FILTERS) as app:
        assert app.text("#filter-tabs").split() == ["all", "4", "running", "5", "failed"]
        assert tabs(app).chosen == ""


async def test_without_saved_filters_there_is_no_line_of_tabs(opened: Open) -> None:
    async with opened() as app:
        assert not app.main.query(FilterTabs)
        await app.press("right_square_bracket")
        assert "No filter is saved" in app.said()
        await app.press("4")
        assert "No filters are saved" in app.said()


async def test_a_digit_puts_a_saved_filter_in_force_and_again_takes_it_away(opened: Open) -> None:
    async with opened(filters=FILTERS) as app:
        await app.press("5")
        assert (app.main.jobs.shown, tabs(app).chosen) == (1, "failed")
        await app.press("4")
        assert (app.main.jobs.shown, tabs(app).chosen) == (2, "running")
        await app.press("4")
        assert (app.main.jobs.shown, tabs(app).chosen) == (5, "")


async def test_brackets_go_round_the_tabs_of_the_list(opened: Open) -> None:
    async with opened(filters={**FILTERS, "same": "state:failed"}) as app:
        seen = []
        for _ in range(4):
            await app.press("right_square_bracket")
            seen.append(tabs(app).chosen)
        assert seen == ["running", "failed", "same", ""]
        await app.press("left_square_bracket")
        assert tabs(app).chosen == "same"


async def test_a_filter_that_is_typed_belongs_to_no_tab_until_it_is_one_of_them(opened: Open) -> None:
    async with opened(filters=FILTERS) as app:
        await app.press("slash", *"kriging", "enter")
        assert tabs(app).chosen is None
        await app.press("exclamation_mark")
        assert tabs(app).chosen == "failed"
        await app.press("escape")
        assert tabs(app).chosen == ""


async def test_a_click_on_a_tab_chooses_it(opened: Open) -> None:
    async with opened(filters=FILTERS) as app:
        await app.pilot.click("#filter-tabs", offset=(app.text("#filter-tabs").index("failed"), 0))
        await app.settle()
        assert tabs(app).chosen == "failed"


async def test_the_tab_in_force_is_in_sight_on_a_narrow_screen(opened: Open) -> None:
    many = {f"with a long name {number}": f"word{number}" for number in range(9)}
    async with opened(size=(60, 24), filters=many) as app:
        await app.press("left_square_bracket")
        assert "name 8" in app.text("#filter-tabs")
        assert app.text("#filter-tabs").startswith("…")


async def test_the_filter_in_force_is_saved_under_a_name_and_there_the_next_time(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    async with opened(view_file=file) as app:
        await app.press("S")
        assert "No filter is in force" in app.said()
        await app.press("slash", *"state:running", "enter", "S", *"mine", "enter")
        for _ in range(10):
            await app.settle()
        assert app.text("#filter-tabs").split() == ["all", "4", "mine"]
        assert tabs(app).chosen == "mine"
    assert read_view(file).filters == {"mine": "state:running"}
    async with opened(view_file=file, filters=FILTERS) as app:
        assert app.text("#filter-tabs").split() == ["all", "4", "running", "5", "failed", "6", "mine"]
        await app.press("6")
        app.main.action_forget_filter()
        await app.settle()
        assert "Forget the saved filter mine?" in app.screen_text()
        await app.press("enter")
        assert tabs(app).names == ("running", "failed", "mine")
        app.main.action_forget_filter()
        await app.settle()
        await app.press("y")
        for _ in range(10):
            await app.settle()
        assert tabs(app).names == ("running", "failed")
        assert app.main.jobs.shown == 5
    assert read_view(file).filters == {}


async def test_a_saved_filter_is_renamed_in_its_place_or_forgotten(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    write_view(file, View(filters={"one": "state:running", "two": "state:failed", "three": "kriging"}))
    async with opened(view_file=file, filters={"fixed": "pagerank"}) as app:
        await app.press("6", "S")
        assert "Rename or forget this filter" in app.screen_text()
        app.app.screen.query_one(Input).value = "one"
        await app.press("enter")
        assert "Another one has this name" in app.screen_text()
        app.app.screen.query_one(Input).value = "2nd"
        await app.press("enter")
        assert (tabs(app).names, tabs(app).chosen) == (("fixed", "one", "2nd", "three"), "2nd")
        await app.press("S")
        app.app.screen.query_one(Input).value = ""
        await app.press("enter")
        assert "Forget the saved filter 2nd?" in app.screen_text()
        await app.press("y")
        assert (tabs(app).names, app.main.jobs.shown) == (("fixed", "one", "three"), 5)
        await app.press("4", "S")
        assert "rename or remove it under [filters]" in app.said()


async def test_a_saved_filter_gives_way_to_another_of_its_name_only_after_a_question(
    opened: Open, tmp_path: Path
) -> None:
    file = tmp_path / "view.json"
    async with opened(view_file=file) as app:
        await app.press("slash", *"state:running", "enter", "S", *"mine", "enter")
        await app.press("S", "enter")
        assert app.app.screen is app.main
        await app.press("escape", "slash", *"state:failed", "enter", "S", *"mine", "enter")
        assert "Replace the saved filter mine?" in app.screen_text()
        assert "It was state:running" in app.screen_text()
        await app.press("n")
        assert app.main.filters == {"mine": "state:running"}
        await app.press("S", *"mine", "enter", "y")
        assert app.main.filters == {"mine": "state:failed"}
        for _ in range(10):
            await app.settle()
    assert read_view(file).filters == {"mine": "state:failed"}


async def test_a_configured_filter_is_neither_replaced_nor_forgotten(opened: Open, tmp_path: Path) -> None:
    async with opened(view_file=tmp_path / "view.json", filters=FILTERS) as app:
        await app.press("slash", *"kriging", "enter", "S", *"failed", "enter")
        assert "The configuration has one" in app.screen_text()
        await app.press("escape", "5")
        app.main.action_forget_filter()
        await app.settle()
        assert "stands in the configuration" in app.said()
        assert tabs(app).names == ("running", "failed")


async def test_a_view_that_cannot_be_kept_says_so_and_holds_until_the_end(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "view.json").mkdir()
    async with opened(view_file=tmp_path / "view.json") as app:
        await app.press("s", "r", "enter")
        for _ in range(20):
            await app.settle()
        assert "can't be written" in app.said()
        assert app.main.jobs.order.reverse


async def test_a_click_on_a_title_orders_by_it_and_the_next_turns_that_round(opened: Open) -> None:
    async with opened() as app:
        for reverse in (False, True):
            await app.pilot.click(app.main.jobs, offset=(app.text("JobList").index("STATE"), 0))
            await app.settle()
            assert (app.main.jobs.order.key, app.main.jobs.order.reverse) == (SortKey.STATE, reverse)


async def test_columns_are_chosen_moved_and_sized_by_key_and_remembered(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    async with opened(view_file=file, columns=("job", "state", "id")) as app:
        assert app.main.jobs.columns == ("job", "state", "id")
        await app.press("C", "greater_than_sign", "J", "j", "space", "enter")
        assert app.main.jobs.columns == ("state", "job")
        for _ in range(10):
            await app.settle()
    assert (read_view(file).columns, read_view(file).widths) == (("state", "job"), {"job": 29})
    async with opened(view_file=file, columns=("job", "state", "id")) as app:
        assert app.main.jobs.columns == ("state", "job")
        await app.press("C", "0", "enter")
        assert app.main.jobs.columns == ("job", "state", "id")
    async with opened(view_file=file, columns=("job", "age")) as app:
        assert app.main.jobs.columns == ("job", "age")


async def test_a_configured_column_is_chosen_ordered_by_and_filtered_by(engine: ScriptedEngine, opened: Open) -> None:
    for native, cost in (("30711", "9"), ("30712", "10")):
        engine.publish(job(f"graph:{native}", JobState.RUNNING, handle={"json:usage.credits": cost}))
    async with opened(columns=("job",), json_columns={"cost": "usage.credits"}) as app:
        await app.press("C", "end", "space", "enter", "s", "end", "enter")
        assert app.main.jobs.columns == ("job", "cost")
        header, first, second, *_ = app.text("JobList").splitlines()
        assert header.endswith("▲COST")
        assert len(header) == len(first) == len(second)
        assert (first.split()[-1], second.split()[-1]) == ("9", "10")
        await app.press("slash", *"cost>9", "enter")
        assert app.main.jobs.shown == 1
    assert "cost:…" in {line.word for section in help_of_pane("list", {}, ["cost"]) for line in section.lines}


async def test_all_columns_take_the_room_beside_the_list_and_are_there_the_next_time(
    opened: Open, tmp_path: Path
) -> None:
    file = tmp_path / "view.json"
    async with opened(view_file=file, columns=("job", "age")) as app:
        assert app.main.query_one("#side").display
        await app.press("w")
        assert app.main.jobs.columns == ("job", "age")
        assert {"job", "age", "state", "source"} < set(app.main.jobs.all_columns)
        assert "STATE" in app.text("JobList").splitlines()[0]
        assert "No room" not in app.screen_text()
        assert not app.main.query_one("#side").display
        await app.press("p")
        assert (app.main.at, app.main.query_one("#side").display) == ("progress", True)
        for _ in range(10):
            await app.settle()
    async with opened(view_file=file, columns=("job", "age")) as app:
        assert "STATE" in app.text("JobList").splitlines()[0]
        await app.press("w")
        assert app.text("JobList").splitlines()[0].split() == ["▼", "JOB", "AGE"]
        assert app.main.query_one("#side").display


async def test_where_all_columns_have_no_room_for_one_more_that_is_said(opened: Open) -> None:
    async with opened(size=(60, 20)) as app:
        await app.press("w")
        await app.settle()
        assert "No room for further columns" in app.screen_text()


async def test_columns_of_a_changed_configuration_win_over_those_chosen_before(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "view.json"
    async with opened(view_file=file) as app:
        await app.press("C", "space", "enter")
        assert "source" not in app.main.jobs.columns
        for _ in range(10):
            await app.settle()
    async with opened(view_file=file) as app:
        assert "source" not in app.main.jobs.columns
    async with opened(view_file=file, columns=("id",)) as app:
        assert app.main.jobs.columns == ("id",)


async def test_a_list_without_any_column_is_not_taken_and_escape_changes_nothing(opened: Open) -> None:
    async with opened(columns=("job",)) as app:
        await app.press("C", "space", "enter")
        assert "one column at least" in app.screen_text()
        await app.press("escape")
        assert app.main.jobs.columns == ("job",)


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_groups_and_the_order_are_there_the_next_time(
    engine: ScriptedEngine, opened: Open, tmp_path: Path, theme: str
) -> None:
    file = tmp_path / "view.json"
    engine.publish(job("evo:a/b/1", JobState.RUNNING))
    async with opened(view_file=file, theme=theme) as app:
        await app.press("s", "g")
        assert "── evo" not in app.screen_text()
        await app.press("enter")
        assert "── evo · 3 ──" in app.screen_text()
        await app.press("s", "g", "enter")
        assert "── ▶ running · 3 ──" in app.screen_text()
        await app.press("g")
        assert app.main.jobs.current == JobId("evo", "a/b/1")
        for _ in range(10):
            await app.settle()
    async with opened(view_file=file, theme=theme) as app:
        assert (app.main.jobs.order.group, app.main.jobs.order.key) == (GroupBy.STATE, SortKey.ACTIVITY)
        assert "── ✗ failed · 1 ──" in app.screen_text()


async def test_a_theme_that_was_chosen_is_there_the_next_time_until_the_configuration_names_another(
    opened: Open, tmp_path: Path
) -> None:
    file = tmp_path / "view.json"
    async with opened(view_file=file, theme="textual-light") as app:
        app.app.theme = "nord"
        for _ in range(10):
            await app.settle()
    assert read_view(file).theme == "nord"
    async with opened(view_file=file, theme="textual-light") as app:
        assert app.app.theme == "nord"
        assert app.said() == ""
    async with opened(view_file=file, theme="dracula") as app:
        assert app.app.theme == "dracula"
    async with opened(view_file=file, theme="textual-light") as app:
        assert app.app.theme == "nord"
        app.app.theme = "textual-light"
        for _ in range(10):
            await app.settle()
    assert read_view(file).theme == ""
    async with opened(view_file=file, theme="textual-light") as app:
        assert app.app.theme == "textual-light"
