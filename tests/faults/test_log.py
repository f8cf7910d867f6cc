"""The log: a fault of ours is written down where its owner alone can read it, without secrets, and never much."""

from __future__ import annotations

import asyncio
import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobtui.app.app import JobTui
from jobtui.cli.log_file import LOG_NAME, MAX_BYTES, LogFile, keep_log
from jobtui.core.redaction import Redactor
from jobtui.engine.snapshot import Health
from tests.app.scripted_engine import ScriptedEngine
from tests.engine.running import engine, status
from tests.fakes import FakeClock, FakeProvider

SECRET = "planted-7f3a9e2b"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogFile]:
    redactor = Redactor()
    redactor.register(SECRET)
    kept = keep_log(tmp_path / "data", redactor)
    yield kept
    for name in ("jobtui", "asyncio"):
        logging.getLogger(name).removeHandler(kept)
    kept.close()


def _written(log: LogFile) -> str:
    return log.path.read_text() if log.path.exists() else ""


def test_s1_s2_planted_secrets_reach_no_log_and_the_log_is_its_owners_alone(log: LogFile) -> None:
    assert not log.path.parent.exists()
    words = f"{SECRET} to https://user:pw-1234567@host/x?key=abcdefgh, Authorization: Bearer abcdefghijkl"
    try:
        raise RuntimeError(words)
    except RuntimeError:
        logging.getLogger("jobtui.engine.line").exception("it failed with %s", words)
    text = _written(log)
    assert text.count("https://[hidden]@host/x") == 2
    assert "in test_s1_s2" in text
    for secret in (SECRET, "pw-1234567", "abcdefgh"):
        assert secret not in text
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


def test_t2_t3_what_a_service_says_acts_on_no_terminal_and_begins_no_line_of_its_own(log: LogFile) -> None:
    logging.getLogger("jobtui").warning("\x1b]52;c;aGFjaw==\x07\u202e\n2026-01-01T00:00:00Z ERROR jobtui: made up")
    text = _written(log)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert [line[:4] for line in text.splitlines()][1:] == ["  20"]


def test_d7_the_log_stays_small(log: LogFile) -> None:
    for number in range(3_000):
        logging.getLogger("jobtui").error("%d %s", number, "x" * 500)
    files = sorted(log.path.parent.iterdir())
    assert [file.name for file in files] == [LOG_NAME, f"{LOG_NAME}.1"]
    assert all(file.stat().st_size <= MAX_BYTES for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert "2999 xxx" in _written(log)


def test_d3_a_log_that_cannot_be_written_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("no folder")
    kept = keep_log(tmp_path / "data")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    logging.getLogger("jobtui").error("lost")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / LOG_NAME).symlink_to(elsewhere)
    kept = keep_log(tmp_path / "linked")
    logging.getLogger("jobtui").error("lost too")
    assert elsewhere.read_text() == "mine"
    assert capfd.readouterr().err == ""
    for name in ("jobtui", "asyncio"):
        logging.getLogger(name).removeHandler(kept)


async def test_p1_a_bug_in_a_provider_leaves_its_frames_in_the_log(log: LogFile) -> None:
    clock = FakeClock()
    provider = FakeProvider("evo", clock, jobs={"1": [KeyError(SECRET)]})
    async with engine(clock, provider) as running:
        await running.track("evo", ["1"])
        await clock.advance(5)
        assert status(running, "evo").health is Health.BROKEN
    text = _written(log)
    assert "source evo: KeyError" in text
    assert "in fetch_job" in text
    assert SECRET not in text


async def test_p1_a_task_that_nobody_asked_for_its_fault_is_written_down_without_its_arguments(log: LogFile) -> None:
    loop = asyncio.get_running_loop()
    error = ValueError(f"with {SECRET}")
    loop.call_exception_handler({"message": "Task exception was never retrieved", "exception": error, "task": SECRET})
    text = _written(log)
    assert "never retrieved" in text
    assert SECRET not in text


async def test_p1_a_crash_of_the_app_leaves_a_traceback_without_variables(log: LogFile) -> None:
    class Broken(JobTui):
        def action_redraw(self) -> None:
            token = SECRET[::-1]
            raise RuntimeError(f"a fault of ours, {len(token)}")

    app = Broken(ScriptedEngine())
    assert not app.has_crashed

    async def crash() -> None:
        async with app.run_test() as pilot:
            await pilot.press("ctrl+l")

    with pytest.raises(RuntimeError):
        await crash()
    assert app.has_crashed
    text = _written(log)
    assert "RuntimeError: a fault of ours, 16" in text
    assert "in action_redraw" in text
    assert SECRET[::-1] not in text


def test_a_run_without_a_fault_loads_no_log_and_leaves_none(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import jobtui.cli.screen; from jobtui.cli.log_file import keep_log; "
        "keep_log(Path(sys.argv[1])); print({'logging.handlers', 'jobtui.core.redaction'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "set()"
    assert not (tmp_path / "data").exists()
