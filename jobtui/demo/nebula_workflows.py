"""The workflows that the demo's graph service can run, and the rows that their tasks leave behind."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from random import Random

from msgspec import Struct

Row = list[str]
"""One result row: text in every column, doubles with six decimals."""


class Component(Struct, frozen=True):
    """A step of a workflow; as part of a job it is called a task."""

    id: str
    """Stable over all jobs of the workflow."""
    name: str
    """What its author called it; not unique."""
    rows: int
    """How many rows its result has, about."""
    make_row: Callable[[Random, int], Row]
    """The row with this number."""
    needed: tuple[str, ...] = ()
    """Parameters that each submit has to give."""
    weight: float = 1.0
    """Its part of the workflow's run time, relative to the other components."""


class Workflow(Struct, frozen=True):
    """A saved sequence of components."""

    id: str
    """Decimal; most are too large for a signed 32-bit integer, as real ones are."""
    name: str
    """Jobs are named after it."""
    components: tuple[Component, ...]
    """In the order in which they run."""

    def boundaries(self) -> tuple[float, ...]:
        """Where each component begins, as a fraction of the run, and 1.0 at the end."""
        total = sum(component.weight for component in self.components)
        return (0.0, *(part / total for part in accumulate(component.weight for component in self.components)))


def sample_rows(component: Component, seed: int, limit: int) -> list[Row]:
    """The first rows of a task's result, the same ones each time they are asked for."""
    random = Random(f"{seed}:{component.id}")
    count = round(component.rows * random.uniform(0.7, 1.3))
    return [component.make_row(random, number) for number in range(min(count, limit))]


def _account(random: Random) -> str:
    return f"acct_{random.randint(10_000, 99_999)}"


def _rank(random: Random, number: int) -> Row:
    return [_account(random), f"{0.62 / (number + 1) ** 0.55 * random.uniform(0.97, 1.0):.6f}"]


def _label(random: Random, number: int) -> Row:
    return [_account(random), f"acct_{10_007 + 911 * random.randint(0, 11)}"]


def _suspect(random: Random, number: int) -> Row:
    return [*_rank(random, number), random.choice(("shared device", "circular transfer", "fresh account", "mule"))]


def _hops(random: Random, number: int) -> Row:
    return [f"station_{number + 100}", f"{random.choice((1, 2, 2, 3, 3, 3, 4, 4, 5, 7)):.6f}"]


def _pair(random: Random, number: int) -> Row:
    return [f"station_{100 + number // 12}", f"station_{random.randint(100, 400)}", f"{random.randint(1, 9):.6f}"]


def _overlap(random: Random, number: int) -> Row:
    supplier = ("Nordwind Freight", "Ærø Shipping", "Kestrel Metals", "東海物流", "Orbán és Fia", "Delta Paper")
    return [random.choice(supplier), random.choice(supplier), f"{random.random():.6f}"]


def _core(random: Random, number: int) -> Row:
    return [f"player{100 + number}", f"{random.choice((1, 2, 3, 3, 4, 5)):.6f}"]


def _triangles(random: Random, number: int) -> Row:
    return [f"player{100 + number}", f"player{random.randint(100, 150)}", f"player{random.randint(100, 150)}"]


WORKFLOWS = (
    Workflow(
        "3821817867",
        "fraud_rank",
        (
            Component("query_1", "Recent transfers", 180, _label, weight=0.6),
            Component("analytics_pagerank_2", "PageRank", 420, _rank, weight=2.0),
            Component("analytics_wcc_3", "Rings", 260, _label, weight=1.2),
            Component("query_4", "Suspects", 40, _suspect, weight=0.5),
        ),
    ),
    Workflow(
        "4216617528",
        "community_louvain",
        (
            Component("query_1", "Active accounts", 150, _label, weight=0.5),
            Component("analytics_louvain_2", "Louvain", 640, _label, weight=2.5),
        ),
    ),
    Workflow(
        "3992429968",
        "shortest_paths",
        (
            Component("analytics_sssp_1", "SSSP", 300, _hops, needed=("root",)),
            Component("analytics_apsp_2", "APSP", 794, _pair, weight=1.8),
        ),
    ),
    Workflow(
        "3533497370",
        "supplier_overlap",
        (
            Component("query_1", "Suppliers", 90, _overlap, weight=0.4),
            Component("analytics_jaccard_similarity_2", "Jaccard", 240, _overlap, needed=("ids1", "ids2")),
            Component("query_3", "Report", 12, _overlap, weight=0.3),
        ),
    ),
    Workflow(
        # Drawn with an early version of the service, which gave components UUIDs.
        "2874113309",
        "league_cores",
        (
            Component("8c171f70fb6f11ecac7e6da0662c195b", "KCore", 51, _core),
            Component("f93dea90fc3a11ecac7e6da0662c195b", "Triangles", 81, _triangles),
        ),
    ),
    Workflow("107", "label_spread", (Component("analytics_lpa_1", "LPA", 330, _label),)),
)
"""Every workflow of the demo; the open API can't create any."""
