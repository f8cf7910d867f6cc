"""One set of demo services for all tests of the command line, and `main` called as a shell would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jobtui.cli.main import main
from jobtui.core.clock import SystemClock
from jobtui.demo.services import DemoServices, DemoThread

SPEED = 25.0


@dataclass(frozen=True)
class Ran:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session")
def services() -> Iterator[DemoServices]:
    """Demo services over real HTTP, whose jobs live seconds."""
    demo = DemoServices(clock=SystemClock(), speed=SPEED)
    thread = DemoThread(demo)
    thread.start()
    yield demo
    thread.stop()


@pytest.fixture
def config(services: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration for the services, in place."""
    file = tmp_path / "config.toml"
    file.write_text(services.config_toml())
    file.chmod(0o600)
    monkeypatch.setenv("JOBTUI_CONFIG", str(file))
    return file


@pytest.fixture
def jobtui(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs one command line in this process."""

    def run(*arguments: str) -> Ran:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run
