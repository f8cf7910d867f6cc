"""Every key of the table that moves, looks or filters; wishes to the engine are in test_wishes.py."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.command import CommandPalette
from textual.events import Key
from textual.widgets import Input

from jobtui.app.actions import ACTIONS
from jobtui.app.app import JobTui
from jobtui.app.listing import GroupBy, Order, SortKey
from jobtui.app.options import AppOptions
from jobtui.app.palette import ActionsProvider
from jobtui.app.screens.compare import CompareScreen
from jobtui.app.screens.help import HelpScreen, help_of_pane
from jobtui.app.screens.leave import LeaveScreen
from jobtui.app.screens.sort import SortScreen
from jobtui.core.filters import Filter
from jobtui.core.jobs import JobError, JobId
from jobtui.core.results import Artifact, Result, Text
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import DownloadProgress, SavedFile
from jobtui.engine.snapshot import Health
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import EVO, GRAPH, FakeClock, ScriptedEngine, job


def rows(engine: ScriptedEngine, count: int) -> None:
    engine.publish(*(job(f"graph:{number:05}", JobState.SUCCEEDED) for number in range(count)))


async def test_the_first_paint_shows_the_rows_that_are_known(opened: Open) -> None:
    async with opened() as app:
        assert "kriging 9b2f" in app.screen_text()
        assert app.main.jobs.shown == 5


async def test_a_first_row_that_the_store_has_no_more_once_it_is_read_goes(
    opened: Open, engine: ScriptedEngine
) -> None:
    kept, past = job("graph:1", JobState.SUCCEEDED), job("graph:2", JobState.SUCCEEDED)
    engine.begin_with(kept, past)
    async with opened() as app:
        assert "2 jobs · reading the rest" in app.text("#health")
        await app.press("G")
        app.clock.advance(1)
        engine.read_all(kept)
        await app.settle()
        assert "1 job  a:auto" in app.text("#health")
        assert app.main.jobs.shown == 1
        assert app.main.selected == kept


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_j_k_and_the_arrows_move(opened: Open, down: str, up: str) -> None:
    async with opened() as app:
        first = app.main.jobs.current
        await app.press(down)
        second = app.main.jobs.current
        assert first != second
        await app.press(down, up)
        assert app.main.jobs.current == second
        await app.press(up)
        assert app.main.jobs.current == first


@pytest.mark.parametrize(("bottom", "top"), [("G", "g"), ("end", "home")])
async def test_g_and_home_go_to_the_ends(opened: Open, engine: ScriptedEngine, bottom: str, top: str) -> None:
    async with opened() as app:
        first = app.main.jobs.current
        await app.press(bottom)
        last = app.main.jobs.current
        await app.press("j")
        assert app.main.jobs.current == last != first
        await app.press(top)
        assert app.main.jobs.current == first


@pytest.mark.parametrize(("down", "up", "least"), [("ctrl+d", "ctrl+u", 10), ("pagedown", "pageup", 20)])
async def test_pages_move_by_the_height_of_the_list(
    opened: Open, engine: ScriptedEngine, down: str, up: str, least: int
) -> None:
    rows(engine, 200)
    async with opened() as app:
        first = app.main.jobs.current
        await app.press(down)
        app.main.jobs.move_cursor(-least)
        assert app.main.jobs.current != first
        app.main.jobs.move_cursor(least)
        await app.press(up)
        assert app.main.jobs.current == first


async def test_the_selected_job_is_told_to_the_engine_and_to_the_panes(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("j")
        current = app.main.jobs.current
        on_screen, selected = engine.asked("set_focus")[-1]
        assert selected == current
        assert on_screen == frozenset(engine.snapshot.jobs)
        assert app.main.selected is not None
        assert app.main.selected.id == current


async def test_news_of_the_selected_job_reach_the_progress_pane(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        assert "62 %" in app.text("#progress-bar")
        engine.publish(job("evo:geostatistics/kriging/9b2f", progress=0.75, message="Writing"))
        await app.settle()
        assert "75 %" in app.text("#progress-bar")
        assert "Writing" in app.text("#progress-message")


async def test_the_cursor_stays_on_its_job_through_a_refresh(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("j", "j")
        current = app.main.jobs.current
        engine.publish(*(job(f"graph:new-{number}") for number in range(20)))
        await app.settle()
        assert app.main.jobs.current == current


async def test_enter_goes_into_the_job_and_on_to_its_result_and_esc_back(opened: Open) -> None:
    async with opened() as app:
        await app.press("enter")
        assert app.main.at == "progress"
        await app.press("enter")
        assert app.main.at == "result"
        await app.press("escape")
        assert app.main.at == "list"
        assert app.main.jobs.has_focus


async def test_tab_and_numbers_go_from_pane_to_pane(opened: Open) -> None:
    async with opened() as app:
        seen = []
        for key in ("tab", "tab", "tab", "shift+tab", "1", "2", "3"):
            await app.press(key)
            seen.append(app.main.at)
        assert seen == ["progress", "result", "list", "result", "list", "progress", "result"]


async def test_slash_filters_and_enter_keeps_the_filter(opened: Open) -> None:
    async with opened() as app:
        await app.press("slash", *"state", "colon", *"failed", "enter")
        assert app.main.jobs.shown == 1
        assert app.main.jobs.has_focus
        assert "1 of 5 jobs shown" in app.screen_text()


async def test_keys_that_come_all_at_once_act_in_their_order(opened: Open) -> None:
    async with opened() as app:
        await app.press("slash", *"failed")
        # Without a rest between them, as over a line that stood still for a moment.
        for key in ("ctrl+u", *"pageranx", "backspace", "k"):
            app.app.post_message(Key(key, key if len(key) == 1 else None))
        await app.settle()
        assert app.app.screen.query_one(Input).value == "pagerank"


async def test_a_wrong_filter_is_named_and_the_last_good_one_holds(opened: Open) -> None:
    async with opened() as app:
        await app.press("slash", *"pagerank")
        assert app.main.jobs.shown == 1
        app.app.screen.query_one(Input).value = "pagerank colour:x"
        await app.settle()
        assert "colour" in app.text("FilterBar > Static:last-of-type")
        assert app.main.jobs.shown == 1


async def test_enter_keeps_no_part_of_a_wrong_filter_but_lets_it_be_mended_and_shows_the_whole(opened: Open) -> None:
    async with opened(size=(60, 20)) as app:
        await app.press("slash", *"state", "colon", *"faild", "enter")
        typed = app.app.screen.query_one(Input)
        assert (typed.has_focus, typed.value) == (True, "state:faild")
        assert "there is no state 'faild'. Did you mean 'failed'?" in app.screen_text()
        await app.press("backspace", *"ed", *" -source:media age<9999d", "enter")
        assert (app.main.jobs.has_focus, app.main.jobs.shown) == (True, 1)
        assert "/ state:failed -source:media age<9999d" in app.screen_text()


@pytest.mark.parametrize("key", ["enter", "down"])
async def test_an_unfinished_term_is_called_wrong_once_it_is_to_be_kept(opened: Open, key: str) -> None:
    async with opened() as app:
        await app.press("slash", *"state", "colon", *"fail")
        assert "there is no state" not in app.screen_text()
        await app.press(key)
        assert "there is no state 'fail'" in app.screen_text()
        await app.press("escape")
        assert (app.main.jobs.has_focus, app.main.jobs.shown) == (True, 5)


async def test_the_filter_is_completed_with_the_names_of_sources(opened: Open) -> None:
    async with opened() as app:
        await app.press("slash", *"source", "colon", "m", "right", "enter")
        assert [app.main.jobs.current] == [JobId("media", "minimax/31405")]
        assert app.main.jobs.shown == 1


async def test_esc_while_typing_brings_the_former_filter_back(opened: Open) -> None:
    async with opened() as app:
        await app.press("slash", *"fraud", "enter")
        await app.press("slash", *"xyz")
        assert app.main.jobs.shown == 0
        await app.press("escape")
        assert app.main.jobs.shown == 1


async def test_esc_takes_one_step_at_a_time_filter_then_marks(opened: Open) -> None:
    async with opened() as app:
        await app.press("space", "slash", *"graph", "enter", "2")
        await app.press("escape")
        assert (app.main.at, app.main.jobs.shown, len(app.main.jobs.marked)) == ("list", 2, 1)
        await app.press("escape")
        assert (app.main.jobs.shown, len(app.main.jobs.marked)) == (5, 1)
        await app.press("escape")
        assert app.main.jobs.marked == ()


async def test_an_empty_list_says_which_filter_hides_all(opened: Open) -> None:
    async with opened() as app:
        await app.press("slash", *"nothing-like-it", "enter")
        assert "No job matches nothing-like-it" in app.screen_text()


async def test_exclamation_mark_shows_failures_only_and_the_former_filter_again(opened: Open) -> None:
    async with opened() as app:
        await app.press("slash", *"evo", "enter", "exclamation_mark")
        assert app.main.jobs.shown == 1
        assert app.main.jobs.current == JobId("evo", "geostatistics/break-ties/77aa")
        await app.press("exclamation_mark")
        assert app.main.jobs.shown == 2


async def test_what_is_told_below_the_list_is_painted_with_its_rows(opened: Open) -> None:
    async with opened() as app:
        frame = app.main.query_one("#list-frame")
        app.main.jobs.set_filter(Filter.parse("state:failed"))
        assert "1 of 5 jobs shown" in str(frame.border_subtitle)
        app.main.jobs.mark_all()
        assert "1 marked" in str(frame.border_subtitle)


async def test_space_range_star_and_u_mark_and_unmark(opened: Open) -> None:
    async with opened() as app:
        await app.press("space")
        assert len(app.main.jobs.marked) == 1
        await app.press("j", "V")
        assert len(app.main.jobs.marked) == 3
        await app.press("asterisk")
        assert len(app.main.jobs.marked) == 5
        assert "5 marked" in app.screen_text()
        await app.press("u")
        assert app.main.jobs.marked == ()


async def test_s_opens_the_sort_menu_and_the_order_survives_news(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        await app.press("s")
        assert isinstance(app.app.screen, SortScreen)
        await app.press(*"jjjj", "enter")
        assert app.main.jobs.order.key is SortKey.NAME
        engine.publish(job("graph:zzz", name="zzz"))
        await app.settle()
        assert app.main.jobs.order.key is SortKey.NAME
        await app.press("s", "r", "g", "enter")
        assert app.main.jobs.order == Order(SortKey.NAME, reverse=True, group=GroupBy.SOURCE)
        await app.press("s", "enter")
        assert app.main.jobs.order == Order(SortKey.NAME, reverse=True, group=GroupBy.SOURCE)
        await app.press("s", "escape")
        assert app.main.jobs.order.key is SortKey.NAME


async def test_z_gives_the_pane_the_screen_without_borders_and_back(opened: Open) -> None:
    async with opened() as app:
        await app.press("2", "z")
        text = app.screen_text()
        assert "│" not in text
        assert "╭" not in text
        assert "a:auto" not in text
        assert app.app.screen.query_one("#progress").size.height == 38
        assert text.startswith("─ 2 evo:geostatistics/kriging/9b2f ─")
        assert "? Help" in text.splitlines()[-1]
        await app.press("escape")
        assert "a:auto" in app.screen_text()
        assert app.main.at == "progress"
        await app.press("1", "exclamation_mark", "space", "z")
        assert app.screen_text().startswith("─ 1 Jobs · 1 of 5 jobs shown · 1 marked ─")


async def test_p_hides_the_preview_and_brings_it_back(opened: Open) -> None:
    async with opened() as app:
        await app.press("p")
        assert app.main.jobs.size.width > 110
        await app.press("p")
        assert app.main.jobs.size.width < 80


async def test_p_goes_to_the_preview_and_back_where_there_is_room_for_one_pane(opened: Open) -> None:
    async with opened(size=(60, 24)) as app:
        await app.press("p")
        assert "2 evo:geostatistics" in app.screen_text()
        await app.press("p")
        assert "1 Jobs" in app.screen_text()


async def test_v_goes_to_the_result(opened: Open) -> None:
    async with opened() as app:
        await app.press("v")
        assert app.main.at == "result"


async def test_brackets_turn_the_tabs_and_n_and_N_go_through_matches(opened: Open, engine: ScriptedEngine) -> None:
    job_id = JobId("graph", "30711")
    engine.result = Result(
        job_id,
        (
            Artifact("a.txt", "text/plain", Text("alpha\nbeta\nalpha"), role="first"),
            Artifact("b.txt", "text/plain", Text("second text"), role="second"),
        ),
    )
    async with opened() as app:
        app.main.jobs.select(job_id)
        await app.settle()
        app.main._result._fetch(job_id)
        await app.settle()
        await app.press("3", "right_square_bracket")
        assert "second text" in app.screen_text()
        await app.press("left_square_bracket")
        assert "beta" in app.screen_text()
        await app.press("slash", *"alpha", "enter")
        viewer = app.main._result.viewer
        assert viewer is not None
        assert viewer.needle == "alpha"
        await app.press("n", "N")
        assert not isinstance(app.app.screen, HelpScreen)
        await app.press("escape")
        assert (viewer.needle, app.main.at) == ("", "result")


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_tells_the_keys_of_the_focused_pane(opened: Open, key: str) -> None:
    async with opened() as app:
        await app.press(key)
        assert isinstance(app.app.screen, HelpScreen)
        assert "Cancel the marked jobs" in app.screen_text()
        await app.press("escape", "2", key)
        text = app.screen_text()
        assert "Keys in the progress" in text
        assert "Go down, up." in text
        assert "Save what this job left." in text
        assert "Mark" not in text
        await app.press("escape", "3", key)
        text = app.screen_text()
        assert "Look for text in the result" in text
        assert "Fold or unfold, open the file" in text
        assert "Mark all jobs" not in text


@pytest.mark.parametrize(
    ("pane", "told"),
    [
        ("list", ("Keys in the list", "D", "4 5 6 7 8 9", "Ctrl-D Ctrl-U")),
        ("progress", ("Keys in the progress", "c", "n N")),
        ("result", ("Keys in the result", "Enter", "h ← l →")),
    ],
)
def test_help_tells_what_is_done_before_how_one_moves_and_keys_that_go_together_in_one_line(
    pane: str, told: tuple[str, ...]
) -> None:
    section = help_of_pane(pane, {})[0]
    words = [section.title, *(line.word for line in section.lines)]
    assert [word for word in words if word in told] == list(told)
    assert words[-1] == "PgDn PgUp"


async def test_help_is_told_in_dialogs_too_and_leads_back(opened: Open) -> None:
    async with opened(keys={"help": "?,f2"}) as app:
        await app.press("space", "j", "space", "d", "question_mark")
        assert isinstance(app.app.screen, HelpScreen)
        assert "Next difference or match" in app.screen_text()
        await app.press("escape")
        assert isinstance(app.app.screen, CompareScreen)
        await app.press("escape", "N", "f2")
        assert "Ctrl-S" in app.text("#help .dialog Static")


async def test_words_of_help_never_run_on_under_the_keys(opened: Open) -> None:
    async with opened(size=(60, 20)) as app:
        await app.press("question_mark")
        lines = app.text("#help .dialog Static").splitlines()
        assert len(lines) > len(help_of_pane("list", {})[0].lines) + 1
        assert {line[:15] for line in lines[1:]} <= {
            " " * 15,
            *(f"{line.word:<15}" for line in help_of_pane("list", {})[0].lines),
        }


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_opens_and_esc_closes_it(opened: Open, key: str) -> None:
    async with opened() as app:
        await app.press(key)
        assert isinstance(app.app.screen, CommandPalette)
        await app.press("escape")
        assert app.app.screen is app.main


async def test_p1_a_palette_that_is_answered_is_over_whatever_key_comes_after(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await app.press("colon", *"auto")
        palette = app.app.screen
        field = palette.query_one(Input)
        for _ in range(3):
            palette.post_message(Input.Submitted(field, "auto"))
        palette.post_message(Input.Changed(field, "other"))
        await app.settle()
        assert engine.asked("set_automatic") == [(False,)]
        assert app.app.screen is app.main


async def test_the_palette_finds_actions_by_what_they_do_too(opened: Open) -> None:
    async with opened() as app:
        provider = ActionsProvider(app.app.screen)

        async def found(query: str) -> list[str]:
            hits = [hit async for hit in provider.search(query)]
            return [str(hit.text) for hit in sorted(hits, key=lambda hit: hit.score, reverse=True)]

        assert (await found("refresh"))[0] == "Refresh"
        assert "Refresh" in await found("source")
        assert "Copy curl" in await found("curl secret")
        assert await found("no such thing") == []


async def test_help_tells_the_filters_and_how_to_select_text_while_the_mouse_is_jobtui_s(opened: Open) -> None:
    async with opened() as app:
        await app.press("question_mark", "end")
        assert "Shift and drag" in app.screen_text()
        filters = str(app.app.screen.query("#help Static")[2].content)  # type: ignore[attr-defined]
        assert "a regular expression finds name, address or message" in filters


async def test_a_filter_is_completed_with_what_the_jobs_hold(opened: Open, engine: ScriptedEngine) -> None:
    engine.publish(job("graph:9", JobState.FAILED, name="x\x1b[2Jy", native_state="PENDING", kind="fraud rank"))
    async with opened() as app:
        await app.press("slash", *"native:PE", "right")
        assert app.main.query_one("#filter-bar Input", Input).value == "native:PENDING"
        assert app.main.jobs.shown == 1
        await app.press("ctrl+u", *"name:tie", "tab")
        assert app.main.query_one("#filter-bar Input", Input).value == "name:break-ties"
        assert app.main._filter_bar.values["kind"] == ["fraud rank"]
        assert app.main._filter_bar.values["name"] == ["kriging 9b2f", "fraud_rank", "Hailuo", "pagerank", "break-ties"]
        assert app.main._filter_bar.values["source"] == ["graph", "evo", "media"]


async def test_help_scrolls_to_either_end_and_by_its_own_height(opened: Open) -> None:
    async with opened(size=(100, 30)) as app:
        await app.press("question_mark", "end")
        assert "Esc closes" in app.screen_text()
        await app.press("home")
        assert "Keys in the list" in app.screen_text()
        await app.press("pagedown")
        pane = app.app.screen.query_one(".dialog")
        assert pane.scroll_offset.y == pane.scrollable_content_region.height - 1


async def test_the_palette_holds_every_action_with_its_keys_and_runs_it(opened: Open) -> None:
    async with opened(keys={"cancel": "none"}) as app:
        commands = {command.title: command for command in app.app.get_system_commands(app.main)}
        assert {action.label for action in ACTIONS} <= commands.keys()
        assert commands["Next tab"].help.startswith("]  Go to the")
        assert commands["Cancel"].help.startswith("Cancel the marked jobs")
        app.app.call_later(commands["Failures only"].callback)
        await app.settle()
        assert app.main.jobs.shown == 1


class Slow(ScriptedEngine):
    """Its downloads come to half, and then wait."""

    go_on: asyncio.Event

    async def download(self, job_id: JobId, artifact: Artifact, folder: Path, **more: Any) -> SavedFile:
        more["progress"](DownloadProgress(artifact.name, 1 << 20, 2 << 20, 1.0))
        await self.go_on.wait()
        return await super().download(job_id, artifact, folder, **more)


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_the_question_before_leaving_tells_what_it_would_cut_off_until_there_is_nothing(key: str) -> None:
    engine = Slow()
    engine.go_on = asyncio.Event()
    done = job("graph:1", JobState.SUCCEEDED)
    engine.publish(done)
    engine.result = Result(done.id, (Artifact("clip.mp4", "video/mp4", Text("x")),))
    app = JobTui(engine, AppOptions(clock=FakeClock()))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        hand = Opened(app, pilot, FakeClock())
        app.run_worker(engine.go_on.wait(), group="submit", name="starting kriging at evo")
        await hand.press("D", key)
        text = hand.screen_text()
        assert all(words in text for words in ("clip.mp4", "50 %", "graph:1", "starting kriging at evo"))
        assert isinstance(app.screen, LeaveScreen)
        engine.go_on.set()
        await hand.settle()
        if isinstance(app.screen, LeaveScreen):
            # On a busy machine it has looked by itself.
            app.screen._renew()
        await hand.settle()
        assert app.screen is hand.main
        assert "has ended; quit again to leave" in hand.said()


async def test_ctrl_q_leaves_from_a_dialog_as_well(opened: Open) -> None:
    async with opened() as app:
        await app.press("s", "ctrl+q")
        assert app.app._exit


async def test_q_goes_back_and_at_the_list_quits(opened: Open) -> None:
    async with opened() as app:
        await app.press("3", "q")
        assert app.app.is_running
        assert app.main.at == "list"
        await app.press("q")
        assert app.app.return_code == 0


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
async def test_ctrl_c_and_ctrl_q_quit_from_any_pane(opened: Open, key: str) -> None:
    async with opened() as app:
        await app.press("3", key)
        assert app.app.return_code == 0


@pytest.mark.parametrize(
    ("size", "visible"),
    [((160, 40), 3), ((100, 30), 3), ((80, 30), 3), ((60, 24), 1)],
)
async def test_each_width_has_its_layout(opened: Open, size: tuple[int, int], visible: int) -> None:
    async with opened(size=size) as app:
        frames = [frame for frame in app.main.query(".frame") if frame.region.area]
        assert len(frames) == visible
        side_by_side = len({frame.region.x for frame in frames}) == 2
        assert side_by_side == (size[0] >= 100)
        assert all(frame.region.right <= size[0] and frame.region.bottom <= size[1] for frame in frames)


async def test_under_70_columns_enter_goes_in_and_esc_back(opened: Open) -> None:
    async with opened(size=(60, 24)) as app:
        assert "1 Jobs" in app.screen_text()
        await app.press("enter")
        assert "1 Jobs" not in app.screen_text()
        assert "62 %" in app.screen_text()
        assert app.main._progress.has_focus
        await app.press("escape")
        assert "1 Jobs" in app.screen_text()
        assert app.main.jobs.has_focus


async def test_p3_a_terminal_of_20_by_5_and_back_loses_nothing(opened: Open) -> None:
    async with opened() as app:
        await app.press("j")
        current = app.main.jobs.current
        for size in ((20, 5), (200, 60), (1, 1), (100, 30)):
            await app.pilot.resize_terminal(*size)
            await app.settle()
        assert app.main.jobs.current == current
        assert "1 Jobs" in app.screen_text()


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (Health.STARTING, "Asking the sources"),
        (Health.DOWN, "evo: not reachable: no route"),
        (Health.SIGNED_OUT, "L Sign in again"),
        (Health.OK, "F2 starts one, t watches one"),
    ],
)
async def test_an_empty_list_says_why(health: Health, words: str) -> None:
    options = AppOptions(keys={"new": "f2"})
    app = JobTui(ScriptedEngine(sources=(replace(EVO, health=health, detail="no route"),)), options)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        text = "\n".join("".join(s.text for s in line) for line in app.screen._compositor.render_strips())
        assert words in text


async def test_an_empty_list_of_what_is_only_read_offers_no_job_to_start() -> None:
    app = JobTui(ScriptedEngine(sources=(replace(EVO, read_only=True),)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        text = "\n".join("".join(s.text for s in line) for line in app.screen._compositor.render_strips())
        assert "starts one" not in text
        assert "t watches one" in text
        assert "read_only in the configuration lets none be started from here" in text


async def test_an_empty_list_says_which_sources_have_not_told_of_theirs() -> None:
    app = JobTui(ScriptedEngine(sources=(GRAPH, replace(EVO, health=Health.BROKEN, detail="no org_id " * 20))))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.pause()
        text = "\n".join("".join(s.text for s in line) for line in app.screen._compositor.render_strips())
        assert "No jobs from those that answer" in text
        assert "evo: can't work as configured" in text
        assert text.count("no org_id") > 8


async def test_t1_t2_text_of_a_service_is_neither_markup_nor_control(opened: Open, engine: ScriptedEngine) -> None:
    nasty = "[/] [bold] [@click=app.quit]x[/] \x1b]52;c;eA==\x07 \x9b31m \u202eevil"
    engine.publish(
        job(
            "evo:nasty",
            JobState.FAILED,
            name=nasty,
            message=nasty,
            native_state=nasty,
            kind=nasty,
            error=JobError(nasty, nasty, nasty, ((nasty, nasty),), nasty),
        )
    )
    engine.set_notice(nasty)
    engine.set_status(replace(EVO, health=Health.BUSY, detail=nasty))
    async with opened() as app:
        app.main.jobs.select(JobId("evo", "nasty"))
        await app.press("x")
        await app.press("T")
        shown = app.screen_text()
        await app.press("escape", "2", "z")
        shown += app.screen_text()
        assert "[@click=app.quit]" in shown
        assert not any(character in shown for character in "\x1b\x07\x9b\u202e")


async def test_keys_typed_ahead_of_the_focus_are_text_and_no_wishes(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        engine.publish(job("evo:a/b"), job("graph:7"))
        await app.settle()
        for key in ["slash", "x", "y", "colon", "a"]:
            character = {"slash": "/", "colon": ":"}.get(key, key)
            app.app.post_message(events.Key(key, character))
        await app.settle()
        assert app.app.screen.query_one("#filter-bar Input", Input).value == "xy:a"
        assert engine.asked("cancel") == []
        assert engine.asked("set_automatic") == []


@pytest.mark.parametrize("leaves", ["enter", "escape"])
async def test_keys_typed_with_the_one_that_leaves_the_filter_are_the_list_s(opened: Open, leaves: str) -> None:
    async with opened() as app:
        for key in ["slash", "r", leaves, "asterisk"]:
            character = {"slash": "/", "asterisk": "*", "r": "r"}.get(key)
            app.app.post_message(events.Key(key, character))
        await app.settle()
        assert app.app.screen.query_one("#filter-bar Input", Input).value == ("r" if leaves == "enter" else "")
        assert set(app.main.jobs.marked) == set(app.main.jobs.on_screen) != set()


async def test_keys_typed_with_the_one_that_opens_a_dialog_are_the_dialog_s(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        for key, character in [("t", "t"), ("x", "x"), ("7", "7"), ("ctrl+s", None), ("asterisk", "*")]:
            app.app.post_message(events.Key(key, character))
        await app.settle()
        assert [ids for _, ids in engine.asked("track")] == [("x7",)]
        assert app.app.screen is app.main
