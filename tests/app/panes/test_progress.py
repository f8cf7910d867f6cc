"""The progress pane: state, bar, estimate, tasks, error, timeline, and marks of what is stale."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from textual.widgets import Input

from jobtui.app import display
from jobtui.core.errors import StoreError
from jobtui.core.jobs import Estimate, EstimateBasis, Job, JobError, JobId, Task
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import Kin
from jobtui.engine.snapshot import Change, NextLook
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import NOW, ScriptedEngine, job


async def show(app: Opened, engine: ScriptedEngine, shown: Job) -> str:
    engine.publish(shown)
    await app.settle()
    app.clock.advance(1)
    app.main.jobs.select(shown.id)
    await app.press("2", "z")
    return app.screen_text()


async def test_a_running_job_shows_state_bar_and_estimate_and_no_look_that_is_fresh(
    opened: Open, engine: ScriptedEngine
) -> None:
    running = job(
        "evo:a/b",
        progress=0.62,
        native_state="in progress",
        message="Estimating blocks",
        estimate=Estimate(NOW + timedelta(minutes=2), EstimateBasis.PROGRESS),
    )
    async with opened() as app:
        text = await show(app, engine, running)
        assert "▶ running (in progress)" in text
        assert "62 %" in text
        assert "━" in text
        assert "left (from its progress)" in text
        assert "last seen" not in text
        assert "Estimating blocks" in text
        assert "evo:a/b" in text


async def test_the_next_look_at_the_job_is_counted_down_and_no_other_s(opened: Open, engine: ScriptedEngine) -> None:
    shown = job("evo:a/b", created_at=None, started_at=None, first_seen_at=NOW - timedelta(minutes=5))
    engine.plan_look(NextLook(shown.id, NOW + timedelta(seconds=12)))
    async with opened() as app:
        await show(app, engine, shown)
        app.main._tick()
        await app.settle()
        began = display.clock_words(NOW - timedelta(minutes=5), NOW)
        assert f"first seen {began} · next look in 9 s" in app.screen_text()
        app.clock.advance(9)
        app.main._tick()
        await app.settle()
        assert "next look soon" in app.screen_text()
        engine.plan_look(NextLook(JobId("evo", "other"), NOW))
        app.clock.advance(1)
        app.main._tick()
        await app.settle()
        assert "next look" not in app.screen_text()


async def test_the_next_look_is_told_whole_where_there_is_little_room(opened: Open, engine: ScriptedEngine) -> None:
    engine.publish(shown := job("evo:a/b", created_at=None, started_at=None, first_seen_at=NOW))
    engine.plan_look(NextLook(shown.id, NOW + timedelta(seconds=40)))
    async with opened(size=(100, 30)) as app:
        app.main.jobs.select(shown.id)
        app.clock.advance(1)
        app.main._look_into_current()
        app.main._tick()
        await app.settle()
        assert app.text("#progress-times").endswith(" · look in 39 s")


async def test_a_job_that_failed_has_no_bar_and_says_how_far_it_came(opened: Open, engine: ScriptedEngine) -> None:
    tasks = tuple(Task(f"t{n}", "", state, "") for n, state in enumerate((JobState.SUCCEEDED, JobState.FAILED)))
    failed = job("evo:a/b", JobState.FAILED, tasks=tasks)
    async with opened() as app:
        await show(app, engine, failed)
        for progress, words in ((None, "1 of 2 tasks succeeded"), (0.31, "ended at 31 %"), (1.0, "says 100 %")):
            engine.publish(replace(failed, progress=progress))
            await app.settle()
            assert words in app.text("#progress-bar")
            assert "━" not in app.text("#progress-bar")


async def test_tasks_show_their_states_and_durations(opened: Open, engine: ScriptedEngine) -> None:
    begin = NOW - timedelta(seconds=90)
    tasks = (
        Task("t1", "query_1", JobState.SUCCEEDED, "success", begin, begin + timedelta(seconds=40)),
        Task("t2", "pagerank_2", JobState.RUNNING, "running", begin),
        Task("t3", "query_3", JobState.QUEUED, "waiting"),
    )
    async with opened() as app:
        text = await show(app, engine, job("graph:1", tasks=tasks))
        assert "1 of 3 tasks" in text
        assert "Tasks (3)" in text
        assert "✓ query_1" in text
        assert "40 s" in text
        assert "⋯ query_3" in text


async def test_nothing_is_cut_when_the_scroll_bar_comes(opened: Open, engine: ScriptedEngine) -> None:
    tasks = tuple(Task(f"t{number}", f"query_{number}", JobState.QUEUED, "") for number in range(20))
    engine.publish(shown := job("graph:1", tasks=tasks[:2], progress=0.66))
    async with opened(size=(120, 40)) as app:
        app.main.jobs.select(shown.id)
        app.clock.advance(1)
        app.main._look_into_current()
        await app.settle()
        assert not app.main._progress.show_vertical_scrollbar
        engine.publish(replace(shown, tasks=tasks))
        await app.settle()
        assert app.main._progress.show_vertical_scrollbar
        assert app.text("#progress-bar").endswith("66 %  0 of 20 tasks")
        assert "…" not in app.text("#progress-tasks")


async def test_an_error_is_told_in_full_with_the_key_that_is_set_for_a_form(
    opened: Open, engine: ScriptedEngine
) -> None:
    error = JobError("422", "Singular matrix", "No inverse at block 12.", (("nugget", "must be positive"),), "req-1")
    async with opened(keys={"clone": "f5"}) as app:
        text = await show(app, engine, job("evo:a/b", JobState.FAILED, error=error))
        for words in ("Singular matrix", "No inverse at block 12.", "nugget: must be positive", "req-1", "422"):
            assert words in text
        assert "F5 opens the form, to mend the input" in text


@pytest.mark.parametrize(
    ("state", "told", "words"),
    [
        (JobState.LOST, {"misses": 3}, "no longer knows this job"),
        (JobState.UNKNOWN, {"native_state": "PAUSED"}, "a word for its state that jobtui doesn't know"),
        (JobState.UNKNOWN, {}, "not looked at yet"),
        (JobState.RUNNING, {"stale": True}, "Stale: the last attempt to look failed, last seen 40 s ago"),
        (JobState.RUNNING, {"misses": 2}, "said twice that there is no such job"),
    ],
)
async def test_what_stands_between_the_screen_and_the_truth_is_said(
    opened: Open, engine: ScriptedEngine, state: JobState, told: dict[str, object], words: str
) -> None:
    doubtful = job("graph:1", state, **told, observed_at=NOW - timedelta(seconds=40))
    engine.publish(doubtful)
    async with opened() as app:
        app.main.jobs.select(doubtful.id)
        await app.settle()
        app.main._look_into_current()
        await app.settle()
        assert words in app.text("#progress-trouble").replace("\n", " ")


async def test_the_timeline_is_read_again_when_the_job_moves(opened: Open, engine: ScriptedEngine) -> None:
    engine.changes = (Change(NOW, JobState.QUEUED, "requested", None, ""),)
    async with opened() as app:
        text = await show(app, engine, job("graph:1"))
        assert "Timeline" in text
        assert "⋯ queued" in text
        engine.changes = (*engine.changes, Change(NOW, JobState.RUNNING, "running", 0.1, "Reading"))
        before = len(engine.asked("timeline"))
        engine.publish(job("graph:1", progress=0.1))
        await app.settle()
        assert "▶ running 10 % Reading" in app.screen_text()
        engine.publish(job("graph:1", progress=0.1, observed_at=NOW + timedelta(seconds=5)))
        await app.settle()
        assert len(engine.asked("timeline")) == before + 1


async def test_a_job_s_news_come_with_their_line_in_the_timeline_unless_that_takes_long(
    opened: Open, engine: ScriptedEngine
) -> None:
    async with opened() as app:
        await show(app, engine, job("graph:1"))
        engine.timeline_gate = asyncio.Event()
        engine.publish(job("graph:1", JobState.SUCCEEDED))
        await app.settle()
        assert "▶ running" in app.text("#progress-state")
        engine.changes = (Change(NOW, JobState.SUCCEEDED, "done", None, ""),)
        engine.timeline_gate.set()
        await app.settle()
        assert "✓ succeeded" in app.text("#progress-state")
        assert "✓ succeeded" in app.text("#progress-timeline")
        engine.timeline_gate.clear()
        engine.publish(job("graph:1", JobState.FAILED))
        await app.settle()
        app.clock.advance(1)
        app.main._tick()
        await app.settle()
        assert "✗ failed" in app.text("#progress-state")


async def test_a_timeline_that_cannot_be_read_spoils_nothing_else(opened: Open, engine: ScriptedEngine) -> None:
    async with opened() as app:
        engine.error = StoreError("the store is gone")
        text = await show(app, engine, job("graph:1", progress=0.3))
        assert "30 %" in text


async def test_without_a_job_the_pane_says_what_can_be_done(opened: Open, engine: ScriptedEngine) -> None:
    engine.remove(*engine.snapshot.jobs)
    async with opened() as app:
        assert "No job is selected" in app.text("#progress-facts")


async def test_a_guess_looks_like_one(opened: Open, engine: ScriptedEngine) -> None:
    guessed = job("media:a/1", estimate=Estimate(NOW + timedelta(minutes=2), EstimateBasis.HISTORY))
    async with opened() as app:
        text = await show(app, engine, guessed)
        assert "est. ~" in text
        assert "median of your earlier runs" in text


async def test_t6_a_message_of_megabytes_is_bounded(opened: Open, engine: ScriptedEngine) -> None:
    async with opened(size=(120, 50)) as app:
        text = await show(app, engine, job("graph:1", message="x" * 5_000_000))
        assert "5000000 characters" in text
        assert JobId("graph", "1") == app.main.jobs.current


async def test_the_progress_is_drawn_over_time_with_its_rate(engine: ScriptedEngine, opened: Open) -> None:
    begun = NOW - timedelta(minutes=2)
    engine.changes = tuple(
        Change(begun + timedelta(seconds=30 * step), JobState.RUNNING, "", step / 10, "") for step in range(4)
    )
    async with opened() as app:
        engine.publish(job("evo:geostatistics/kriging/9b2f", progress=0.4))
        await app.settle()
        assert "▁" in app.text("#progress-rate")
        assert app.text("#progress-rate").endswith("20 %/min")


async def test_tasks_are_drawn_where_they_ran_once_there_is_room(engine: ScriptedEngine, opened: Open) -> None:
    begun = NOW - timedelta(minutes=2)
    halfway = begun + timedelta(minutes=1)
    tasks = (
        Task("a", "first", JobState.SUCCEEDED, "", begun, halfway),
        Task("b", "second", JobState.RUNNING, "", halfway),
    )
    engine.publish(job("graph:30712", tasks=tasks, name="fraud_rank"))
    async with opened(size=(160, 45)) as app:
        app.clock.advance(1)
        assert app.main.jobs.select(JobId("graph", "30712"))
        await app.press("2")
        first, second = app.text("#progress-tasks").splitlines()[1:]
        assert first.index("━") < second.index("━")
        assert abs(first.count("━") - second.count("━")) <= 1
        assert first.count("━") > 3
        assert "succeeded" in first
    async with opened(size=(100, 40)) as app:
        app.clock.advance(1)
        assert app.main.jobs.select(JobId("graph", "30712"))
        await app.press("2")
        assert "━" not in app.text("#progress-tasks")


async def test_a_stalled_job_says_so_in_the_list_and_beside_it(engine: ScriptedEngine, opened: Open) -> None:
    async with opened() as app:
        engine.publish(
            job("evo:geostatistics/kriging/9b2f", progress=0.62, stalled_since=NOW - timedelta(minutes=4)),
        )
        await app.settle()
        assert app.main.jobs.select(JobId("evo", "geostatistics/kriging/9b2f"))
        await app.settle()
        assert "running !" in app.text("JobList")
        assert "Stalled: no progress for 4 min" in app.text("#progress-trouble")


async def test_text_is_searched_brought_into_sight_and_marked_until_escape(
    opened: Open, engine: ScriptedEngine
) -> None:
    tasks = tuple(Task(f"t{number}", f"query_{number}", JobState.QUEUED, "waiting") for number in range(100))
    async with opened() as app:
        await show(app, engine, job("graph:1", tasks=tasks, message="first query " + "long " * 200))
        pane = app.main._progress
        await app.press("slash", *"QUERY_77")
        assert "query_77" in app.screen_text()
        assert pane.scroll_offset.y > 0
        marked = pane._sections["tasks"]._written
        assert [marked.plain[span.start : span.end] for span in marked.spans if span.style == "reverse"] == ["query_77"]
        assert pane._search is not None
        pane.on_input_submitted(Input.Submitted(pane._search, "QUERY_77"))
        # At once: the next key was typed for the pane.
        assert app.app.focused is pane
        await app.press("escape")
        assert (pane._needle, app.main.at) == ("", "progress")
        assert all(span.style != "reverse" for span in pane._sections["tasks"]._written.spans)


async def test_n_goes_from_match_to_match_and_round_and_says_where_there_is_none(
    opened: Open, engine: ScriptedEngine
) -> None:
    tasks = tuple(Task(f"t{number}", f"query_{number}", JobState.QUEUED, "waiting") for number in range(3))
    async with opened() as app:
        await show(app, engine, job("graph:1", tasks=tasks))
        pane = app.main._progress
        await app.press("n")
        assert "Nothing is found here" in app.said()
        await app.press("slash", *"query_", "enter")
        places = [pane._found]
        assert app.text("#progress-hits") == " 1 of 3"
        for key in ("n", "n", "n", "N"):
            await app.press(key)
            places.append(pane._found)
        assert app.text("#progress-hits") == " 3 of 3"
        first = places[0]
        assert places == [first, first + 1, first + 2, first, first + 2]
        await app.press("slash", *"nowhere")
        assert pane._search is not None
        assert pane._search.has_class("-wrong")
        assert app.text("#progress-hits") == " not found"
        app.main.jobs.select(JobId("graph", "30711"))
        app.main._look_into_current()
        await app.settle()
        assert pane._needle == ""
        assert app.app.focused is pane


async def test_clones_are_told_on_both_sides_and_O_goes_to_and_fro(opened: Open, engine: ScriptedEngine) -> None:
    failed, clone, other = (JobId("graph", number) for number in ("30711", "30712", "30713"))
    gone = JobId("graph", "30700")
    engine.kin_of = {failed: Kin(None, (clone,)), clone: Kin(failed), other: Kin(failed, (clone, gone))}
    async with opened() as app:
        text = await show(app, engine, job(str(failed), JobState.FAILED))
        assert "run again as graph:30712 (running)  O goes there" in text
        await app.press("O")
        assert app.main.jobs.current == clone
        assert "run again from graph:30711 (failed)" in app.screen_text()
        await app.press("O")
        assert app.main.jobs.current == failed
        engine.publish(job(str(other)))
        await app.settle()
        app.main.jobs.select(other)
        await app.press("2")
        words = "run again as graph:30712 (running), graph:30700 (not watched)"
        assert words in app.screen_text()
        await app.press("O")
        assert "from ✗ failed" in app.screen_text()
        await app.press("j", "enter")
        assert app.main.jobs.current == clone
        app.main._filter_bar.set_text("state:running")
        await app.press("O")
        assert "graph:30711 is hidden by the filter state:running" in app.said()
        app.main._filter_bar.set_text("")
        await app.settle()
        assert app.main.jobs.current == failed
        assert "hidden by the filter" not in app.said()


async def test_O_says_where_it_can_t_go(opened: Open, engine: ScriptedEngine) -> None:
    alone, orphan = JobId("graph", "1"), JobId("graph", "2")
    engine.kin_of = {orphan: Kin(JobId("graph", "30700"))}
    engine.publish(job(str(alone)), job(str(orphan)))
    async with opened() as app:
        app.main.jobs.select(alone)
        await app.press("O")
        app.main.jobs.select(orphan)
        await app.press("O")
        assert "graph:1 is no clone, and none was made of it from here." in app.said()
        assert "graph:30700 is not watched any more: t watches it again." in app.said()
