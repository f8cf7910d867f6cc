"""Progress and tasks over time, as lines of text."""

from __future__ import annotations

from datetime import timedelta

from jobtui.app.charts import Point, gantt, progress_points, rate_words, span_of, sparkline
from jobtui.core.jobs import Task
from jobtui.core.states import JobState
from jobtui.engine.snapshot import Change
from tests.app.scripted_engine import NOW, job


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def points(*pairs: tuple[float, float]) -> list[Point]:
    return [Point(NOW + at(second), fraction) for second, fraction in pairs]


def change(second: float, progress: float | None, state: JobState = JobState.RUNNING) -> Change:
    return Change(NOW + at(second), state, "", progress, "")


def task(start: float | None, end: float | None, state: JobState = JobState.SUCCEEDED) -> Task:
    return Task("t", "t", state, "", None if start is None else NOW + at(start), None if end is None else NOW + at(end))


def test_a_steady_progress_climbs_and_ends_where_it_is() -> None:
    drawn = sparkline(points(*((second, second / 80) for second in range(0, 81, 10))), 8)
    assert drawn == "▂▃▄▅▆▇██"
    assert sparkline(points((0, 0.0), (1, 0.0), (100, 0.5)), 5) == "▁▁▁▁▅"


def test_two_points_or_no_time_draw_nothing() -> None:
    assert sparkline(points((0, 0.0), (10, 0.5)), 10) == ""
    assert sparkline(points((0, 0.0), (0, 0.1), (0, 0.5)), 10) == ""


def test_the_rate_is_that_of_the_last_steps() -> None:
    assert rate_words(points((0, 0.0), (600, 0.1), (660, 0.2), (720, 0.3), (780, 0.4), (840, 0.5))) == "10 %/min"
    assert rate_words(points((0, 0.1), (3600, 0.12))) == "2 %/h"
    assert rate_words(points((0, 0.1), (3600, 0.3))) == "20 %/h"
    assert rate_words(points((0, 0.1), (3600, 0.105))) == "0.5 %/h"
    assert rate_words(points((0, 0.1), (3600, 0.10001))) == "under 0.01 %/h"
    assert rate_words(points((0, 0.1), (60, 0.1))) == "0 %/min"
    assert rate_words(points((0, 0.1))) == ""


def test_points_come_from_the_timeline_the_start_and_the_last_look() -> None:
    one = job("evo:1", progress=0.5, started_at=NOW, observed_at=NOW + at(60))
    seen = progress_points(one, [change(0, None, JobState.QUEUED), change(10, 0.1), change(30, 0.3)])
    assert seen == tuple(points((0, 0.0), (10, 0.1), (30, 0.3), (60, 0.5)))


def test_a_progress_that_begins_anew_is_drawn_from_there() -> None:
    one = job("evo:1", progress=None, started_at=NOW)
    assert progress_points(one, [change(10, 0.8), change(20, 0.1), change(30, 0.2)]) == tuple(
        points((20, 0.1), (30, 0.2))
    )


def test_without_a_progress_the_ends_of_tasks_are_steps() -> None:
    one = job("graph:1", started_at=NOW, tasks=(task(0, 10), task(10, 30), task(30, None, JobState.RUNNING)))
    assert [round(point.fraction, 2) for point in progress_points(one, [])] == [0.0, 0.33, 0.67]


def test_each_task_stands_where_it_ran_and_takes_one_cell_at_least() -> None:
    tasks = [task(0, 50), task(50, 51), task(51, None, JobState.RUNNING), task(None, None, JobState.QUEUED)]
    now = NOW + at(100)
    span = span_of(tasks, now)
    assert span == (NOW, now)
    assert [gantt(each, span, now, 10) for each in tasks] == [
        ("", "━" * 5),
        (" " * 5, "━"),
        (" " * 5, "━" * 5),
        ("", ""),
    ]


def test_tasks_that_tell_no_time_have_no_span() -> None:
    assert span_of([task(None, None)], NOW) is None
    assert span_of([task(0, 0)], NOW) is None
    assert span_of([task(0, None)], NOW) is None
