"""Downloads as the screen tells of them; pure, but for the environment that says where this runs."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path

import humanize
from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from jobtui.app.actions import OWN_KEYS, named
from jobtui.app.display import bar, rough_words
from jobtui.app.fetching import scp_line
from jobtui.core.errors import JobtuiError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Content, InlineFile, RemoteFile, Text
from jobtui.core.structs import replace
from jobtui.core.text import one_line
from jobtui.engine.port import DownloadProgress, SavedFile

_BAR_CELLS = 10
_NAME_CELLS = 40
_PART_CHARACTERS = 40
_TELLING_CHARACTERS = 8


class TransferState(Enum):
    """Where a download stands."""

    WAITING = auto()
    RUNNING = auto()
    SAVED = auto()
    FAILED = auto()
    STOPPED = auto()


class Transfer(Struct, eq=False):
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
    _origin: weakref.ref[Artifact] | None = None

    def __post_init__(self) -> None:
        self._origin = weakref.ref(self.artifact)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {TransferState.SAVED, TransferState.FAILED, TransferState.STOPPED}

    @property
    def origin(self) -> Artifact:
        """What it was begun with, as long as a result still holds that; what it keeps of it otherwise."""
        return (self._origin and self._origin()) or self.artifact

    def let_go(self) -> None:
        """Keep no content of what is over: results can be large, and lists of downloads long."""
        self.artifact = replace(self.artifact, content=_without_content(self.artifact.content))
        if self.saved is not None:
            self.saved = replace(self.saved, artifact=self.artifact)

    def advance(self, progress: DownloadProgress) -> None:
        """Take how far it is."""
        self.progress = progress


def file_name(job_id: JobId, artifact: Artifact) -> str:
    """Under what name an artifact is saved: it tells source and job, since files of all of them lie in one folder."""
    source, last = (_plain(part) for part in (job_id.source, job_id.native.rstrip("/").rpartition("/")[2]))
    # Most providers name files for the job already, some by the first part of a long id.
    short = last.partition("-")[0]
    begins = artifact.name.startswith((f"{last}-", f"{last}."))
    is_told = begins or (len(short) >= _TELLING_CHARACTERS and short in artifact.name)
    return "-".join(part for part in (source, "" if is_told else last, artifact.name) if part)


def _plain(text: str) -> str:
    return re.sub(r"[^\w.]+", "-", text).strip("-.")[-_PART_CHARACTERS:]


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


def transfer_line(
    transfer: Transfer, keys: Mapping[str, str] = OWN_KEYS, *, width: int | None = None
) -> tuple[str, str]:
    """One line about a download, and the theme's colour for it.

    Args:
        transfer: The download.
        keys: The user's own keys.
        width: The cells in which a saved file's name is to be in sight, as far as it can.
    """
    name = one_line(transfer.artifact.name, _NAME_CELLS)
    if transfer.saved is not None:
        size = size_words(transfer.saved.size_bytes)
        # Over SSH what fetches it is wanted more; the checksum stands with the file.
        rest = one_line(scp_line(transfer.saved.path), 600) or f"sha256 {transfer.saved.sha256[:12]}…"
        room = None if width is None else width - cell_len(f"✓  · {size}")
        return f"✓ {_fitted(transfer.saved.path, room)} · {size} · {rest}", "$text-success"
    if transfer.error is not None:
        return f"✗ {name}: {one_line(transfer.error.in_full, 400)}", "$text-error"
    if transfer.state is TransferState.STOPPED:
        return f"□ {name} stopped; {named('download', keys)} goes on with it if it can", "$text-muted"
    if transfer.state is TransferState.WAITING:
        return f"⋯ {name} waits for its turn", "$text-muted"
    return f"↓ {name}  {progress_words(transfer.progress)}", "$text-primary"


def _fitted(path: Path, width: int | None) -> str:
    """The path on a line, its folder cut in the middle where it is too long: the name tells one file from another."""
    folder, slash, name = (one_line(part, 300) for part in _short(path).rpartition("/"))
    room = cell_len(folder) if width is None else max(1, width - 1 - cell_len(name))
    if cell_len(folder) <= room:
        return f"{folder}{slash}{name}"
    begins = (room - 1) // 2
    end = set_cell_size(folder[::-1], room - 1 - begins)[::-1]
    return f"{set_cell_size(folder, begins)}…{end}/{name}"


def _short(path: Path) -> str:
    """The path with the home folder as `~`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _without_content(content: Content) -> Content:
    match content:
        case RemoteFile():
            return content
        case InlineFile():
            return InlineFile(b"")
        case _:
            return Text("")
