"""A session on the demo services is recorded, and replayed to the command line as if the services were there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jobtui.core.clock import SystemClock
from jobtui.core.export import job_document
from jobtui.core.results import RemoteFile
from jobtui.core.states import JobState
from jobtui.demo.services import DemoServices
from jobtui.engine.engine import Engine
from jobtui.settings.load import load
from jobtui.wiring import wiring
from tests.cli.conftest import Ran

Jobtui = Callable[..., Ran]

WHEN = ("observed_at", "started_at", "finished_at", "eta_seconds", "eta_basis", "stale")
"""What depends on when somebody looked."""


@dataclass(frozen=True)
class Session:
    """What was seen while it was recorded."""

    file: Path
    jobs: dict[str, dict[str, Any]]
    rows: str
    """Address of a job with rows as its result."""
    video: str
    """Likewise of one that was downloaded."""
    downloaded: bytes
    cancelled: tuple[str, str]
    """Likewise of one that was cancelled, with its state in the service's word."""


def without_times(document: Any) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in WHEN}


async def recorded(services: DemoServices, config: Path, folder: Path) -> Session:
    file = folder / "session.rec"
    loaded = load(config, {})
    wired = wiring(loaded.settings, config_folder=config.parent, environ=os.environ).recorded_to(file)
    async with wired.engine(folder / "data", polling=False) as engine:
        for source in ("evo", "media"):
            await engine.track(source, [native for name, native in services.known_jobs if name == source])
        doomed = await engine.submit("graph", "3821817867", {})
        await engine.submit("media", "minimax/v1/video_generation", {"model": "MiniMax-Hailuo-02", "prompt": "waves"})
        await engine.cancel(doomed.id)
        await engine.refresh()
        rows = one(engine, "graph")
        await engine.fetch_result(rows, limit=200)
        video = one(engine, "media")
        artifact = next(
            each for each in (await engine.fetch_result(video)).artifacts if isinstance(each.content, RemoteFile)
        )
        saved = await engine.download(video, artifact, folder / "saved")
        cancelled = (await engine.fetch_job(doomed.id)).native_state
        await engine.refresh()
        jobs = engine.snapshot.jobs.values()
        documents = {str(job.id): without_times(job_document(job, SystemClock().now())) for job in jobs}
    assert wired.recorder is not None
    wired.recorder.close()
    return Session(file, documents, str(rows), str(video), saved.path.read_bytes(), (str(doomed.id), cancelled))


def one(engine: Engine, source: str) -> Any:
    """A job of the source that succeeded."""
    done = (job for job in engine.snapshot.jobs.values() if job.state is JobState.SUCCEEDED)
    return next(job.id for job in done if job.id.source == source)


@contextmanager
def replaying(file: Path, folder: Path) -> Iterator[dict[str, str]]:
    """The variables for a replay that is at its end already."""
    with subprocess.Popen(
        [sys.executable, "-m", "jobtui", "replay", str(file), "--serve", "--speed", "10000"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = ""
        while not printed.endswith("# ready\n"):
            line = process.stdout.readline()
            assert line, printed
            printed += line
        config = folder / "replay.toml"
        config.write_text(printed)
        config.chmod(0o600)
        data = re.search(r"JOBTUI_DATA_DIR=(.*)", printed)
        graph = re.search(r'base_url = "(.*)"', printed)
        assert data is not None
        assert graph is not None
        with pytest.raises(urllib.error.HTTPError, match="501") as refused:
            urllib.request.urlopen(graph[1])  # the recording's time begins with the first request
        refused.value.close()
        try:
            yield {"JOBTUI_CONFIG": str(config), "JOBTUI_DATA_DIR": data[1]}
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert not Path(data[1]).exists()


def test_a_recorded_session_is_replayed_to_the_same_jobs_and_results(
    services: DemoServices, config: Path, jobtui: Jobtui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = asyncio.run(recorded(services, config, tmp_path))
    live = jobtui("result", session.rows, "--format", "json").json
    with replaying(session.file, tmp_path) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        submitted = next(address for address, job in session.jobs.items() if job["name"].endswith("waves"))
        deadline = time.monotonic() + 10
        while submitted not in jobtui("list", "--cached").out:
            assert time.monotonic() < deadline, "it came to be watched in the session, so it does in the replay"
        address, word = session.cancelled
        assert jobtui("show", address, "--json").json["native_state"] == word
        listed = {job["address"]: without_times(job) for job in jobtui("list", "--json").json}
        assert listed == session.jobs
        rows = jobtui("result", session.rows, "--format", "json")
        assert (rows.code, rows.json) == (0, live)
        saved = jobtui("result", session.video, "--output", str(tmp_path / "again"))
        assert session.downloaded in [Path(line).read_bytes() for line in saved.out.splitlines()]
        refused = jobtui("submit", "evo", "geostatistics/kriging")
        assert refused.code == 3
        assert "is not in the recording" in refused.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("replay none.rec", "none.rec: can't be read"),
        ("replay there --serve", "there: line 1: it is broken off or isn't JSON A recording is what"),
        ("replay cut", "cut: line 2, the last one, is cut; all before it is replayed. jobtui: the screen can't open"),
        ("list --record there", "there is there already A recording overwrites nothing"),
        ("list --record no/folder", "no/folder can't be made"),
        ("--record new config path", "there is nothing to record: no service is asked"),
        ("demo --serve --record new", "there is nothing to record: --serve asks no service"),
        ("submissions --record new", "unrecognized arguments: --record"),
    ],
)
def test_what_can_not_be_recorded_or_replayed_is_2(
    arguments: str, words: str, jobtui: Jobtui, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert config.exists()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").write_text("mine")
    heading = '{"jobtui_recording": 1, "started_at": "2026-11-22T12:00:00Z", "sources": {"evo": {}}}'
    (tmp_path / "cut").write_text(heading + '\n{"at_s": 1.0')
    ran = jobtui(*arguments.split())
    assert (ran.code, ran.out) == (2, "")
    assert words in " ".join(ran.err.split())
    assert (tmp_path / "there").read_text() == "mine"
    assert not (tmp_path / "new").exists()


def test_a_verb_says_what_it_has_recorded(jobtui: Jobtui, config: Path, tmp_path: Path) -> None:
    assert config.exists()
    ran = jobtui("list", "--source", "graph", "--json", "--record", str(tmp_path / "a"))
    assert ran.json
    assert re.search(r"The recording .*/a holds \d+ requests with the answers\.\n", ran.err)
