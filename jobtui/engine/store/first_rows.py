# ruff: noqa: S608  (only column lists and question marks are put into statements, never values)
"""The rows of the first screen, read without waiting for anything else."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from jobtui.engine.snapshot import Snapshot
from jobtui.engine.store.rows import READ_COLUMNS, job_from_row
from jobtui.engine.store.schema import VERSION, version


def first_rows(path: Path, limit: int = 100, sources: Collection[str] | None = None) -> Snapshot:
    """The unfinished jobs, then the newest finished ones, by an index: as quick with 100,000 jobs as with 200.

    Args:
        path: The database; where it isn't there, or can't be read as it is, the snapshot is empty.
        limit: Jobs at most.
        sources: Only jobs of these; `None` is all.

    Returns:
        A snapshot that says that it isn't complete.
    """
    empty = Snapshot(complete=False)
    if not path.is_file():
        return empty
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=0.05, isolation_level=None)
    except sqlite3.Error:
        return empty
    try:
        if version(connection) != VERSION:
            return empty
        # Two questions that one index answers in order; asked as one, SQLite would sort the table.
        rows = connection.execute(
            f"SELECT {READ_COLUMNS} FROM jobs WHERE forgotten = 0 AND is_final = 0 ORDER BY recency DESC LIMIT ?",
            (limit,),
        ).fetchall()
        rows += connection.execute(
            f"SELECT {READ_COLUMNS} FROM jobs WHERE forgotten = 0 AND is_final = 1 ORDER BY recency DESC LIMIT ?",
            (limit - len(rows),),
        ).fetchall()
        shared: dict[str, str] = {}
        jobs = (job_from_row(row, shared) for row in rows)
        wanted = {job.id: job for job in jobs if sources is None or job.id.source in sources}
    except (sqlite3.Error, ValueError, TypeError):
        return empty
    finally:
        connection.close()
    return Snapshot(jobs=MappingProxyType(wanted), complete=False)
