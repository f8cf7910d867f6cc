"""From exec to the first rows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.benchmarks.conftest import Tell
from tests.benchmarks.lab.peers import HARLEQUIN, TOOLONG, NotInstalled
from tests.benchmarks.lab.rounds import interleaved, median
from tests.benchmarks.lab.stage import PROGRAMS, Stage, environment, graph_stage
from tests.benchmarks.lab.tables import Figure
from tests.benchmarks.lab.terminal import Program
from tests.benchmarks.lab.world import graph_name


@dataclass(frozen=True, slots=True)
class Start:
    """One start."""

    wall_ms: float
    cpu_ms: float
    rss_mib: float


def painted(program: Program, words: str) -> Start:
    """Start it and stop the watch when the words stand on the screen; the replay comes after, so as not to disturb."""
    with program:
        program.read_until_quiet(0.8, 5)
        rss_mib = program.rss_mib
        chunk = program.wait_for(lambda screen: screen.find(words) is not None)
    return Start((chunk.at - program.started_at) * 1000, chunk.cpu_s * 1000, rss_mib)


def ended(program: Program) -> Start:
    """Start it and wait for its end."""
    with program:
        at = program.read_to_end()
    return Start((at - program.started_at) * 1000, program.cpu_s * 1000, 0.0)


def test_start_to_first_rows(tmp_path: Path, tell: Tell) -> None:
    plain = environment(tmp_path)
    with graph_stage(tmp_path / "few", 200) as few, graph_stage(tmp_path / "many", 100_000) as many:

        def rows(stage: Stage) -> Callable[[], Start]:
            return lambda: painted(stage.open(), graph_name(stage.count))

        contestants: dict[str, Callable[[], Start]] = {
            "import textual.app": lambda: ended(Program([sys.executable, "-c", "import textual.app"], plain)),
            "hello, world": lambda: painted(Program([sys.executable, str(PROGRAMS / "hello.py")], plain), "Hello"),
            "jobtui, 200 jobs": rows(few),
            "jobtui, 100,000 jobs": rows(many),
        }
        missing = _add_peers(contestants, tmp_path, plain)
        starts = interleaved(contestants)

    def wall(name: str) -> float:
        return median([start.wall_ms for start in starts[name]])

    def cpu(name: str) -> float:
        return median([start.cpu_ms for start in starts[name]])

    floor, few_ms = "import textual.app", wall("jobtui, 200 jobs")
    figures = [
        Figure("200 stored jobs, first rows", few_ms, "ms", wall(floor), floor, most_ratio=1.25),
        Figure("the same, CPU", cpu("jobtui, 200 jobs"), "ms", cpu(floor), floor),
        Figure("100,000 stored jobs, first rows", wall("jobtui, 100,000 jobs"), "ms", few_ms, "200", most_ratio=1.15),
        Figure("hello, world", wall("hello, world"), "ms", wall(floor), floor),
    ]
    for name, most_ratio in (("toolong", 0.7), ("harlequin", 0.35)):
        if name in starts:
            figures.append(Figure("200 stored jobs, first rows", few_ms, "ms", wall(name), name, most_ratio=most_ratio))
    tell("Start-up, exec to first rows (medians)", figures)
    if missing:
        pytest.skip("; ".join(missing))


def _add_peers(contestants: dict[str, Callable[[], Start]], folder: Path, plain: dict[str, str]) -> list[str]:
    log = folder / "some.log"
    log.write_text("".join(f"2026-11-22 12:00:{second:02} line {second}\n" for second in range(60)), encoding="utf-8")
    missing = []
    try:
        toolong = str(TOOLONG.installed())
        contestants["toolong"] = lambda: painted(Program([toolong, str(log)], plain, folder), "line 59")
    except NotInstalled as reason:
        missing.append(str(reason))
    try:
        harlequin = str(HARLEQUIN.installed())
        contestants["harlequin"] = lambda: painted(Program([harlequin], plain, folder), "Data Catalog")
    except NotInstalled as reason:
        missing.append(str(reason))
    return missing
