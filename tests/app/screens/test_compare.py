"""Two marked jobs side by side: what differs, at every width, and what can't be known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobtui.app.screens.compare import CompareScreen
from jobtui.core.errors import Unreachable
from jobtui.core.jobs import Job, JobError, JobId, JsonObject, Task
from jobtui.core.results import Artifact, Document, Result
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.engine.port import SubmitRecord
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import NOW, ScriptedEngine, job

GOOD = JobId("evo", "geostatistics/kriging/1")
BAD = JobId("evo", "geostatistics/kriging/2")
INPUTS: dict[JobId, JsonObject] = {
    GOOD: {"method": "ordinary", "search": {"radius": 150, "most": 20}},
    BAD: {"method": "ordinary", "search": {"radius": 900, "most": 20}, "threshold": 0.5},
}


def made(job_id: JobId, state: JobState, took_s: int, **more: object) -> Job:
    return job(
        str(job_id),
        state,
        kind="geostatistics/kriging",
        started_at=NOW - timedelta(seconds=60 + took_s),
        finished_at=NOW - timedelta(seconds=60),
        tasks=(Task("t1", "estimate", state, "", NOW - timedelta(seconds=60 + took_s), NOW - timedelta(seconds=60)),),
        **more,
    )


@pytest.fixture
def engine() -> ScriptedEngine:
    engine = ScriptedEngine()
    error = JobError("singular", "Singular matrix", "Row 7 is\x1b[2J empty", (("search.radius", "too large"),))
    engine.publish(
        made(GOOD, JobState.SUCCEEDED, 42, created_at=NOW - timedelta(minutes=5)),
        made(BAD, JobState.FAILED, 7, created_at=NOW - timedelta(minutes=4), error=error),
        job("graph:1", JobState.RUNNING),
    )
    engine.sent = tuple(SubmitRecord("geostatistics/kriging", INPUTS[one], one, "made") for one in (GOOD, BAD))
    return engine


async def compared(app: Opened, *job_ids: JobId) -> None:
    for job_id in job_ids:
        assert app.main.jobs.select(job_id)
        await app.press("space")
    await app.press("d")
    for _ in range(5):
        await app.settle()


def text(app: Opened) -> str:
    return app.text("ComparisonView")


async def test_d_needs_exactly_two_marked_jobs(opened: Open) -> None:
    async with opened() as app:
        await app.press("d")
        assert "Mark two jobs to compare them; none marked now" in app.said()
        await app.press("asterisk", "d")
        assert "3 marked now" in app.said()
        assert app.app.screen is app.main


async def test_what_differs_stands_side_by_side_and_what_is_equal_is_left_out(opened: Open) -> None:
    async with opened(size=(120, 50)) as app:
        await compared(app, GOOD, BAD)
        assert isinstance(app.app.screen, CompareScreen)
        told = [line.split()[1:] for line in text(app).splitlines() if line.startswith("≠")]
        lines = {name: values for name, *values in reversed(told)}
        assert lines["search.radius"] == ["150", "900"]
        assert lines["threshold"] == ["–", "0.5"]
        assert lines["state"] == ["✓", "succeeded", "✗", "failed"]
        assert lines["took"] == ["42", "s", "7", "s"]
        assert lines["estimate"] == ["✓", "succeeded,", "42", "s", "✗", "failed,", "7", "s"]
        assert lines["title"] == ["–", "Singular", "matrix"]
        assert "search.most" not in text(app)
        assert "method" not in text(app)


async def test_text_of_a_service_can_not_act_here(opened: Open) -> None:
    async with opened() as app:
        await compared(app, GOOD, BAD)
        assert "Row 7 is␛[2J empty" in text(app)
        assert "\x1b" not in text(app)


async def test_moments_are_told_but_are_no_difference(opened: Open) -> None:
    async with opened() as app:
        await compared(app, GOOD, BAD)
        created = next(line for line in text(app).splitlines() if "created" in line)
        assert not created.startswith("≠")


async def test_text_is_searched_and_n_goes_through_the_matches_until_escape_ends_the_search(opened: Open) -> None:
    async with opened(size=(120, 50)) as app:
        await compared(app, GOOD, BAD)
        screen = app.app.screen
        assert isinstance(screen, CompareScreen)
        view = screen._view
        await app.press("slash", *"radius", "enter")
        first = view.cursor
        assert "radius" in view.copy_text().casefold()
        count = view.hits[1]
        assert app.text("#compare-note").startswith(f"1 of {count} · n N")
        await app.press("n")
        assert view.cursor != first
        assert app.text("#compare-note").startswith(f"2 of {count} · ")
        await app.press("k", "g")
        assert app.text("#compare-note").startswith(f"{count} found · ")
        await app.press("n", "n")
        await app.press("N")
        assert view.cursor == first
        await app.press("slash", *"nowhere")
        assert "not found" in app.text("#compare-note")
        await app.press("escape")
        assert (view.needle, app.app.screen) == ("", screen)
        assert "difference" in app.text("#compare-note")
        await app.press("escape")
        assert app.app.screen is app.main


async def test_a_shows_what_is_equal_too_and_takes_it_away_again(opened: Open) -> None:
    async with opened() as app:
        await compared(app, GOOD, BAD)
        before = text(app)
        await app.press("a")
        most = next(line for line in text(app).splitlines() if "search.most" in line)
        assert most.split() == ["search.most", "20", "20"]
        await app.press("a")
        assert text(app) == before


async def test_n_and_shift_n_step_through_the_differences_and_round(opened: Open) -> None:
    async with opened(size=(120, 50)) as app:
        await compared(app, GOOD, BAD)
        screen = app.app.screen
        assert isinstance(screen, CompareScreen)
        view = screen._view
        visited = []
        for _ in range(view.differences + 1):
            await app.press("n")
            visited.append(view.copy_text())
        assert all(line.startswith("≠") for line in visited)
        assert len(set(visited)) == view.differences
        assert visited[0] == visited[-1]
        await app.press("N")
        assert view.copy_text() == visited[-2]


async def test_at_60_columns_the_sides_stand_below_each_other(opened: Open) -> None:
    async with opened(size=(60, 60)) as app:
        await compared(app, GOOD, BAD)
        lines = text(app).splitlines()
        at = lines.index("≠ search.radius")
        assert lines[at + 1].split() == ["A", "150"]
        assert lines[at + 2].split() == ["B", "900"]
        assert max(map(len, lines)) <= 60


async def test_a_long_value_goes_on_below_itself_at_any_width(opened: Open, engine: ScriptedEngine) -> None:
    long = " ".join(f"word{number}" for number in range(60))
    engine.publish(replace(engine.snapshot.jobs[BAD], message=long))
    for size in ((60, 60), (120, 60)):
        async with opened(size=size) as app:
            await compared(app, GOOD, BAD)
            shown = text(app)
            assert "word0 " in shown
            assert "word59" in shown


async def test_results_are_compared_by_what_they_hold(opened: Open, engine: ScriptedEngine) -> None:
    results = {
        GOOD: Result(GOOD, (Artifact("a.json", "application/json", Document({"mean": 1.5, "blocks": [1, 2]})),)),
        BAD: Result(BAD, (Artifact("b.json", "application/json", Document({"mean": 2.5, "blocks": [1, 2]})),)),
    }
    engine.results = results
    async with opened() as app:
        await compared(app, GOOD, BAD)
        mean = next(line for line in text(app).splitlines() if " mean " in line)
        assert mean.split() == ["≠", "mean", "1.5", "2.5"]
        assert "blocks" not in text(app)


async def test_what_can_not_be_read_is_said_on_its_side(opened: Open, engine: ScriptedEngine) -> None:
    engine.sent = ()
    engine.raw = b"{}"
    async with opened() as app:
        engine.failing = {"fetch_result": Unreachable("no route to evo")}
        await compared(app, GOOD, JobId("graph", "1"))
        assert "not known here" in text(app)
        assert "can't be read: no route to evo" in text(app)
        assert "not finished" in text(app)


async def test_two_that_are_alike_say_so(opened: Open, engine: ScriptedEngine) -> None:
    twin = JobId("evo", "geostatistics/kriging/3")
    engine.publish(replace(engine.snapshot.jobs[GOOD], id=twin))
    engine.sent = tuple(SubmitRecord("geostatistics/kriging", INPUTS[GOOD], one, "made") for one in (GOOD, twin))
    async with opened() as app:
        await compared(app, GOOD, twin)
        assert "No difference in what can be told of both" in text(app)
        await app.press("n")
        await app.press("escape")
        assert app.app.screen is app.main
        assert len(app.main.jobs.marked) == 2
