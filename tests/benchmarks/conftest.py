"""Where benchmarks put what they found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import pytest

from tests.benchmarks.lab.tables import Figure, table

_FOUND: list[tuple[str, Sequence[Figure]]] = []

Tell = Callable[[str, Sequence[Figure]], None]


@pytest.fixture(autouse=True)
def _only_where_processes_can_be_looked_into() -> None:
    if sys.platform != "linux":
        pytest.skip("the benchmarks read /proc")


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Prints a table, and keeps it for the summary."""

    def tell(title: str, figures: Sequence[Figure]) -> None:
        _FOUND.append((title, figures))
        with capsys.disabled():
            print(f"\n\n{table(title, figures)}\n", flush=True)  # noqa: T201

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which goals were missed: told, not failed, since a busy machine is no fault of the program."""
    judged = [(title, figure) for title, figures in _FOUND for figure in figures if figure.met is not None]
    missed = [(title, figure) for title, figure in judged if not figure.met]
    if judged:
        terminalreporter.section("goals")
        terminalreporter.write_line(f"{len(judged) - len(missed)} of {len(judged)} goals met")
    for title, figure in missed:
        ratio = "" if figure.ratio is None else f", {figure.ratio:.2f} x"
        terminalreporter.write_line(
            f"missed: {title}: {figure.what}: {figure.value:.4g} {figure.unit}{ratio} (goal {figure.goal})"
        )
