"""Downloads as the screen tells of them."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from jobtui.app.fetching import scp_line
from jobtui.app.transfers import Transfer, TransferState, file_name, progress_words, transfer_line
from jobtui.core.errors import DownloadError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, InlineFile, RemoteFile
from jobtui.core.structs import replace
from jobtui.engine.port import DownloadProgress, SavedFile

FILE = Artifact("clip.mp4", "video/mp4", RemoteFile("https://h/x"))
JOB = JobId("media", "1")
SSH = {"SSH_CONNECTION": "10.0.0.9 51234 10.0.0.2 22", "USER": "ada"}


@pytest.mark.parametrize(
    ("address", "name", "saved_as"),
    [
        ("graph:30711", "pagerank_1.csv", "graph-30711-pagerank_1.csv"),
        ("graph:1", "query_1.csv", "graph-1-query_1.csv"),
        ("evo:geostatistics/kriging/9b2f6c1e-5f0c-4d58", "kriging-9b2f6c1e.json", "evo-kriging-9b2f6c1e.json"),
        ("evo:geostatistics/kriging/9b2f6c1e-5f0c", "result.json", "evo-9b2f6c1e-5f0c-result.json"),
        ("media:minimax/31405", "31405-2.mp4", "media-31405-2.mp4"),
        ("farm:../..//x y%2F\x1b", "clip.mp4", "farm-x-y-2F-clip.mp4"),
        (f"{'s' * 90}:{'1' * 90}", "a.csv", f"{'s' * 40}-{'1' * 40}-a.csv"),
    ],
)
def test_a_saved_file_is_named_for_its_source_and_job_once(address: str, name: str, saved_as: str) -> None:
    source, _, native = address.partition(":")
    assert file_name(JobId(source, native), replace(FILE, name=name)) == saved_as


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (None, "asking for the file"),
        (DownloadProgress("x", 0, None, 0.0), "0 Bytes"),
        (DownloadProgress("x", 2048, None, 1024.0), "2.0 KiB · 1.0 KiB/s"),
        (
            DownloadProgress("x", 3 << 20, 6 << 20, float(1 << 20)),
            "━━━━━───── 50 % · 3.0 MiB of 6.0 MiB · 1.0 MiB/s · ~5 s left",
        ),
        (DownloadProgress("x", 9, 6, 0.0), "━━━━━━━━━━ 100 % · 9 Bytes of 6 Bytes"),
    ],
)
def test_progress_says_what_is_known_and_no_more(progress: DownloadProgress | None, words: str) -> None:
    assert progress_words(progress) == words


def test_each_state_has_its_own_sign_and_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    transfer = Transfer(JOB, FILE)
    assert transfer_line(transfer)[0] == "⋯ clip.mp4 waits for its turn"
    transfer.state = TransferState.RUNNING
    transfer.advance(DownloadProgress("clip.mp4", 10, None, 0.0))
    assert transfer_line(transfer)[0] == "↓ clip.mp4  10 Bytes"
    transfer.error = DownloadError("cut off", hint="Try again.")
    assert transfer_line(transfer)[0] == "✗ clip.mp4: cut off. Try again."
    transfer.saved = SavedFile(FILE, tmp_path / "a" / "clip.mp4", 2048, "0123456789abcdef" * 4)
    assert transfer_line(transfer)[0] == "✓ ~/a/clip.mp4 · 2.0 KiB · sha256 0123456789ab…"
    transfer.saved = replace(transfer.saved, path=tmp_path / "Projects" / "results" / "clip.mp4")
    assert transfer_line(transfer, width=39)[0].startswith("✓ ~/Projects/results/clip.mp4 · 2.0 KiB · ")
    assert transfer_line(transfer, width=38)[0].startswith("✓ ~/Projec…/results/clip.mp4 · 2.0 KiB · ")
    assert transfer_line(transfer, width=10)[0].startswith("✓ …/clip.mp4 · 2.0 KiB · ")
    transfer.saved = replace(transfer.saved, path=Path("clip.mp4"))
    assert transfer_line(transfer, width=10)[0].startswith("✓ clip.mp4 · 2.0 KiB · ")
    transfer.saved = replace(transfer.saved, path=tmp_path / "a" / "clip.mp4")
    monkeypatch.setenv("SSH_CONNECTION", SSH["SSH_CONNECTION"])
    monkeypatch.setenv("USER", "ada")
    assert transfer_line(transfer)[0] == f"✓ ~/a/clip.mp4 · 2.0 KiB · scp ada@10.0.0.2:{tmp_path}/a/clip.mp4 ."
    stopped = Transfer(JOB, FILE, TransferState.STOPPED)
    assert transfer_line(stopped)[0] == "□ clip.mp4 stopped; D goes on with it if it can"
    assert transfer_line(stopped, {"download": "f2"})[0] == "□ clip.mp4 stopped; F2 goes on with it if it can"


def test_j10_what_is_saved_holds_no_content_and_still_knows_what_it_was() -> None:
    artifact = Artifact("clip.mp4", "video/mp4", InlineFile(bytes(1000)))
    transfer = Transfer(JOB, artifact, TransferState.SAVED, saved=SavedFile(artifact, Path("/a"), 1000, "ab"))
    transfer.let_go()
    assert transfer.origin is artifact
    assert transfer.artifact.content == InlineFile(b"")
    assert transfer.saved is not None
    assert transfer.saved.artifact.content == InlineFile(b"")
    del artifact
    gc.collect()
    assert transfer.origin is transfer.artifact


def test_t2_a_hostile_name_is_harmless_in_its_line() -> None:
    line, _ = transfer_line(Transfer(JOB, Artifact("\x1b]52;c;AAAA\x07\n", "", RemoteFile())))
    assert line.isprintable()


@pytest.mark.parametrize(
    ("environment", "path", "line"),
    [
        (SSH, "/home/ada/a.mp4", "scp ada@10.0.0.2:/home/ada/a.mp4 ."),
        (SSH, "/home/ada/it's $(here).mp4", "scp 'ada@10.0.0.2:/home/ada/it'\"'\"'s $(here).mp4' ."),
        (SSH | {"SSH_CONNECTION": "::1 5 fe80::2%eth0 2222"}, "/a", "scp -P 2222 'ada@[fe80::2]:/a' ."),
        ({"USER": "ada"}, "/a", ""),
        (SSH | {"SSH_CONNECTION": "nonsense"}, "/a", ""),
    ],
)
def test_the_scp_line_can_be_pasted_into_a_shell(environment: dict[str, str], path: str, line: str) -> None:
    assert scp_line(Path(path), environment=environment) == line
    assert scp_line(environment=environment) == ""
