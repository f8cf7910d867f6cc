"""Whether polling is felt in the fingers."""

from __future__ import annotations

import time
from pathlib import Path

from tests.benchmarks.conftest import Tell
from tests.benchmarks.lab.keys import KeyTimes, cursor_times
from tests.benchmarks.lab.rounds import interleaved, median
from tests.benchmarks.lab.stage import Stage, evo_stage
from tests.benchmarks.lab.tables import Figure

_SOURCES = ("evo1", "evo2", "evo3", "evo4", "evo5", "evo6")
_FIRST = "kriging 9b2f"
_WARM_S = 3.0
_SPENT_S = 15.0
"""By then the first seconds' burst, of a tenth of all that a source may be asked in a minute, is over."""


def test_keys_while_polling(tmp_path: Path, tell: Tell) -> None:
    rates: list[float] = []

    def keys(stage: Stage, warm_s: float) -> KeyTimes:
        with stage.open() as program:
            program.wait_for(lambda screen: screen.find(_FIRST) is not None)
            program.read_for(warm_s)
            program.replay()
            stage.service.control("forget")
            began = time.monotonic()
            times = cursor_times(program, _FIRST)
            asked = sum(map(len, stage.service.asked_at().values()))
            rates.append(asked / (time.monotonic() - began))
            return times

    with (
        evo_stage(tmp_path / "rest", 500, sources=_SOURCES, interval_s=0) as resting,
        evo_stage(tmp_path / "busy", 500, sources=_SOURCES) as polling,
    ):
        found = interleaved(
            {"rest": lambda: keys(resting, _WARM_S), "polling": lambda: keys(polling, _SPENT_S)}, warm_up=False
        )
    rest, busy = found["rest"], found["polling"]
    tell(
        f"Down and Up while {max(rates):.0f} polls a second go on",
        [
            Figure("p50", median([run.p50 for run in busy]), "ms", median([run.p50 for run in rest]), "without"),
            Figure(
                "p95",
                median([run.p95 for run in busy]),
                "ms",
                median([run.p95 for run in rest]),
                "without",
                most_ratio=1.5,
            ),
        ],
    )
