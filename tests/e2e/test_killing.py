"""kill -9 at random moments, with two processes at once: what was acknowledged is there afterwards."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import PROGRAM, REPOSITORY, START_S, Terminal, environment, run

ROUNDS = 25
SOAK_ROUNDS = int(os.environ.get("JOBTUI_KILL_ROUNDS", "500"))
"""How many `make soak` does."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """The demo services in a process of their own; gives the configuration that they printed."""
    config = tmp_path / "config.toml"
    process = subprocess.Popen(
        [*PROGRAM, "demo", "--serve", "--speed", "2"],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment(),
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        if line.strip() == "# ready":
            break
        lines.append(line)
    config.write_text("".join(lines))
    try:
        yield config
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.timeout(240)
def test_d1_d2_d10_25_rounds_of_kill_9_lose_nothing_that_was_acknowledged(served: Path, home: Path) -> None:
    _rounds(served, home, ROUNDS, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_d1_d2_d10_more_rounds_of_kill_9_lose_nothing_that_was_acknowledged(served: Path, home: Path) -> None:
    _rounds(served, home, SOAK_ROUNDS, seed=int(time.time()))


def _rounds(config: Path, home: Path, rounds: int, *, seed: int) -> None:
    chance = random.Random(seed)
    variables = environment(JOBTUI_CONFIG=str(config))
    store = home / "data" / "jobs.db"
    known = _known_jobs(config)
    acknowledged: set[str] = set()
    app: Terminal | None = None
    try:
        for number in range(rounds):
            if app is None:
                app = Terminal(PROGRAM, variables=variables)
                if number == 0:
                    app.wait_for("graph", within_s=START_S)
            writers = [_writer(variables, _command(chance, known)) for _ in range(2)]
            time.sleep(chance.uniform(0.05, 0.9))
            for writer in writers:
                if chance.random() < 0.7:
                    writer.kill()
            if number % 4 == 3:
                app.process.kill()
                app.close()
                app = None
            for writer in writers:
                out, err = writer.communicate(timeout=60)
                # Only whole lines count: half of one was acknowledged to nobody.
                lines = out.split("\n")[:-1]
                acknowledged.update(line for line in lines if re.fullmatch(r"(evo|media):\S+", line))
                assert "Traceback" not in err, err
            _is_whole(store, acknowledged)
    finally:
        if app is not None:
            app.process.kill()
            app.close()
    assert len(acknowledged) >= rounds // 5, "hardly anything was acknowledged: the rounds prove nothing"
    listed = run("list", "--cached", "--json", variables=variables)
    assert listed.returncode == 0, listed.stderr
    assert "damaged" not in listed.stderr
    assert acknowledged <= {job["address"] for job in json.loads(listed.stdout)}


SUBMIT = ("submit", "media", "minimax/v1/video_generation", "--param", "model=MiniMax-Hailuo-02", "--param", "prompt=a")


def _command(chance: random.Random, known: list[tuple[str, str]]) -> tuple[str, ...]:
    return ("track", *chance.choice(known)) if chance.random() < 0.4 else SUBMIT


def _known_jobs(config: Path) -> list[tuple[str, str]]:
    """What the demo's Evo and media service already do; their configuration tells."""
    lines = re.findall(r"^# jobtui track (\S+) (.+)$", config.read_text(), re.MULTILINE)
    return [(source, native) for source, natives in lines for native in natives.split()]


def _writer(variables: dict[str, str], arguments: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "jobtui", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        cwd=REPOSITORY,
    )


def _is_whole(store: Path, acknowledged: set[str]) -> None:
    if not store.exists():
        assert not acknowledged
        return
    with sqlite3.connect(store, timeout=10) as opened:
        assert opened.execute("PRAGMA quick_check").fetchone() == ("ok",)
        rows = opened.execute("SELECT source, native FROM jobs WHERE tracked = 1").fetchall()
    opened.close()
    missing = acknowledged - {f"{source}:{native}" for source, native in rows}
    assert not missing


def test_d10_two_processes_that_write_at_once_both_succeed(served: Path) -> None:
    variables = environment(JOBTUI_CONFIG=str(served))
    writers = [_writer(variables, SUBMIT) for _ in range(4)]
    outcomes = [(writer.communicate(timeout=60), writer.returncode) for writer in writers]
    assert [code for _, code in outcomes] == [0] * 4, outcomes
    listed = json.loads(run("list", "--cached", "--json", variables=variables).stdout)
    assert {out.strip() for (out, _), _ in outcomes} <= {job["address"] for job in listed}
