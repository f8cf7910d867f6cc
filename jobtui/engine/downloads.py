"""Putting results on the disk: whole and checked under their final name, or not under it at all."""

from __future__ import annotations

import asyncio
import csv
import errno
import fcntl
import hashlib
import io
import itertools
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from jobtui.core.clock import Clock
from jobtui.core.errors import DownloadError
from jobtui.core.jobs import JobId
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Rows, Text
from jobtui.engine.file_names import numbered, safe_name, shortened
from jobtui.engine.port import DownloadProgress, SavedFile
from jobtui.providers.base import Download

OpenDownload = Callable[[int, str], AbstractAsyncContextManager[Download]]
"""Opens a download, given the offset to resume at and the validator that must still hold."""

PART_SUFFIX = ".part"
_VALIDATOR_SUFFIX = ".part-validator"

_PIECE_BYTES = 1 << 20
_MARGIN_BYTES = 16 << 20
_REPORT_S = 0.2
_MOST_NUMBERS = 10_000
_SLOWEST_BYTES = 1000
_PATIENCE_S = 60.0
_PAGES = {"text/html": "a web page", "application/json": "JSON", "application/problem+json": "JSON"}
"""Media types of what tells people or programs of an error."""
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})

_T = TypeVar("_T")

_saves = itertools.count()

FreeBytes = Callable[[int], int]
"""How much an ordinary user may still write on the disk of an open folder."""


def free_bytes(directory: int) -> int:
    """As the system tells it."""
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize


def partial_files(folder: Path) -> tuple[Path, ...]:
    """Leftovers of downloads that were cut; an own one is resumed by the next download of the same artifact."""
    return tuple(sorted(path for path in folder.glob(f".*{PART_SUFFIX}*") if path.is_file() and not path.is_symlink()))


def cut_downloads(folder: Path, since: datetime) -> tuple[Path, ...]:
    """The partial files that no download holds right now, of those that grew after a moment."""
    cut: list[Path] = []
    for path in partial_files(folder):
        if path.name.endswith(PART_SUFFIX):
            # It may be gone meanwhile, or be somebody else's.
            with suppress(OSError), _unused(path) as unused:
                if unused and path.stat().st_mtime > since.timestamp():
                    cut.append(path)
    return tuple(cut)


def remove_partial_files(folder: Path) -> tuple[Path, ...]:
    """Delete the leftovers, but for those that a download holds right now; gives the partial files that are gone.

    Raises:
        DownloadError: One can't be deleted.
    """
    gone: list[Path] = []
    try:
        for path in partial_files(folder):
            if not path.name.endswith(PART_SUFFIX):
                continue
            with _unused(path) as unused:
                if unused:
                    path.with_name(path.name.removesuffix(PART_SUFFIX) + _VALIDATOR_SUFFIX).unlink(missing_ok=True)
                    path.unlink(missing_ok=True)
                    gone.append(path)
    except OSError as error:
        raise DownloadError(f"{folder} can't be cleaned: {error.strerror or type(error).__name__}") from error
    return tuple(gone)


