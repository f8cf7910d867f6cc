"""What is longer than a terminal's clipboard."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jobtui.app.terminal import MOST_CLIPBOARD_BYTES
from tests.app.conftest import Open, Opened
from tests.app.scripted_engine import ScriptedEngine


async def saved(app: Opened, group: str = "download") -> None:
    """Let the file be written, or the program take the text."""
    workers = [worker for worker in app.app.workers if worker.group == group]
    if workers:  # An empty list would mean all.
        await app.app.workers.wait_for_complete(workers)
    await app.settle()


async def test_p9_what_is_too_long_for_the_clipboard_is_saved_as_a_private_file_and_said(
    opened: Open, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.url = "https://example.test/" + "x" * MOST_CLIPBOARD_BYTES
    folder = tmp_path / "saved"
    async with opened(download_dir=folder) as app:
        await app.press("o")
        await saved(app)
        (file,) = folder.iterdir()
        assert file.name == "evo-9b2f-clipboard.txt"
        assert file.read_text(encoding="utf-8") == engine.url
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "Too long for a terminal's clipboard, 75,015 characters" in app.said()
        assert str(file) in app.said()
        assert app.terminal == []


async def test_p9_a_file_that_can_not_be_written_is_said_too(
    opened: Open, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.url = "x" * (MOST_CLIPBOARD_BYTES + 1)
    (tmp_path / "saved").write_text("no folder")
    async with opened(download_dir=tmp_path / "saved") as app:
        await app.press("o")
        await saved(app)
        assert "Too long for a terminal's clipboard" in app.said()
        assert "saved as" not in app.said()


async def test_a_program_of_this_machine_s_takes_what_is_copied_however_long(
    opened: Open, engine: ScriptedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "wl-copy"
    program.write_text(f"#!/bin/sh\nexec cat >{tmp_path}/taken\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    engine.url = "https://example.test/" + "x" * MOST_CLIPBOARD_BYTES
    async with opened(clipboard="auto") as app:
        await app.press("o")
        await saved(app, "clipboard")
        assert app.said().startswith("Copied with wl-copy: https://example.test/x")
        assert app.terminal == []
    assert (tmp_path / "taken").read_text() == engine.url
