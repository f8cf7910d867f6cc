"""How the app starts, follows, rings and leaves."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from textual import events
from textual.screen import Screen
from textual.widgets import Static

from jobtui.app.app import WANTS_DEMO, JobTui
from jobtui.app.options import AppOptions
from jobtui.app.quiet import QuietRules
from jobtui.app.screens.welcome import WelcomeScreen
from jobtui.core.errors import SettingsError, StoreError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, RemoteFile, Result
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.settings.template import TEMPLATE, write_template
from tests.app.conftest import Open
from tests.app.scripted_engine import ScriptedEngine, job


async def test_an_engine_that_cannot_start_ends_the_app_with_2_and_the_reason(
    opened: Open, engine: ScriptedEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.failure = StoreError("the store can't be opened", hint="Is the disk full?")
    async with opened() as app:
        assert app.app.return_code == 2
    app.app._print_error_renderables()
    assert "jobtui: the store can't be opened. Is the disk full?" in capsys.readouterr().err


async def test_results_of_a_source_that_is_set_so_are_saved_by_themselves_and_once(
    opened: Open, engine: ScriptedEngine
) -> None:
    engine.result = Result(
        JobId.parse("media:minimax/1"), (Artifact("clip.mp4", "video/mp4", RemoteFile("https://h/clip.mp4")),)
    )
    engine.claimed_elsewhere = frozenset({JobId.parse("media:minimax/2")})
    running = [job("media:minimax/1"), job("media:minimax/2"), job("media:minimax/3"), job("evo:a/b/1")]
    async with opened(auto_download=frozenset({"media"})) as app:
        engine.publish(*running)
        await app.settle()
        states = (JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.FAILED, JobState.SUCCEEDED)
        engine.publish(*(replace(one, state=state) for one, state in zip(running, states, strict=True)))
        for _ in range(50):
            await app.settle()
            if engine.asked("download"):
                break
        assert [call[0] for call in engine.asked("download")] == [running[0].id]


async def test_results_that_an_earlier_run_left_unsaved_are_saved_at_the_start(
    opened: Open, engine: ScriptedEngine
) -> None:
    left, elsewhere, running = (
        job("media:minimax/1", JobState.SUCCEEDED),
        job("media:2", JobState.SUCCEEDED),
        job("evo:3"),
    )
    engine.result = Result(left.id, (Artifact("clip.mp4", "video/mp4", RemoteFile("https://h/clip.mp4")),))
    engine.left_unsaved = (left.id, elsewhere.id, JobId.parse("media:forgotten"))
    engine.claimed_elsewhere = frozenset({elsewhere.id})
    engine.publish(left, elsewhere, running)
    async with opened(auto_download=frozenset({"media"})) as app:
        for _ in range(50):
            await app.settle()
            if engine.asked("download"):
                break
        assert engine.asked("unsaved") == [("media",)]
        assert [call[0] for call in engine.asked("download")] == [left.id]
        assert engine.asked("claim_ends") == []


async def test_d2_nothing_is_claimed_where_nothing_is_done_for_an_end(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        engine.publish(job("graph:1"))
        await app.settle()
        engine.publish(job("graph:1", JobState.SUCCEEDED))
        await app.settle()
        assert engine.asked("claim_ends") == engine.asked("claim_saves") == engine.asked("unsaved") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
async def test_p2_p10_a_signal_ends_the_app_with_its_code(opened: Open, number: signal.Signals) -> None:
    async with opened() as app:
        os.kill(os.getpid(), number)
        await app.settle()
        assert app.app.return_code == 128 + number


async def test_p2_the_signals_are_given_back_at_the_end(opened: Open) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    async with opened():
        pass
    assert {number: signal.getsignal(number) for number in before} == before


async def test_p1_s1_the_report_of_a_bug_prints_no_variables(opened: Open, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        token = "planted-" + "secret"
        raise LookupError(len(token))

    codes: list[int | None] = []

    async def open_and_break() -> None:
        try:
            async with opened() as app:
                app.app.call_later(broken)
                await app.settle()
        finally:
            codes.append(app.app.return_code)

    with pytest.raises(LookupError):
        await open_and_break()
    assert codes == [1]
    report = capsys.readouterr().err
    assert "LookupError" in report
    assert "planted-secret" not in report


async def test_an_end_is_told_on_the_screen_and_rings_once(opened: Open, engine: ScriptedEngine) -> None:
    async with opened(notify=("bell", "osc9")) as app:
        engine.publish(job("graph:30712", JobState.FAILED, name="fraud_rank"))
        await app.settle()
        assert "fraud_rank failed (graph)" in app.said()
        assert app.terminal == ["\x07\x1b]9;fraud_rank failed (graph)\x07"]
        engine.publish(job("graph:30712", JobState.FAILED, name="fraud_rank"))
        await app.settle()
        assert len(app.terminal) == 1
        for state in (JobState.RUNNING, JobState.SUCCEEDED):
            engine.publish(*(job(f"graph:{number}", state) for number in range(3)))
            await app.settle()
        assert app.said() == "4 jobs ended: 1 failed, 3 succeeded"


async def test_a_command_of_the_user_that_is_not_run_is_told_with_what_helps(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened(on_finish="sh -c 'notify {name}'") as app:
        engine.publish(job("graph:30712", JobState.SUCCEEDED, name="a; b"))
        await app.settle()
        for _ in range(50):
            if app.said().count("\n"):
                break
            await app.settle()
        assert "its name, a; b, would mean something to a shell" in app.said()
        assert "$JOBTUI_NAME holds it too." in app.said()


async def test_news_lie_close_together_and_the_newest_is_in_sight_on_a_small_terminal(opened: Open) -> None:
    async with opened(size=(60, 20)) as app:
        app.app.notify("Since you left (16 min ago): 31 done, 6 failed, 7 cancelled. n shows them.")
        app.app.notify("minimax 3144789 succeeded")
        app.app.notify("Asked all sources just now.")
        await app.settle()
        lines = app.screen_text().splitlines()
        newest = next(number for number, line in enumerate(lines) if "Asked all sources just now." in line)
        assert "minimax 3144789 succeeded" in lines[newest - 1]
        assert "Since you left" in lines[newest - 4]
        assert newest < len(lines) - 1
        app.app.notify("Asked all sources just now.")
        await app.settle()
        assert app.said().count("Asked all sources just now.") == 1


async def test_without_sources_a_welcome_offers_the_demo() -> None:
    app = JobTui(ScriptedEngine(sources=()), AppOptions(config_example="[sources.graph]", config_path="/x/config.toml"))
    async with app.run_test(size=(100, 40)) as pilot:
        screen: Screen[object] = app.screen
        assert isinstance(screen, WelcomeScreen)
        text = "\n".join("".join(piece.text for piece in line) for line in screen._compositor.render_strips())
        assert all(kind in text for kind in ("nebula", "evo", "generation", "http"))
        assert "[sources.graph]" in text
        assert "w writes /x/config.toml" in text
        await pilot.press("d")
    assert app.return_value == WANTS_DEMO
    assert app.return_code == 0


@pytest.mark.parametrize("size", [(100, 30), (60, 20)])
async def test_the_welcome_s_buttons_stay_in_sight_and_its_text_scrolls(size: tuple[int, int]) -> None:
    example = "\n".join(f"line = {number}" for number in range(60))
    app = JobTui(ScriptedEngine(sources=()), AppOptions(config_example=example, config_path="/x/config.toml"))
    async with app.run_test(size=size) as pilot:

        def shown() -> str:
            return "\n".join("".join(piece.text for piece in line) for line in app.screen._compositor.render_strips())

        assert all(words in shown() for words in ("Demo  d", "Write a file", "Copy", "Quit  q"))
        assert "line = 59" not in shown()
        await pilot.press(*["pagedown"] * 8)
        await pilot.pause()
        assert "line = 59" in shown()
        assert "Demo  d" in shown()


async def test_the_welcome_writes_a_first_configuration_over_nothing_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "jobtui" / "config.toml"
    options = AppOptions(config_path=str(file), write_config=partial(write_template, file))
    app = JobTui(ScriptedEngine(sources=()), options)
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("w")
        assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == (TEMPLATE, 0o600)
        assert f"{file} is written" in str(app.screen.query_one("#welcome-said", Static).content)
        file.write_text("theme = 'nord'", encoding="utf-8")
        await pilot.press("w")
        assert f"{file} exists already" in str(app.screen.query_one("#welcome-said", Static).content)
    assert file.read_text(encoding="utf-8") == "theme = 'nord'"


async def test_the_welcome_can_be_left_without_the_demo() -> None:
    app = JobTui(ScriptedEngine(sources=()))
    async with app.run_test() as pilot:
        await pilot.press("q")
    assert (app.return_value, app.return_code) == (None, 0)


async def test_keys_of_the_user_replace_the_own_ones(opened: Open, engine: ScriptedEngine) -> None:
    async with opened(keys={"automatic": "w", "refresh": "none"}) as app:
        await app.press("a", "r")
        assert engine.asked("set_automatic") == []
        assert engine.asked("refresh") == []
        await app.press("w")
        assert engine.asked("set_automatic") == [(False,)]


async def test_p7_a_second_that_changes_nothing_writes_nothing(opened: Open, engine: ScriptedEngine) -> None:
    engine.remove(*(one for one, known in engine.snapshot.jobs.items() if not known.state.is_final))
    async with opened() as app:
        painted: list[object] = []
        driver_write = app.app._driver.write if app.app._driver else None
        assert driver_write is not None
        app.app._driver.write = painted.append  # type: ignore[union-attr,method-assign]
        for _ in range(5):
            app.clock.advance(1)
            app.main._tick()
            await app.settle()
        app.app._driver.write = driver_write  # type: ignore[union-attr,method-assign]
        assert painted == []


async def test_on_a_slow_line_no_clock_ticks(opened: Open) -> None:
    async with opened(slow_line=True) as slow, opened() as quick:
        assert len(slow.main._timers) < len(quick.main._timers)


async def test_an_unknown_theme_leaves_the_default(opened: Open) -> None:
    async with opened(theme="no-such-theme") as app:
        assert app.app.theme == "auto"
    async with opened(theme="textual-light") as app:
        assert app.app.theme == "textual-light"


def test_an_unreadable_command_is_an_expected_error(tmp_path: Path) -> None:
    from jobtui.app.notices import command_line

    with pytest.raises(SettingsError):
        command_line("notify 'unclosed", job("graph:1"))


async def test_in_quiet_hours_the_screen_tells_and_of_a_muted_source_not_even_that(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened(quiet=QuietRules.parse(["00:00-24:00"], "0s", ["evo"])) as app:
        engine.publish(
            job("graph:30712", JobState.SUCCEEDED, name="fraud_rank"),
            job("evo:geostatistics/kriging/9b2f", JobState.SUCCEEDED, name="kriging 9b2f"),
        )
        await app.settle()
        assert "fraud_rank succeeded" in app.said()
        assert "kriging" not in app.said()
        assert app.terminal == []


async def test_p1_a_click_on_what_has_just_gone_ends_nothing(opened: Open) -> None:
    async with opened() as app:
        region = app.main.query_one("#progress").region
        x, y = region.x + 3, region.y + 2
        leaf, _ = app.main.get_widget_at(x, y)
        above = leaf.parent
        assert above is not None
        # Taken out, and still drawn.
        leaf._detach()
        await app.app.on_event(
            events.MouseDown(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y)
        )
        leaf._attach(above)
