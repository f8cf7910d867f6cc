"""The real program, set up on a canned service: configuration, store, environment, command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.lab.terminal import Program
from tests.benchmarks.lab.world import ORGANISATION, RUNNING, evo_jobs, fill_store, graph_jobs

CHECKOUT = Path(__file__).parents[3]
PROGRAMS = Path(__file__).parent / "programs"


def environment(home: Path) -> dict[str, str]:
    """A plain terminal with true colours, and a home folder of its own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(CHECKOUT),
    }


@dataclass(frozen=True, slots=True)
class Service:
    """A canned service that runs."""

    port: int
    process: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def control(self, what: str) -> dict[str, object]:
        """Ask it for a change, or for what it saw."""
        with urllib.request.urlopen(f"{self.url}/control/{what}", timeout=10) as answer:
            told: dict[str, object] = json.load(answer)
            return told

    def asked_at(self) -> dict[str, list[float]]:
        """When it was asked for what, in monotonic seconds."""
        told = self.control("stats")["asked_at"]
        assert isinstance(told, dict)
        return told


@contextmanager
def service(jobs: int, began_ms: int, *, running: int = RUNNING) -> Iterator[Service]:
    """A canned service in a process of its own."""
    arguments = ["--jobs", str(jobs), "--began-ms", str(began_ms), "--running", str(running)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.lab.service", *arguments],
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield Service(int(process.stdout.readline()), process.pid)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Stage:
    """One configured jobtui with its store."""

    home: Path
    config: Path
    service: Service
    count: int

    @property
    def environment(self) -> dict[str, str]:
        """What the program is started with."""
        return environment(self.home) | {"JOBTUI_DATA_DIR": str(self.home / "data")}

    def open(self, *arguments: str) -> Program:
        """The real program, to be entered."""
        command = [sys.executable, "-m", "jobtui", "--config", str(self.config), *arguments]
        return Program(command, self.environment, self.home)


def told_by(program: str, *arguments: str, environment: Mapping[str, str]) -> dict[str, float]:
    """Run one of the lab's programs to its end; gives the JSON object that it prints."""
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / program), *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, float] = json.loads(done.stdout)
    return told


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


@contextmanager
def graph_stage(home: Path, count: int, *, interval_s: float | None = None, running: int = RUNNING) -> Iterator[Stage]:
    """NebulaGraph jobs that the service lists and the store knows already; asked for as often as jobtui sees fit."""
    interval = "" if interval_s is None else f"interval = {interval_s}\n"
    began_ms = now_ms()
    with service(count, began_ms, running=running) as served:
        config = _config(
            home,
            f'[sources.graph]\nprovider = "nebula"\nbase_url = "{served.url}"\ntoken = "canned"\n'
            f"{interval}max_per_minute = 6000\n",
        )
        fill_store(home / "data", list(graph_jobs("graph", count, began_ms, running=running)))
        yield Stage(home, config, served, count)


@contextmanager
def evo_stage(
    home: Path, count: int, *, sources: Sequence[str] = ("evo",), max_per_minute: int = 6000, interval_s: float = 1.0
) -> Iterator[Stage]:
    """Evo jobs, to be asked for one by one."""
    began_ms = now_ms()
    with service(1, began_ms) as served:
        config = _config(
            home,
            "\n".join(
                f'[sources.{name}]\nprovider = "evo"\nbase_url = "{served.url}"\norg_id = "{ORGANISATION}"\n'
                f'token = "canned"\ninterval = {interval_s}\nmax_per_minute = {max_per_minute}\n'
                for name in sources
            ),
        )
        jobs = [job for name in sources for job in evo_jobs(name, count, began_ms)]
        fill_store(home / "data", jobs, tracked=True)
        yield Stage(home, config, served, count)


def _config(home: Path, text: str) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    config = home / "config.toml"
    config.write_text(text, encoding="utf-8")
    config.chmod(0o600)
    return config