class Downloader:
    """Writes artifacts into folders."""

    def __init__(self, clock: Clock, free: FreeBytes = free_bytes) -> None:
        self._clock = clock
        self._free = free

    async def save(self, artifact: Artifact, folder: Path) -> SavedFile:
        """Write an artifact that is there already.

        Raises:
            DownloadError: It can't be written.
        """
        content = await asyncio.to_thread(_encoded, artifact)

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        name = safe_name(artifact.name, artifact.media_type)
        # Not by its content: two jobs may leave the same at the same time.
        key = f"{os.getpid()}\n{next(_saves)}"
        with _folder(folder) as directory, _Part(directory, name, key) as part:
            room = _Room(self._free, directory, folder)
            part.restart()
            room.check(len(content))
            await self._receive(part, room, chunks(), len(content), name, None)
            return await _finished(part, artifact, folder, name)

    async def fetch(
        self,
        job_id: JobId,
        artifact: Artifact,
        folder: Path,
        open_download: OpenDownload,
        *,
        progress: Callable[[DownloadProgress], None] | None = None,
    ) -> SavedFile:
        """Stream a remote artifact to the disk, from where an earlier try was cut if the server still has the same.

        Raises:
            DownloadError: It can't be written, or isn't what was promised; what came is kept for the next try where
                it can be resumed.
            ProviderError: It can't be fetched.
        """
        name = safe_name(artifact.name, artifact.media_type)
        content = artifact.content
        file_id = content.file_id if isinstance(content, RemoteFile) else ""
        key = f"{job_id}\n{artifact.task_id}\n{artifact.role}\n{artifact.name}\n{file_id}"
        with _folder(folder) as directory, _Part(directory, name, key) as part:
            # Apart from the loop: all that is there is read, for its checksum.
            await asyncio.to_thread(part.resume)
            room = _Room(self._free, directory, folder)
            if not await self._take(part, room, artifact, name, open_download, progress):
                # The part fits nothing that the server has, and never will: once more, from the beginning.
                part.restart()
                if not await self._take(part, room, artifact, name, open_download, progress):
                    raise DownloadError(f"{name}: the server sent a part that wasn't asked for")
            return await _finished(part, artifact, folder, name)

    async def _take(
        self,
        part: _Part,
        room: _Room,
        artifact: Artifact,
        name: str,
        open_download: OpenDownload,
        progress: Callable[[DownloadProgress], None] | None,
    ) -> bool:
        """Receive what the part lacks; tells whether what the server sends goes on from what is there."""
        async with open_download(part.done_bytes, part.validator) as download:
            _refuse_page(artifact, download, name)
            if download.offset_bytes == 0:
                part.restart()
            elif not part.goes_on(download):
                return False
            size_bytes = download.size_bytes if download.size_bytes is not None else part.size_bytes
            part.remember(download.validator, size_bytes)
            if size_bytes is None:
                size_bytes = artifact.size_bytes or None
            room.check((size_bytes or 0) - part.done_bytes)
            await self._receive(part, room, download.chunks, size_bytes, name, progress)
            return True

    async def _receive(
        self,
        part: _Part,
        room: _Room,
        chunks: AsyncIterator[bytes],
        size_bytes: int | None,
        name: str,
        progress: Callable[[DownloadProgress], None] | None,
    ) -> None:
        began, began_bytes = self._clock.monotonic(), part.done_bytes
        reported = began
        received = part.done_bytes
        pace = _Pace(name, began)
        waiting: list[bytes] = []
        waiting_bytes = 0
        try:
            async for chunk in chunks:
                waiting.append(chunk)
                waiting_bytes += len(chunk)
                received += len(chunk)
                if size_bytes is not None and received > size_bytes:
                    waiting.clear()
                    part.restart()
                    raise DownloadError(f"{name}: the server sent more than the {size_bytes} bytes it promised")
                now = self._clock.monotonic()
                pace.take(len(chunk), now)
                if progress is not None and now - reported >= _REPORT_S:
                    reported = now
                    rate = (received - began_bytes) / (now - began)
                    progress(DownloadProgress(name, received, size_bytes, rate))
                if waiting_bytes >= _PIECE_BYTES:
                    piece, waiting, waiting_bytes = b"".join(waiting), [], 0
                    # Each time: a body without an end would fill the disk, and others write there as well.
                    await asyncio.to_thread(room.check, len(piece))
                    await _to_its_end(partial(part.write, piece))
        finally:
            # What came before a cut is worth keeping.
            part.write(b"".join(waiting))
        if size_bytes is not None and received != size_bytes:
            raise DownloadError(
                f"{name}: {received} of {size_bytes} bytes arrived", hint="Download it again: it goes on from there."
            )
        if progress is not None:
            span_s = self._clock.monotonic() - began
            progress(DownloadProgress(name, received, size_bytes, (received - began_bytes) / span_s if span_s else 0.0))


class _Room:
    """What is left on the disk that a download goes to."""

    def __init__(self, free: FreeBytes, directory: int, folder: Path) -> None:
        self._free = free
        self._directory = directory
        self._folder = folder

    def check(self, wanted_bytes: int) -> None:
        """Hold so many more bytes against it, and a margin that is left to everybody else."""
        left = self._free(self._directory)
        if max(0, wanted_bytes) + _MARGIN_BYTES > left:
            raise DownloadError(
                f"{self._folder} has {left} bytes free, and at least {max(0, wanted_bytes)} are to come",
                hint=f"Make room: {_MARGIN_BYTES} bytes are left free in any case.",
            )


