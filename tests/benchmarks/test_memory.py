"""Memory once the first screen is painted."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks.conftest import Tell
from tests.benchmarks.lab.rounds import interleaved, median
from tests.benchmarks.lab.stage import PROGRAMS, environment, graph_stage
from tests.benchmarks.lab.tables import Figure
from tests.benchmarks.lab.terminal import Program
from tests.benchmarks.lab.world import graph_name

_MANY = 100_000
_LOADING_S = 120.0


def test_memory(tmp_path: Path, tell: Tell) -> None:
    plain = environment(tmp_path)

    def at_paint(program: Program, *words: str) -> float:
        """Resident memory with the first of the words on the screen, or with the last where there are more."""
        with program:
            for word in words:
                program.wait_for(lambda screen, word=word: word in screen.text, _LOADING_S)  # type: ignore[misc]
            if len(words) > 1:
                program.read_for(2.0)
            return program.rss_mib

    table = [sys.executable, str(PROGRAMS / "data_table.py"), str(_MANY), "0"]
    with graph_stage(tmp_path / "few", 200) as few, graph_stage(tmp_path / "many", _MANY) as many:
        found = interleaved(
            {
                "hello": lambda: at_paint(Program([sys.executable, str(PROGRAMS / "hello.py")], plain), "Hello"),
                "few": lambda: at_paint(few.open(), graph_name(200)),
                "many": lambda: at_paint(many.open(), graph_name(_MANY), f"{_MANY:,} jobs"),
                "table": lambda: at_paint(Program(table, plain), "SOURCE", graph_name(_MANY)),
            },
            warm_up=False,
        )
    mib = {name: median(values) for name, values in found.items()}
    tell(
        "Resident memory",
        [
            Figure("first paint, 200 jobs", mib["few"], "MiB", mib["hello"], "hello, world", most_ratio=1.3),
            Figure(f"all {_MANY:,} jobs loaded", mib["many"], "MiB", mib["table"], "DataTable", most_ratio=0.6),
        ],
    )
