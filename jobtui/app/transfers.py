"""Downloads as the screen tells of them; pure, but for the environment that says where this runs."""

from __future__ import annotations

import getpass
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path

import humanize

from jobtui.app.display import bar, rough_words
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact
from jobtui.core.text import one_line
from jobtui.engine.port import DownloadProgress, SavedFile

_BAR_CELLS = 10
_NAME_CELLS = 40
_DEFAULT_SSH_PORT = "22"


class TransferState(Enum):
    """Where a download stands."""

    WAITING = auto()
    RUNNING = auto()
    SAVED = auto()
    FAILED = auto()


@dataclass(slots=True, eq=False)
class Transfer:
    """One artifact on its way to a file.

    `progress` is set from the engine's thread: one assignment of an immutable value, read when the screen is due.
    """

    job_id: JobId
    artifact: Artifact
    state: TransferState = TransferState.WAITING
    progress: DownloadProgress | None = None
    saved: SavedFile | None = None
    error: JobtuiError | None = None
    told: bool = False
    """Whether the user has taken its line away."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {TransferState.SAVED, TransferState.FAILED}

    def advance(self, progress: DownloadProgress) -> None:
        """Take how far it is."""
        self.progress = progress


def size_words(size_bytes: float) -> str:
    """A number of bytes to read, such as `1.4 MiB`."""
    return humanize.naturalsize(size_bytes, binary=True)


def progress_words(progress: DownloadProgress | None) -> str:
    """How far a download is: a bar and a share where the size is known, speed, and the time it will still take."""
    if progress is None:
        return "asking for the file"
    done, size = progress.done_bytes, progress.size_bytes
    words = size_words(done)
    if size:
        fraction = min(1.0, done / size)
        full, rest = bar(fraction, _BAR_CELLS)
        words = f"{full}{rest} {int(fraction * 100)} % · {words} of {size_words(size)}"
    if progress.bytes_per_s > 0:
        words += f" · {size_words(progress.bytes_per_s)}/s"
        if size and size > done:
            words += f" · {rough_words(timedelta(seconds=(size - done) / progress.bytes_per_s))} left"
    return words


def transfer_line(transfer: Transfer) -> tuple[str, str]:
    """One line about a download, and the theme's colour for it."""
    name = one_line(transfer.artifact.name, _NAME_CELLS)
    if transfer.saved is not None:
        size = size_words(transfer.saved.size_bytes)
        digest = transfer.saved.sha256[:12]
        return f"✓ {one_line(_short(transfer.saved.path), 300)} · {size} · sha256 {digest}…", "$text-success"
    if transfer.error is not None:
        return f"✗ {name}: {one_line(transfer.error.in_full, 400)}", "$text-error"
    if transfer.state is TransferState.WAITING:
        return f"⋯ {name} waits for its turn", "$text-muted"
    return f"↓ {name}  {progress_words(transfer.progress)}", "$text-primary"


def _short(path: Path) -> str:
    """The path with the home folder as `~`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def scp_line(path: Path, environment: Mapping[str, str] | None = None) -> str:
    """The line that fetches a file to the computer this session comes from; empty where it comes from none.

    The host is the one that the user's own ssh reached, by the address that this side saw.
    """
    environment = os.environ if environment is None else environment
    connection = environment.get("SSH_CONNECTION", "").split()
    if len(connection) != 4:
        return ""
    host, port = connection[2].partition("%")[0], connection[3]
    user = environment.get("USER") or getpass.getuser()
    host = f"[{host}]" if ":" in host else host
    port_words = f"-P {shlex.quote(port)} " if port != _DEFAULT_SSH_PORT else ""
    return f"scp {port_words}{shlex.quote(f'{user}@{host}:{path}')} ."
