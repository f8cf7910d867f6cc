"""Rules of the house that import-linter can't see: what importing costs, and who asks the machine for time."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jobtui

PACKAGE = Path(jobtui.__file__).parent

HEAVY = ("aiohttp", "httpx", "pydantic", "pydantic_settings", "rich", "textual")
"""Libraries that cost a quick command more than all the rest together."""


def modules_loaded_by(statement: str) -> set[str]:
    """Top-level names of all modules in a fresh interpreter once the statement has run."""
    script = f"{statement}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n{script}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["jobtui", "jobtui.__main__", "jobtui.cli.main", "jobtui.core.jobs", "jobtui.engine.port"]
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    loaded = modules_loaded_by(f"import {module}")
    assert "jobtui" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_measure_of_heavy_imports_sees_one() -> None:
    assert "httpx" in modules_loaded_by("import httpx")


def sources(folder: str) -> list[Path]:
    """Every module below a folder of the package."""
    return sorted((PACKAGE / folder).rglob("*.py"))


def imported_roots(tree: ast.AST) -> Iterator[str]:
    """Top-level names of what a module imports, at any depth of its code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module.partition(".")[0]


def clock_readings(tree: ast.AST) -> Iterator[str]:
    """Calls that ask the machine what time it is, such as `datetime.now`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            call = f"{node.func.value.id}.{node.func.attr}"
            if call in CLOCK_READINGS:
                yield f"line {node.lineno}: {call}"


CLOCK_READINGS = frozenset(
    {
        "date.today",
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "time.monotonic",
        "time.perf_counter",
        "time.time",
    }
)


@pytest.mark.parametrize("path", sources("core"), ids=lambda path: path.stem)
def test_core_imports_the_standard_library_structs_and_itself(path: Path) -> None:
    roots = set(imported_roots(ast.parse(path.read_text())))
    # Of msgspec what data is made of, and nothing that reads or writes.
    assert roots <= sys.stdlib_module_names | {"jobtui", "msgspec"}


@pytest.mark.parametrize("folder", ["core", "demo", "engine", "providers"])
def test_only_the_clock_asks_the_machine_for_time(folder: str) -> None:
    """What these floors do is replayed in tests by a clock of the test's own."""
    found = {
        f"{path.relative_to(PACKAGE)} {reading}"
        for path in sources(folder)
        if path != PACKAGE / "core" / "clock.py"
        for reading in clock_readings(ast.parse(path.read_text()))
    }
    assert found == set()


def test_the_measure_of_clock_readings_sees_one() -> None:
    assert list(clock_readings(ast.parse("x = datetime.now(UTC)"))) == ["line 1: datetime.now"]
