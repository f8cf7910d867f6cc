"""The list of jobs under the user's fingers: at 1,000, 10,000 and 100,000 jobs, at rest and while they change."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jobtui.settings.paths import VIEW_NAME
from tests.benchmarks.conftest import Tell
from tests.benchmarks.lab.keys import KeyTimes, cursor_times
from tests.benchmarks.lab.rounds import interleaved, median
from tests.benchmarks.lab.stage import PROGRAMS, Stage, environment, graph_stage
from tests.benchmarks.lab.tables import Figure
from tests.benchmarks.lab.terminal import Program, Screen
from tests.benchmarks.lab.world import graph_name

_LOADING_S = 60.0
_SETTLED_S = 2.0
_LIST_CELLS = 58


def _opened(program: Program, count: int) -> None:
    """Wait until all jobs are in and the first seconds are over."""
    program.wait_for(lambda screen: screen.find(graph_name(count)) is not None, _LOADING_S)
    if program.is_jobtui:
        program.wait_for(lambda screen: f"{count:,} job" in screen.text, _LOADING_S)
    program.read_for(_SETTLED_S)
    program.replay()


def _table(folder: Path, count: int, changes_per_s: float = 0) -> Program:
    arguments = [sys.executable, str(PROGRAMS / "data_table.py"), str(count), str(changes_per_s)]
    return Program(arguments, environment(folder))


def _p50(runs: list[KeyTimes]) -> float:
    return median([run.p50 for run in runs])


def _p95(runs: list[KeyTimes]) -> float:
    return median([run.p95 for run in runs])


def _cpu(runs: list[KeyTimes]) -> float:
    return median([run.cpu_ms for run in runs])


@pytest.mark.parametrize("count", [1_000, 10_000, 100_000])
def test_cursor_at_rest(count: int, tmp_path: Path, tell: Tell) -> None:
    with graph_stage(tmp_path, count) as stage:

        def keys(program: Program) -> KeyTimes:
            with program:
                _opened(program, count)
                return cursor_times(program, graph_name(count))

        contestants: dict[str, Callable[[], KeyTimes]] = {"jobtui": lambda: keys(stage.open())}
        if count == 1_000:
            contestants["DataTable"] = lambda: keys(_table(tmp_path, count))
        found = interleaved(contestants, warm_up=False)
    ours, table = found["jobtui"], found.get("DataTable")
    tell(
        f"Down and Up at rest, {count:,} jobs",
        [
            Figure(
                "p50",
                _p50(ours),
                "ms",
                _p50(table) if table else None,
                "DataTable",
                most=8,
                most_ratio=0.6 if table else None,
            ),
            Figure(
                "p95",
                _p95(ours),
                "ms",
                _p95(table) if table else None,
                "DataTable",
                most=16,
                most_ratio=0.6 if table else None,
            ),
            Figure("CPU a key", _cpu(ours), "ms", _cpu(table) if table else None, "DataTable"),
        ],
    )


@pytest.mark.parametrize("count", [1_000, 10_000, 100_000])
def test_cursor_while_one_percent_changes_each_second(count: int, tmp_path: Path, tell: Tell) -> None:
    arguments = ["--jobs", str(count), "--changing", str(count), "--changes-per-s", str(count / 100)]

    def keys(*, changing: bool) -> KeyTimes:
        program = Program([sys.executable, str(PROGRAMS / "changing.py"), *arguments], environment(tmp_path))
        with program:
            program.wait_for(lambda screen: screen.find(graph_name(count)) is not None, _LOADING_S)
            program.read_for(_SETTLED_S)
            program.replay()
            if changing:
                os.kill(program.process, signal.SIGUSR1)
                program.read_for(1.0)
                program.replay()
            return cursor_times(program, graph_name(count))

    found = interleaved(
        {"rest": lambda: keys(changing=False), "changing": lambda: keys(changing=True)},
        warm_up=False,
    )
    rest, changing = found["rest"], found["changing"]
    tell(
        f"Down and Up while 1 % of {count:,} jobs change each second",
        [
            Figure("p50", _p50(changing), "ms", _p50(rest), "at rest"),
            Figure("p95", _p95(changing), "ms", _p95(rest), "at rest", most_ratio=1.5),
            Figure("CPU a key and all changes meanwhile", _cpu(changing), "ms", _cpu(rest), "at rest"),
        ],
    )


def test_sort_and_filter(tmp_path: Path, tell: Tell) -> None:
    count = 100_000
    with graph_stage(tmp_path, count) as stage:
        found = interleaved(
            {
                "jobtui": lambda: _sorted_and_filtered(stage),
                "DataTable": lambda: _table_sorted_and_filtered(tmp_path, count),
            },
            warm_up=False,
        )
    ours, table = found["jobtui"], found["DataTable"]
    tell(
        f"Sort and filter {count:,} jobs, key to paint",
        [
            Figure(
                what,
                median([run[index] for run in ours]),
                "ms",
                median([run[index] for run in table]),
                "DataTable",
                most=200,
            )
            for index, what in enumerate(("sort by name", "only what failed"))
        ],
    )


def _sorted_and_filtered(stage: Stage) -> tuple[float, float]:
    # The round before has left its order there.
    (stage.home / "data" / VIEW_NAME).unlink(missing_ok=True)
    with stage.open() as program:
        _opened(program, stage.count)
        place = program.screen.find(graph_name(stage.count))
        assert place is not None
        below = place[0] + 12
        before = program.screen.row(below)[:_LIST_CELLS]

        def is_sorted(screen: Screen) -> bool:
            return "Order by" not in screen.text and screen.row(below)[:_LIST_CELLS] != before

        program.press(b"s")
        program.wait_for(lambda screen: "Order by" in screen.text)
        program.press(b"jjjj")
        program.read_for(1.0)
        program.replay()
        pressed = program.press(b"\r")
        sort_ms = (program.wait_for(is_sorted).at - pressed) * 1000
        program.read_for(1.0)
        program.press(b"/")
        program.read_for(0.5)
        for letter in b"state:faile":
            program.press(bytes([letter]))
            program.read_for(0.4)
        program.replay()
        pressed = program.press(b"d")
        filter_ms = (program.wait_for(_only_failed).at - pressed) * 1000
    return sort_ms, filter_ms


def _only_failed(screen: Screen) -> bool:
    return all("failed" in screen.row(y)[:_LIST_CELLS] for y in range(8, 30))


def _table_sorted_and_filtered(folder: Path, count: int) -> tuple[float, float]:
    with _table(folder, count) as program:
        _opened(program, count)
        before = program.screen.row(12)
        pressed = program.press(b"s")
        sort_ms = (program.wait_for(lambda screen: screen.row(12) != before, 120).at - pressed) * 1000
        program.read_for(1.0)
        program.replay()
        pressed = program.press(b"/")
        filter_ms = (program.wait_for(_only_failed, 120).at - pressed) * 1000
    return sort_ms, filter_ms