class _Pace:
    """Ends what comes so slowly that it would never be done; a line without a single byte is the reader's to end."""

    def __init__(self, name: str, now: float) -> None:
        self._name = name
        self._since = now
        self._came_bytes = 0

    def take(self, came_bytes: int, now: float) -> None:
        """Count what came. Raises `DownloadError` when it was next to nothing for a minute."""
        self._came_bytes += came_bytes
        if now - self._since < _PATIENCE_S:
            return
        if self._came_bytes < _SLOWEST_BYTES:
            raise DownloadError(
                f"{self._name}: only {self._came_bytes} bytes came in {now - self._since:.0f} s",
                hint="Download it again: where the server lets it, it goes on from there.",
            )
        self._since, self._came_bytes = now, 0


class _Part:
    """The file that a download grows in, held by one process at a time."""

    def __init__(self, directory: int, name: str, key: str) -> None:
        self._directory = directory
        self._final = name
        tag = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
        self._stem = f".{shortened(name, 180)}.{tag}"
        self.name = self._stem + PART_SUFFIX
        self._file: io.FileIO | None = None
        self._digest = hashlib.sha256()
        self.done_bytes = 0
        self.validator = ""
        """What tells whether the server's file is still the same; empty where the part can't be gone on with."""
        self.size_bytes: int | None = None
        """Of the whole file, as the server told at first."""

    def __enter__(self) -> _Part:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        while self._file is None:
            descriptor = os.open(self.name, flags, 0o600, dir_fd=self._directory)
            file = io.FileIO(descriptor, "r+")
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                raise DownloadError(f"{self._final} is being downloaded already") from None
            if self._is_still_named(descriptor):
                self._file = file
            else:
                file.close()
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is None:
            return
        with self._file as file, suppress(OSError):
            descriptor = file.fileno()
            is_of_use = os.fstat(descriptor).st_size > 0 and self._read_facts()[0]
            if not is_of_use and self._is_still_named(descriptor):
                # It could never be gone on with, and would only lie about.
                self._forget_facts()
                os.unlink(self.name, dir_fd=self._directory)

    @property
    def descriptor(self) -> int:
        """Of the open file."""
        return self._open.fileno()

    @property
    def sha256(self) -> str:
        """Of all that is in the file, in hex digits."""
        return self._digest.hexdigest()

    def is_in(self, folder: Path) -> bool:
        """Whether the folder is still the one that was opened by this name."""
        try:
            return os.path.samestat(folder.stat(), os.fstat(self._directory))
        except FileNotFoundError:
            return False

    def resume(self) -> None:
        """Take what an earlier try left; nothing where there is no validator to compare with."""
        validator, size_bytes = self._read_facts()
        if not validator:
            self.restart()
            return
        self._open.seek(0)
        while piece := self._open.read(_PIECE_BYTES):
            self._digest.update(piece)
            self.done_bytes += len(piece)
        if self.done_bytes:
            self.validator, self.size_bytes = validator, size_bytes

    def goes_on(self, download: Download) -> bool:
        """Whether an answer is the rest of what is there: of the same file, and that of the same size."""
        sizes = {download.size_bytes, self.size_bytes} - {None}
        return (download.offset_bytes, download.validator) == (self.done_bytes, self.validator) and len(sizes) < 2

    def restart(self) -> None:
        """Begin with an empty file."""
        self._open.seek(0)
        self._open.truncate()
        self._digest = hashlib.sha256()
        self.done_bytes = 0
        self._forget_facts()

    def remember(self, validator: str, size_bytes: int | None) -> None:
        """Keep what tells whether the server's file is still the same."""
        if (validator, size_bytes) == (self.validator, self.size_bytes):
            return
        self._forget_facts()
        if not validator:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._stem + _VALIDATOR_SUFFIX, flags, 0o600, dir_fd=self._directory)
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{validator}\n{'' if size_bytes is None else size_bytes}".encode("utf-8", "replace"))
        self.validator, self.size_bytes = validator, size_bytes

    def write(self, piece: bytes) -> None:
        """Append bytes."""
        left = memoryview(piece)
        while left:
            written = self._open.write(left)
            self._digest.update(left[:written])
            self.done_bytes += written
            left = left[written:]

    def put_in_place(self, name: str) -> str:
        """Give the file its final name, or the next free one; nothing that is there is ever replaced."""
        os.fsync(self.descriptor)
        for number in range(1, _MOST_NUMBERS):
            final = numbered(name, number)
            try:
                self._take_name(final)
            except FileExistsError:
                continue
            self._forget_facts()
            os.fsync(self._directory)
            return final
        raise DownloadError(f"there are {_MOST_NUMBERS} files named {name} already")

    def _take_name(self, final: str) -> None:
        try:
            self._link_hard(final)
        except (FileExistsError, FileNotFoundError):
            raise
        except OSError:
            # A file system without hard links: claim the name, then move onto the empty file that is ours.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            os.close(os.open(final, flags, 0o600, dir_fd=self._directory))
            try:
                os.replace(self.name, final, src_dir_fd=self._directory, dst_dir_fd=self._directory)
            except OSError:
                os.unlink(final, dir_fd=self._directory)
                raise
        else:
            os.unlink(self.name, dir_fd=self._directory)

    def _link_hard(self, final: str) -> None:
        directory = self._directory
        os.link(self.name, final, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)

    def _is_still_named(self, descriptor: int) -> bool:
        """Whether the locked file is the part, and not one that its last holder just put in its final place."""
        try:
            named = os.stat(self.name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(descriptor))

    def _read_facts(self) -> tuple[str, int | None]:
        """The validator and the size that are kept beside the part."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._stem + _VALIDATOR_SUFFIX, flags, dir_fd=self._directory)
        except OSError:
            return "", None
        with os.fdopen(descriptor, "rb") as file:
            validator, _, size = file.read(1024).decode(errors="replace").partition("\n")
        return validator, int(size) if size.isascii() and size.isdecimal() else None

    def _forget_facts(self) -> None:
        self.validator, self.size_bytes = "", None
        with suppress(FileNotFoundError):
            os.unlink(self._stem + _VALIDATOR_SUFFIX, dir_fd=self._directory)

    @property
    def _open(self) -> io.FileIO:
        if self._file is None:
            raise DownloadError("the file isn't open")
        return self._file


@contextmanager
def _unused(path: Path) -> Iterator[bool]:
    """Hold a partial file, unless a download does."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextmanager
