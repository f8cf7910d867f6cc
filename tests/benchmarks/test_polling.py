"""What it costs to keep jobs fresh, and whether a source's budget is kept."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tests.benchmarks.conftest import Tell
from tests.benchmarks.lab.rounds import interleaved, median
from tests.benchmarks.lab.stage import environment, evo_stage, graph_stage, told_by
from tests.benchmarks.lab.tables import Figure
from tests.benchmarks.lab.world import ORGANISATION, evo_id

_SOURCES = ("evo1", "evo2", "evo3", "evo4", "evo5", "evo6")
"""A source makes 100 requests a second at most, so several of them are needed for 500."""

_MANY = 10_000
_BUDGET = 600
_BUDGET_S = 75.0


def test_cpu_per_poll(tmp_path: Path, tell: Tell) -> None:
    with evo_stage(tmp_path, 500, sources=_SOURCES) as stage:
        url = f"{stage.service.url}/compute/orgs/{ORGANISATION}/{evo_id(1)}/status"

        def ours() -> tuple[float, float]:
            spent = told_by("engine_alone.py", str(stage.config), environment=stage.environment)
            return 1000 * spent["cpu_s"] / spent["requests"], spent["requests"] / spent["wall_s"]

        def naive() -> tuple[float, float]:
            spent = told_by("naive_client.py", url, "4", environment=environment(tmp_path))
            return 1000 * spent["cpu_s"] / spent["requests"], spent["requests"] / spent["wall_s"]

        found = interleaved({"engine": ours, "naive": naive}, warm_up=False)
    tell(
        "CPU per poll",
        [
            Figure(
                "the whole engine: ask, read, merge, publish, store",
                median([ms for ms, _ in found["engine"]]),
                "ms",
                median([ms for ms, _ in found["naive"]]),
                "naive httpx, 20 connections",
                most_ratio=0.3,
                note=f"{median([rate for _, rate in found['engine']]):.0f} polls/s",
            )
        ],
    )


def test_ten_thousand_jobs_through_lists(tmp_path: Path, tell: Tell) -> None:
    interval_s = 5.0
    with graph_stage(tmp_path, _MANY, interval_s=interval_s, running=_MANY) as stage:

        def read() -> float:
            spent = told_by("list_reader.py", str(stage.config), "3", environment=stage.environment)
            assert spent["jobs"] == _MANY
            return 100 * spent["cpu_s"] / interval_s

        def whole() -> float:
            spent = told_by("engine_alone.py", str(stage.config), "--seconds", "15", environment=stage.environment)
            return 100 * spent["cpu_s"] / spent["wall_s"]

        found = interleaved({"read": read, "whole": whole}, warm_up=False)
    tell(
        f"{_MANY:,} running jobs kept fresh at {interval_s:.0f} s through list calls",
        [
            Figure("fetch and decode", median(found["read"]), "% of a core", most=5),
            Figure("the whole engine, store included", median(found["whole"]), "% of a core"),
        ],
    )


def test_ten_thousand_jobs_one_by_one(tmp_path: Path, tell: Tell) -> None:
    with evo_stage(tmp_path, _MANY, max_per_minute=_BUDGET, interval_s=5.0) as stage, stage.open() as program:
        program.read_for(_BUDGET_S)
        program.replay()
        asked_at = stage.service.asked_at()
        program.read_for(0.5)
        program.replay()
        says_oldest = "oldest" in program.screen.text
    moments = sorted(moment for moments in asked_at.values() for moment in moments)
    most = max(sum(1 for other in moments if moment <= other < moment + 60) for moment in moments)
    repeated = [b - a for times in asked_at.values() for a, b in pairwise(sorted(times))]
    tell(
        f"{_MANY:,} jobs with one GET each, {_BUDGET} requests a minute allowed",
        [
            Figure("most requests in any 60 s", most, "", most=_BUDGET, least=_BUDGET * 0.8),
            Figure("jobs looked at", len(asked_at), note=f"{_BUDGET_S:.0f} s"),
            Figure("shortest time between two looks at one job", min(repeated, default=0.0), "s"),
            Figure("the screen tells the oldest look (1 is yes)", int(says_oldest), least=1),
        ],
    )
