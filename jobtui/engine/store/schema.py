"""The shape of the database, and the way there from every earlier one."""

from __future__ import annotations

import sqlite3

from jobtui.core.errors import StoreError

_MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('revision', 0);

    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        native TEXT NOT NULL,
        provider TEXT NOT NULL,
        state TEXT NOT NULL,
        native_state TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        progress REAL,
        message TEXT NOT NULL,
        error TEXT,
        created_at INTEGER,
        started_at INTEGER,
        finished_at INTEGER,
        observed_at INTEGER,
        tasks TEXT,
        can_cancel INTEGER NOT NULL,
        misses INTEGER NOT NULL,
        handle TEXT,
        tracked INTEGER NOT NULL DEFAULT 0,
        forgotten INTEGER NOT NULL DEFAULT 0,
        is_final INTEGER NOT NULL,
        recency INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        writer INTEGER NOT NULL,
        UNIQUE (source, native)
    );
    CREATE INDEX jobs_by_recency ON jobs (forgotten, is_final, recency DESC);
    CREATE INDEX jobs_by_revision ON jobs (revision);

    CREATE TABLE bodies (
        job INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
        body BLOB NOT NULL
    );

    CREATE TABLE timeline (
        id INTEGER PRIMARY KEY,
        job INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
        at INTEGER NOT NULL,
        state TEXT NOT NULL,
        native_state TEXT NOT NULL,
        progress REAL,
        message TEXT NOT NULL
    );
    CREATE INDEX timeline_by_job ON timeline (job, at);

    CREATE TABLE durations (
        source TEXT NOT NULL,
        native TEXT NOT NULL,
        kind TEXT NOT NULL,
        finished_at INTEGER NOT NULL,
        running_s REAL,
        whole_s REAL,
        PRIMARY KEY (source, native)
    ) WITHOUT ROWID;
    CREATE INDEX durations_by_kind ON durations (source, kind, finished_at DESC);

    CREATE TABLE submissions (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        payload TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        process INTEGER NOT NULL,
        native TEXT,
        outcome TEXT NOT NULL
    );
    CREATE INDEX submissions_by_source ON submissions (source, id DESC);
    """,
    """
    ALTER TABLE jobs ADD COLUMN end_claimed INTEGER NOT NULL DEFAULT 0
    """,
    """
    ALTER TABLE jobs ADD COLUMN saved INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE jobs ADD COLUMN saver INTEGER;
    UPDATE jobs SET saved = 1 WHERE is_final = 1
    """,
    """
    ALTER TABLE submissions ADD COLUMN cloned_from TEXT;
    CREATE INDEX submissions_by_job ON submissions (source, native, cloned_from);
    CREATE INDEX submissions_by_origin ON submissions (source, cloned_from, id DESC, native)
        WHERE cloned_from IS NOT NULL
    """,
)
"""Never edited once released: a new shape is a new entry."""

VERSION = len(_MIGRATIONS)
"""Of the schema that this program writes."""


def migrate(connection: sqlite3.Connection, *, upto: int = VERSION) -> None:
    """Bring a database to the present shape, each step whole or not at all.

    Args:
        connection: In autocommit mode.
        upto: An earlier version to stop at.

    Raises:
        StoreError: A newer program made the file.
    """
    refuse_newer(connection)
    for number in range(version(connection), upto):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been quicker while this one waited for the lock.
            if version(connection) == number:
                for statement in _MIGRATIONS[number].split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def version(connection: sqlite3.Connection) -> int:
    """Of the file's shape; 0 is a new file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(connection: sqlite3.Connection) -> None:
    """Leave a file alone whose shape this program doesn't know.

    Raises:
        StoreError: A newer program made the file.
    """
    found = version(connection)
    if found > VERSION:
        raise StoreError(
            f"the job database has schema {found}, and this jobtui knows up to {VERSION}",
            hint="Use the newer jobtui that wrote it, or name another folder with JOBTUI_DATA_DIR.",
        )
