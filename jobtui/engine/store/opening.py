"""Opening the database file: private, whole, and of a shape that is known, or else set aside."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from jobtui.core.errors import StoreError
from jobtui.engine.store.schema import VERSION, migrate, refuse_newer, version

_BUSY_S = 5.0


class Opened(Struct, frozen=True):
    """A connection, and what the user must know about it."""

    connection: sqlite3.Connection
    lasting: bool
    """False where the jobs live in memory alone."""
    notice: str = ""


def open_database(path: Path | None, now: datetime, *, busy_s: float = _BUSY_S) -> Opened:
    """Open, check and migrate the file; what can't be written is read into memory.

    Args:
        path: `None` is a database in memory, wanted so.
        now: For the name of a file that is set aside.
        busy_s: How long to wait for another process that is writing.

    Raises:
        StoreError: A newer program made the file.
    """
    if path is None:
        return Opened(_in_memory(), lasting=False)
    notice = ""
    try:
        _make_private(path)
        try:
            return Opened(_open_file(path, busy_s), lasting=True)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            aside = _set_aside(path, now)
            notice = f"The job database was damaged; it was set aside as {aside.name} and a new one begun."
            _make_private(path)
            return Opened(_open_file(path, busy_s), lasting=True, notice=notice)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Opened(
            _read_into_memory(path),
            lasting=False,
            notice=f"{path} can't be written ({reason}): what is new is lost when jobtui ends.",
        )


def _make_private(path: Path) -> None:
    """Folder and file for their owner alone before SQLite sees them: it gives WAL and SHM the mode of the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _open_file(path: Path, busy_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
    try:
        refuse_newer(connection)
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"database disk image is malformed: {verdict}")
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection)
        # Proves that writing works, so that a read-only file or a full disk is found now.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE meta SET value = value WHERE key = 'revision'")
        connection.execute("COMMIT")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
    except (sqlite3.Error, StoreError):
        connection.close()
        raise
    return connection


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    # Busy, full and read-only are OperationalErrors; a missing table in a file that says it has our shape is damage.
    if isinstance(error, sqlite3.OperationalError):
        return "no such table" in str(error) or "no such column" in str(error) or "malformed" in str(error)
    return True


def _set_aside(path: Path, now: datetime) -> Path:
    stem = f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}"
    aside, number = path.with_name(stem), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(aside.with_name(aside.name + suffix))
    return aside


def _in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _read_into_memory(path: Path) -> sqlite3.Connection:
    """A copy of a file that can be read though not written; empty where not even that works."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        try:
            file = sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True, timeout=_BUSY_S)
        except sqlite3.Error:
            continue
        try:
            if 0 < version(file) <= VERSION:
                file.backup(memory)
                break
        except sqlite3.Error:
            continue
        finally:
            file.close()
    if version(memory) and memory.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        memory.close()
        return _in_memory()
    # A copy keeps the file's journal mode in its header, which memory can't follow.
    memory.execute("PRAGMA journal_mode = MEMORY")
    migrate(memory)
    memory.execute("PRAGMA foreign_keys = ON")
    return memory