def _folder(folder: Path) -> Iterator[int]:
    """The folder, held open so that it can't be swapped for another meanwhile; faults of the disk in our words."""
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            words = "it is a link that leads nowhere" if folder.is_symlink() else "it is no folder"
            raise DownloadError(f"{folder} can't be written to: {words}") from None
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield directory
        finally:
            os.close(directory)
    except OSError as error:
        hint = "Make room, then download it again." if error.errno in _NO_SPACE else ""
        words = error.strerror or type(error).__name__
        raise DownloadError(f"{folder} can't be written to: {words}", hint=hint) from error


async def _finished(part: _Part, artifact: Artifact, folder: Path, name: str) -> SavedFile:
    if not part.is_in(folder):
        raise DownloadError(f"{folder} was moved or removed while {name} came", hint="Download it again.")
    final = await _to_its_end(partial(part.put_in_place, name))
    return SavedFile(artifact, folder / final, part.done_bytes, part.sha256)


async def _to_its_end(call: Callable[[], _T]) -> _T:
    """Run something in a thread that nobody may cut: the file is closed by who is cancelled meanwhile."""
    running = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        # Looked at, so that nobody is told of a fault that the one who left wouldn't hear of.
        running.exception()
        raise


def _refuse_page(artifact: Artifact, download: Download, name: str) -> None:
    """A web page or JSON in place of a video tells of an error, whatever its status said."""
    got = download.media_type.partition(";")[0].strip().lower()
    wanted = artifact.media_type.partition(";")[0].strip().lower()
    if got in _PAGES and wanted.partition("/")[0] in {"video", "image", "audio"}:
        raise DownloadError(f"{name}: the link gave {_PAGES[got]} and no {wanted}", hint="The link may have expired.")


def _encoded(artifact: Artifact) -> bytes:
    match artifact.content:
        case InlineFile(content):
            return content
        case Text(text):
            return text.encode("utf-8", "replace")
        case Document(value):
            return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
        case Rows() as rows:
            return _csv(rows)
        case RemoteFile():
            raise DownloadError(f"{artifact.name} has to be fetched")


def _csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows.columns)
    writer.writerows(rows.rows)
    return text.getvalue().encode("utf-8", "replace")
