"""What goes over the line: at rest, for a change, for a hundred changes a second, and for the first screen."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.conftest import Tell
from tests.benchmarks.lab.limit import change_bytes
from tests.benchmarks.lab.rounds import ROUNDS, interleaved, median
from tests.benchmarks.lab.stage import PROGRAMS, Stage, environment, graph_stage
from tests.benchmarks.lab.tables import Figure
from tests.benchmarks.lab.terminal import BLANK, Program
from tests.benchmarks.lab.world import graph_name

_SETTLED_S = 4.0
_IDLE_S = 10.0
_CHANGE_S = 2.5
_BUSY_S = 5.0


@dataclass(frozen=True, slots=True)
class Written:
    """What was written in a while."""

    sent: float
    limit: float
    """What an ideal encoder would have sent for the same."""
    cpu_percent: float


def written_in(program: Program, seconds: float) -> Written:
    """Let that much time pass."""
    program.replay()
    before, sent, cpu_s, began = (
        program.screen.picture(),
        program.bytes_written,
        program.cpu_fine_s,
        time.perf_counter(),
    )
    program.read_for(seconds)
    spent_s = time.perf_counter() - began
    cpu_percent = 100 * (program.cpu_fine_s - cpu_s) / spent_s
    limit = 0
    first = len(program.chunks)
    while first and program.chunks[first - 1].at > began:
        first -= 1
    for chunk in program.chunks[first:]:
        program.screen.feed(chunk.data)
        after = program.screen.picture()
        limit += change_bytes(before, after)
        before = after
    program.skip_replay()
    return Written(program.bytes_written - sent, limit, cpu_percent)


def settled(program: Program, words: str) -> None:
    """Wait for the first screen, and for what comes after it."""
    program.wait_for(lambda screen: screen.find(words) is not None)
    program.read_for(_SETTLED_S)
    assert not program.ended, b"".join(chunk.data for chunk in program.chunks[-3:]).decode(errors="replace")


def test_first_screen(tmp_path: Path, tell: Tell) -> None:
    def start(program: Program, words: str) -> Written:
        with program:
            settled(program, words)
            program.replay()
            return Written(program.bytes_written, change_bytes(BLANK, program.screen.picture()), 0)

    with graph_stage(tmp_path, 200) as stage:
        table = [sys.executable, str(PROGRAMS / "data_table.py"), "200", "0"]
        found = interleaved(
            {
                "jobtui": lambda: start(stage.open(), graph_name(200)),
                "DataTable": lambda: start(Program(table, environment(tmp_path)), graph_name(200)),
            }
        )
    figures = [
        Figure(
            f"{name}: start to settled first screen",
            median([one.sent for one in starts]),
            "B",
            median([one.limit for one in starts]),
            "cell-diffing limit",
            most_ratio=3.5 if name == "jobtui" else None,
        )
        for name, starts in found.items()
    ]
    tell("Bytes of the first screen", figures)


def test_rest_and_single_changes(tmp_path: Path, tell: Tell) -> None:
    resting: list[Written] = []
    typing: list[Written] = []
    single: list[Written] = []
    cells: list[Written] = []
    with (
        graph_stage(tmp_path / "calm", 200) as calm,
        graph_stage(tmp_path / "quick", 200, interval_s=1.0) as quick,
    ):
        for number in range(ROUNDS):
            with calm.open() as program:
                settled(program, graph_name(200))
                resting.append(written_in(program, _IDLE_S))
                program.press(b"/")
                program.read_for(1.0)
                typing.append(written_in(program, _IDLE_S))
            with quick.open() as program:
                settled(program, graph_name(200))
                single.append(_one_change(program, quick, place=1 + number % 4))
            table = [sys.executable, str(PROGRAMS / "data_table.py"), "200", "1"]
            with Program(table, environment(tmp_path)) as program:
                settled(program, graph_name(200))
                program.press(b"c")
                cells.append(written_in(program, _CHANGE_S))
    tell(
        "Bytes at rest and for a change",
        [
            Figure(
                f"at rest, {_IDLE_S:.0f} s",
                median([one.sent for one in resting]),
                "B",
                median([one.limit for one in resting]),
                "limit of the ages that changed",
                most=0 if not any(one.limit for one in resting) else None,
            ),
            Figure("CPU at rest", median([one.cpu_percent for one in resting]), "%", most=1),
            Figure(
                f"with a focused input, {_IDLE_S:.0f} s",
                median([one.sent for one in typing]),
                "B",
                median([one.limit for one in typing]),
                "limit of the ages that changed",
                most=0 if not any(one.limit for one in typing) else None,
            ),
            Figure("CPU with a focused input", median([one.cpu_percent for one in typing]), "%", most=1),
            Figure(
                "one visible job changes",
                median([one.sent for one in single]),
                "B",
                median([one.limit for one in single]),
                "cell-diffing limit",
                most=300,
            ),
            Figure("DataTable.update_cell once a second", median([one.sent for one in cells]) / _CHANGE_S, "B"),
        ],
    )


def _one_change(program: Program, stage: Stage, place: int) -> Written:
    stage.service.control(f"touch?place={place}")
    return written_in(program, _CHANGE_S)


def test_hundred_visible_changes_a_second(tmp_path: Path, tell: Tell) -> None:
    ours = [
        sys.executable,
        str(PROGRAMS / "changing.py"),
        "--jobs",
        "200",
        "--changing",
        "34",
        "--changes-per-s",
        "100",
    ]
    table = [sys.executable, str(PROGRAMS / "data_table.py"), "36", "100"]

    def run(arguments: list[str], words: str, *, by_signal: bool) -> Written:
        with Program(arguments, environment(tmp_path)) as program:
            settled(program, words)
            if by_signal:
                os.kill(program.process, signal.SIGUSR1)
            else:
                program.press(b"c")
            program.read_for(1.0)
            return written_in(program, _BUSY_S)

    found = interleaved(
        {
            "jobtui": lambda: run(ours, graph_name(200), by_signal=True),
            "DataTable": lambda: run(table, graph_name(36), by_signal=False),
        },
        warm_up=False,
    )
    figures = []
    for name, runs in found.items():
        is_ours = name == "jobtui"
        bytes_per_s = median([one.sent for one in runs]) / _BUSY_S
        limit_per_s = median([one.limit for one in runs]) / _BUSY_S
        most = 50_000 if is_ours else None
        figures += [
            Figure(f"{name}: bytes a second", bytes_per_s, "B", limit_per_s, "cell-diffing limit", most=most),
            Figure(f"{name}: CPU", median([one.cpu_percent for one in runs]), "%", most=5 if is_ours else None),
        ]
    tell("100 visible changes a second", figures)
