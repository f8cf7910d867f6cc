"""Over a real SSH line: open, watch, cancel, drop the line, come back, nothing lost."""

from __future__ import annotations

import json
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobtui.core.clock import SystemClock
from jobtui.demo.services import DemoServices, DemoThread
from tests.e2e.hands import ask_to_cancel, filter_jobs, selected
from tests.e2e.ssh import SshServer, missing_for_ssh
from tests.e2e.terminal import PROGRAM, REPOSITORY, START_S, environment, run, terminal, wait_until
from tests.e2e.tmux import Tmux


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshServer]:
    if why := missing_for_ssh():
        pytest.skip(why)
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    server = SshServer(folder)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoServices]:
    services = DemoServices(clock=SystemClock(), speed=0.2)
    thread = DemoThread(services)
    thread.start()
    (tmp_path / "config.toml").write_text(services.config_toml())
    try:
        yield services
    finally:
        thread.stop()


def _line(tmp_path: Path, home: Path, program: str) -> str:
    """What is run over there: a login's environment has nothing of this test's."""
    variables = {
        "HOME": str(home),
        "JOBTUI_CONFIG": str(tmp_path / "config.toml"),
        "JOBTUI_DATA_DIR": str(home / "data"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY),
    }
    words = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    return f"cd {shlex.quote(str(REPOSITORY))} && exec env {words} {program}"


def test_p2_a_line_that_drops_ends_the_program_and_keeps_the_store_whole(
    ssh: SshServer, demo: DemoServices, tmp_path: Path, home: Path
) -> None:
    program = shlex.join(PROGRAM)
    pid_file = tmp_path / "pid"
    line = _line(tmp_path, home, f"sh -c {shlex.quote(f'echo $$ > {pid_file}; exec {program}')}")
    with terminal(*ssh.command(line), columns=120, rows=40) as term:
        term.wait_for("fraud_rank", within_s=START_S)
        term.process.kill()
        pid = int(pid_file.read_text())
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), what="the end of the program", within_s=15)
    with sqlite3.connect(home / "data" / "jobs.db") as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store.execute("SELECT COUNT(*) FROM jobs").fetchone()[0] >= 25
    store.close()


@pytest.mark.timeout(180)
def test_p4_open_watch_cancel_drop_come_back_with_tmux(
    ssh: SshServer, demo: DemoServices, tmux: Tmux, tmp_path: Path, home: Path
) -> None:
    attach = [*tmux.command, "new-session", "-A", "-s", "work", shlex.join(PROGRAM)]
    line = _line(tmp_path, home, shlex.join(attach))
    with terminal(*ssh.command(line), columns=140, rows=40) as first:
        first.wait_for("fraud_rank", within_s=START_S)
        filter_jobs(first, "state:running source:graph")
        address = selected(first.wait_for(lambda text: selected(text).startswith("graph:")))
        ask_to_cancel(first)
        first.press("y")
        first.wait_for(lambda text: "Cancel this job" not in text)
        wait_until(lambda: _state(tmp_path, address) in {"cancelled", "cancelling"}, what="the cancel", within_s=20)
        # The line breaks: no farewell, no signal from this side.
        first.process.kill()
    with terminal(*ssh.command(line), columns=100, rows=30) as again:
        again.wait_for("graph", within_s=START_S)
        for column in range(60, 100):
            again.send(b"\x1b[M" + bytes([67, 32 + column, 40]))
        # It was kept as it was left, the filter too, and answers.
        again.wait_for("state:running source:graph")
        again.press("\x1b")
        again.wait_for(lambda text: "state:running" not in text and "succeeded" in text)
        again.press("q")
        again.wait_for_exit(15)
    assert _state(tmp_path, address) in {"cancelled", "cancelling"}


def _state(tmp_path: Path, address: str) -> str:
    listed = run("list", "--json", variables=environment(JOBTUI_CONFIG=str(tmp_path / "config.toml")))
    jobs = {job["address"]: job["state"] for job in json.loads(listed.stdout or "[]")}
    return str(jobs.get(address, ""))
