# ruff: noqa: S608  (only column lists and question marks are put into statements, never values)
"""Every statement of the store. Belongs to one thread."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.states import JobState
from jobtui.engine.estimate import History
from jobtui.engine.port import Kin, SubmitRecord
from jobtui.engine.reconcile import CLOCK_SLACK, LATE
from jobtui.engine.snapshot import Change
from jobtui.engine.store.records import Batch, Duration, Loaded, Retention, StoredJob, Unsettled
from jobtui.engine.store.rows import (
    COLUMNS,
    READ_COLUMNS,
    Row,
    from_microseconds,
    job_from_row,
    job_values,
    text,
    to_microseconds,
)

MAX_BODY_BYTES = 256 * 1024
"""Longer bodies aren't kept: they are asked for again when someone wants to see them."""

_HISTORY = 50
_SUBMISSIONS_KEPT = 500
_ABANDONED = timedelta(minutes=10)
_FINAL = ", ".join(f"'{state.value}'" for state in JobState if state.is_final)

_UPSERT = f"""
    INSERT INTO jobs ({COLUMNS}, is_final, recency, revision, writer)
    VALUES ({", ".join("?" * 22)})
    ON CONFLICT (source, native) DO UPDATE SET
        ({COLUMNS}, is_final, revision, writer, recency)
        = (excluded.source, excluded.native, excluded.provider, excluded.state, excluded.native_state, excluded.name,
           excluded.kind, excluded.progress, excluded.message, excluded.error, excluded.created_at, excluded.started_at,
           excluded.finished_at, excluded.observed_at, excluded.tasks, excluded.can_cancel, excluded.misses,
           excluded.handle, excluded.is_final, excluded.revision, excluded.writer,
           COALESCE(excluded.created_at, recency)),
        end_claimed = CASE excluded.is_final WHEN 1 THEN jobs.end_claimed ELSE 0 END,
        saved = CASE excluded.is_final WHEN 1 THEN jobs.saved ELSE 0 END
    WHERE jobs.forgotten = 0 AND (
        jobs.observed_at IS NULL
        OR excluded.observed_at + {LATE // timedelta(microseconds=1)} * (
            (excluded.is_final AND excluded.state <> 'lost') - (jobs.is_final AND jobs.state <> 'lost')
        ) >= jobs.observed_at
        OR (excluded.observed_at IS NOT NULL AND (jobs.writer = excluded.writer OR jobs.observed_at > ?)))
"""
"""The newest observation wins; an end does over what was asked before it, though answered after. A process' own always
replaces its earlier one, and one from a future that a wrong clock made up never blocks the present. What a user forgot,
in whichever process, stays as it is."""

_JOB = "(SELECT id FROM jobs WHERE source = ? AND native = ?)"
_LOOKED_AT = "looked_at:"


class Database:
    """The tables, over an open connection."""

    def __init__(self, connection: sqlite3.Connection, *, writer: int, retention: Retention) -> None:
        self._connection = connection
        self._writer = writer
        self._retention = retention
        self._seen_revision = 0
        self._seen_version = -1

    def close(self) -> None:
        """Close the connection; the last one folds the WAL into the file."""
        self._connection.close()

    def load(self, sources: Collection[str], now: datetime) -> Loaded:
        """Clear out what is past its time, and read all that belongs to the sources."""
        # On a full disk it can be read all the same; the next write tells of that.
        with suppress(sqlite3.OperationalError):
            self._give_up_abandoned(now)
            self.tidy(now)
        self._seen_version = self._data_version()
        self._seen_revision = self._meta("revision") or 0
        shared: dict[str, str] = {}
        marks = ", ".join("?" * len(sources))
        cursor = self._connection.execute(
            f"SELECT {READ_COLUMNS}, tracked, forgotten FROM jobs WHERE source IN ({marks})", tuple(sources)
        )
        jobs: list[Job] = []
        tracked: set[JobId] = set()
        forgotten: set[JobId] = set()
        for stored in self._stored_jobs(cursor, shared):
            if stored.forgotten:
                forgotten.add(stored.job.id)
                continue
            jobs.append(stored.job)
            if stored.tracked:
                tracked.add(stored.job.id)
        return Loaded(
            jobs,
            frozenset(tracked),
            frozenset(forgotten),
            self._histories(sources),
            self._unsettled(now),
        )

    def write(self, batch: Batch, now: datetime, *, durable: bool) -> None:
        """One transaction, whole or not at all.

        Args:
            batch: What to write.
            now: To judge observations from the future.
            durable: Whether it has to be on the disk, power loss included, on return.
        """
        with self._transaction(durable=durable) as revision:
            # Before the jobs, for those that were forgotten, and after them, for those that are new.
            self._track(batch.track, revision)
            self._put_jobs(batch.jobs.values(), revision, now)
            self._track(batch.track, revision)
            self._forget(batch.forget, revision)
            self._connection.executemany(
                f"INSERT OR REPLACE INTO bodies SELECT id, ? FROM jobs WHERE id = {_JOB} AND forgotten = 0",
                [(body, *_key(job_id)) for job_id, body in batch.bodies.items() if len(body) <= MAX_BODY_BYTES],
            )
            self._connection.executemany(
                f"DELETE FROM bodies WHERE job = {_JOB}",
                [_key(job_id) for job_id, body in batch.bodies.items() if len(body) > MAX_BODY_BYTES],
            )
            self._put_lines(batch.lines)
            self._put_durations(batch.durations)

    def news(self) -> tuple[StoredJob, ...]:
        """What was written since the last call, if another process wrote any of it.

        Own writes may be among it: one on top of another process' hides whose turn came when, so both are told.
        """
        version = self._data_version()
        if version == self._seen_version:
            return ()
        self._seen_version = version
        cursor = self._connection.execute(
            f"SELECT {READ_COLUMNS}, tracked, forgotten, revision FROM jobs WHERE revision > ? ORDER BY revision",
            (self._seen_revision,),
        )
        rows = cursor.fetchall()
        if rows:
            self._seen_revision = rows[-1][21]
        return tuple(self._stored_jobs(rows, {}))

    def body(self, job_id: JobId) -> bytes | None:
        """The last body that was kept."""
        row = self._connection.execute(f"SELECT body FROM bodies WHERE job = {_JOB}", _key(job_id)).fetchone()
        return None if row is None else bytes(row[0])

    def with_body(self, sources: Collection[str]) -> tuple[JobId, ...]:
        """The finished jobs of these sources of which a body is kept."""
        rows = self._connection.execute(
            "SELECT source, native FROM bodies JOIN jobs ON jobs.id = bodies.job "
            f"WHERE is_final = 1 AND source IN ({', '.join('?' * len(sources))})",
            tuple(sources),
        )
        return tuple(JobId(source, native) for source, native in rows)

    def timeline(self, job_id: JobId) -> tuple[Change, ...]:
        """The job's lines, oldest first."""
        rows = self._connection.execute(
            f"SELECT at, state, native_state, progress, message FROM timeline WHERE job = {_JOB} ORDER BY at, id",
            _key(job_id),
        )
        return tuple(
            Change(moment, JobState(state), native_state, progress, message)
            for at, state, native_state, progress, message in rows
            if (moment := from_microseconds(at)) is not None
        )

    def begin_submission(
        self, source: str, target: str, payload: JsonObject, now: datetime, cloned_from: JobId | None
    ) -> int:
        """Record a submission as sent, before it is."""
        # Only at the same source is it the same work once more.
        origin = cloned_from.native if cloned_from is not None and cloned_from.source == source else None
        with self._transaction(durable=True):
            cursor = self._connection.execute(
                "INSERT INTO submissions (source, target, payload, sent_at, process, outcome, cloned_from) "
                "VALUES (?, ?, ?, ?, ?, 'sent', ?)",
                (source, text(target), json.dumps(payload), to_microseconds(now), os.getpid(), origin),
            )
            self._connection.execute(
                "DELETE FROM submissions WHERE id <= ? AND outcome <> 'sent'",
                ((cursor.lastrowid or 0) - _SUBMISSIONS_KEPT,),
            )
            return int(cursor.lastrowid or 0)

    def settle_submission(self, number: int, outcome: str, job_id: JobId | None) -> None:
        """Record how a submission ended: "made", "refused" or "unknown"."""
        with self._transaction(durable=True):
            self._connection.execute(
                "UPDATE submissions SET outcome = ?, native = ? WHERE id = ?",
                (outcome, job_id.native if job_id else None, number),
            )

    def submissions(self, source: str, limit: int) -> tuple[SubmitRecord, ...]:
        """The latest, newest first."""
        rows = self._connection.execute(
            "SELECT target, payload, native, outcome, sent_at, cloned_from FROM submissions "
            "WHERE source = ? ORDER BY id DESC LIMIT ?",
            (source, limit),
        )
        return tuple(
            SubmitRecord(
                target,
                json.loads(payload),
                JobId(source, native) if native is not None else None,
                outcome,
                from_microseconds(sent_at),
                JobId(source, origin) if origin is not None else None,
            )
            for target, payload, native, outcome, sent_at, origin in rows
        )

    def submission_of(self, job_id: JobId) -> SubmitRecord | None:
        """The submission that made a job; `None` where none of those that are kept did."""
        row = self._connection.execute(
            "SELECT target, payload, outcome FROM submissions WHERE source = ? AND native = ? ORDER BY id DESC LIMIT 1",
            _key(job_id),
        ).fetchone()
        return None if row is None else SubmitRecord(row[0], json.loads(row[1]), job_id, row[2])

    def kin(self, job_id: JobId, limit: int) -> Kin:
        """The job that this one is a clone of, and the latest of its own clones, as far as the submissions are kept."""
        origin = self._connection.execute(
            "SELECT cloned_from FROM submissions WHERE source = ? AND native = ? AND cloned_from IS NOT NULL LIMIT 1",
            _key(job_id),
        ).fetchone()
        clones = self._connection.execute(
            "SELECT native FROM submissions WHERE source = ? AND cloned_from = ? AND native IS NOT NULL "
            "ORDER BY id DESC LIMIT ?",
            (*_key(job_id), limit),
        )
        return Kin(
            JobId(job_id.source, origin[0]) if origin else None,
            tuple(dict.fromkeys(JobId(job_id.source, native) for (native,) in clones)),
        )

    def looked_at(self, sources: Collection[str]) -> dict[str, datetime]:
        """When somebody last looked, by source; without those that nobody ever looked at."""
        moments = {source: from_microseconds(self._meta(_LOOKED_AT + source)) for source in sources}
        return {source: moment for source, moment in moments.items() if moment is not None}

    def mark_looked(self, sources: Collection[str], now: datetime) -> None:
        """Record that somebody looks at these sources."""
        with self._transaction(durable=False):
            self._connection.executemany(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                [(_LOOKED_AT + source, to_microseconds(now)) for source in sources],
            )

    def ended_since(self, looked_at: Mapping[str, datetime]) -> tuple[JobId, ...]:
        """The jobs that were first seen to be over after a moment, by source, the latest first.

        A job that was over already when it was first heard of counts by the service's own times: a list may bring old
        ones. The moment of our own first look decides otherwise, whatever the service's clock says.
        """
        found: list[tuple[int, JobId]] = []
        for source, moment in looked_at.items():
            rows = self._connection.execute(
                f"""
                SELECT native, observed_at FROM jobs
                WHERE source = ?1 AND is_final = 1 AND forgotten = 0 AND observed_at > ?2 AND CASE
                    WHEN EXISTS (SELECT 1 FROM timeline WHERE job = jobs.id AND state NOT IN ({_FINAL}))
                    THEN (SELECT MIN(at) FROM timeline WHERE job = jobs.id AND state IN ({_FINAL})) > ?2
                    ELSE COALESCE(finished_at, created_at) > ?2 END
                """,
                (source, to_microseconds(moment)),
            )
            found += [(observed_at, JobId(source, native)) for native, observed_at in rows]
        return tuple(job_id for _, job_id in sorted(found, reverse=True))

    def claim_ends(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Those of the ended jobs that no process has claimed yet; they are claimed now."""
        with self._transaction(durable=False):
            claimed = frozenset(
                JobId(*key)
                for key in map(_key, job_ids)
                if self._connection.execute(
                    "SELECT end_claimed FROM jobs WHERE source = ? AND native = ?", key
                ).fetchone()
                != (1,)
            )
            self._connection.executemany(
                "UPDATE jobs SET end_claimed = 1 WHERE source = ? AND native = ?", [_key(job_id) for job_id in claimed]
            )
        return claimed

    def unsaved(self, sources: Collection[str], since: datetime) -> tuple[JobId, ...]:
        """The jobs that were seen to succeed since then and whose results nobody has saved, the latest first."""
        rows = self._connection.execute(
            f"""
            SELECT source, native, (SELECT MIN(at) FROM timeline WHERE job = jobs.id AND state IN ({_FINAL})) AS ended
            FROM jobs WHERE source IN ({", ".join("?" * len(sources))}) AND state = ? AND saved = 0 AND forgotten = 0
            AND ended > ? AND EXISTS (SELECT 1 FROM timeline WHERE job = jobs.id AND state NOT IN ({_FINAL}))
            ORDER BY ended DESC
            """,
            (*sources, JobState.SUCCEEDED.value, to_microseconds(since)),
        )
        return tuple(JobId(source, native) for source, native, _ in rows)

    def claim_saves(self, job_ids: Collection[JobId]) -> frozenset[JobId]:
        """Those whose results nobody has saved, and no other live process is saving; this one does so from now on."""
        with self._transaction(durable=False):
            claimed: set[JobId] = set()
            for job_id in job_ids:
                row = self._connection.execute(
                    "SELECT saved, saver FROM jobs WHERE source = ? AND native = ?", _key(job_id)
                ).fetchone()
                if row is None or (not row[0] and (row[1] is None or not _is_other_process(row[1]))):
                    claimed.add(job_id)
            self._connection.executemany(
                "UPDATE jobs SET saver = ? WHERE source = ? AND native = ?",
                [(os.getpid(), *_key(job_id)) for job_id in claimed],
            )
        return frozenset(claimed)

    def end_save(self, job_id: JobId, *, saved: bool) -> None:
        """Record that the job's results are saved, or that whoever comes next may try."""
        with self._transaction(durable=False):
            self._connection.execute(
                "UPDATE jobs SET saver = NULL, saved = MAX(saved, ?) WHERE source = ? AND native = ?",
                (int(saved), *_key(job_id)),
            )

    def tidy(self, now: datetime) -> None:
        """Delete what is past its time."""
        keep = self._retention
        cutoff = to_microseconds(now - keep.age)
        with self._transaction(durable=False):
            self._connection.execute(
                "DELETE FROM jobs WHERE tracked = 0 AND is_final = 1 "
                "AND MAX(COALESCE(finished_at, 0), COALESCE(observed_at, 0), recency) < ?",
                (cutoff,),
            )
            self._connection.execute(
                "DELETE FROM jobs WHERE tracked = 0 AND forgotten = 0 AND is_final = 1 AND recency < "
                "(SELECT recency FROM jobs WHERE forgotten = 0 AND is_final = 1 "
                "ORDER BY recency DESC LIMIT 1 OFFSET ?)",
                (max(0, keep.count - 1),),
            )
            crowded = self._connection.execute(
                "SELECT job FROM timeline GROUP BY job HAVING COUNT(*) > ?", (keep.lines,)
            ).fetchall()
            self._connection.executemany(
                "DELETE FROM timeline WHERE job = ?1 AND id NOT IN "
                "(SELECT id FROM timeline WHERE job = ?1 ORDER BY at DESC, id DESC LIMIT ?2)",
                [(job, keep.lines) for (job,) in crowded],
            )

    def _put_jobs(self, jobs: Iterable[Job], revision: int, now: datetime) -> None:
        present, future = to_microseconds(now), to_microseconds(now + CLOCK_SLACK)
        values: list[Row] = []
        for job in jobs:
            row = job_values(job)
            created_at, observed_at = row[10], row[13]
            begins = (created_at, to_microseconds(job.first_seen_at), observed_at)
            recency = next((begin for begin in begins if begin is not None), present)
            values.append((*row, int(job.state.is_final), recency, revision, self._writer, future))
        self._connection.executemany(_UPSERT, values)

    def _put_lines(self, lines: Iterable[tuple[JobId, Change]]) -> None:
        values = [
            (
                to_microseconds(line.at),
                line.state.value,
                text(line.native_state),
                line.progress,
                text(line.message),
                *_key(job_id),
            )
            for job_id, line in lines
        ]
        # Two processes that watch the same job see the same things: a line that repeats the newest one isn't news.
        self._connection.executemany(
            "INSERT INTO timeline (job, at, state, native_state, progress, message) "
            "SELECT id, ?1, ?2, ?3, ?4, ?5 FROM jobs "
            "WHERE source = ?6 AND native = ?7 AND forgotten = 0 AND NOT EXISTS ("
            "  SELECT 1 FROM (SELECT state, native_state, progress, message FROM timeline WHERE job = jobs.id "
            "  ORDER BY at DESC, id DESC LIMIT 1) AS newest WHERE newest.state = ?2 AND newest.native_state = ?3 "
            "  AND newest.progress IS ?4 AND newest.message = ?5)",
            values,
        )

    def _put_durations(self, durations: Iterable[Duration]) -> None:
        values = [
            (
                *_key(duration.job_id),
                text(duration.kind),
                to_microseconds(duration.finished_at),
                duration.running_s,
                duration.whole_s,
            )
            for duration in durations
        ]
        if not values:
            return
        self._connection.executemany("INSERT OR REPLACE INTO durations VALUES (?, ?, ?, ?, ?, ?)", values)
        self._connection.executemany(
            "DELETE FROM durations WHERE source = ?1 AND kind = ?2 AND finished_at < "
            "(SELECT finished_at FROM durations WHERE source = ?1 AND kind = ?2 "
            "ORDER BY finished_at DESC LIMIT 1 OFFSET ?3)",
            [(source, kind, _HISTORY - 1) for source, kind in {(row[0], row[2]) for row in values}],
        )

    def _stored_jobs(self, rows: Iterable[Row], shared: dict[str, str]) -> Iterator[StoredJob]:
        for row in rows:
            try:
                yield StoredJob(job_from_row(row, shared), bool(row[19]), bool(row[20]))
            except (ValueError, TypeError):
                # One row that was spoilt from outside must not hide the others.
                continue

    def _histories(self, sources: Collection[str]) -> dict[tuple[str, str], History]:
        gathered: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
        for source, kind, running_s, whole_s in self._connection.execute(
            "SELECT source, kind, running_s, whole_s FROM durations ORDER BY finished_at"
        ):
            running, whole = gathered.setdefault((source, kind), ([], []))
            if running_s is not None:
                running.append(running_s)
            if whole_s is not None:
                whole.append(whole_s)
        return {
            key: History(tuple(running), tuple(whole))
            for key, (running, whole) in gathered.items()
            if key[0] in sources
        }

    def _unsettled(self, now: datetime) -> tuple[Unsettled, ...]:
        rows = self._connection.execute(
            "SELECT id, source, target, sent_at FROM submissions WHERE outcome = 'unknown' AND sent_at > ?",
            (to_microseconds(now - timedelta(days=1)),),
        )
        return tuple(
            Unsettled(number, source, target, moment)
            for number, source, target, sent_at in rows
            if (moment := from_microseconds(sent_at)) is not None
        )

    def _give_up_abandoned(self, now: datetime) -> None:
        """A submission that is "sent" while its process is gone has an outcome that nobody will learn."""
        sent = self._connection.execute(
            "SELECT id, process, sent_at FROM submissions WHERE outcome = 'sent'"
        ).fetchall()
        old = to_microseconds(now - _ABANDONED) or 0
        gone = [(number,) for number, process, sent_at in sent if sent_at < old or not _is_other_process(process)]
        if gone:
            with self._transaction(durable=False):
                self._connection.executemany("UPDATE submissions SET outcome = 'unknown' WHERE id = ?", gone)

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[int]:
        """A transaction that holds the write lock from its start; gives its revision."""
        if durable:
            self._connection.execute("PRAGMA synchronous = FULL")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
            yield self._meta("revision") or 0
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if durable:
                self._connection.execute("PRAGMA synchronous = NORMAL")

    def _track(self, job_ids: Iterable[JobId], revision: int) -> None:
        for job_id in job_ids:
            self._mark(job_id, "tracked = 1, forgotten = 0", revision)

    def _forget(self, job_ids: Collection[JobId], revision: int) -> None:
        """Keep of these only that nobody wants to see them."""
        for job_id in job_ids:
            self._mark(job_id, "tracked = 0, forgotten = 1", revision)
        keys = [_key(job_id) for job_id in job_ids]
        for table in ("bodies", "timeline"):
            self._connection.executemany(f"DELETE FROM {table} WHERE job = {_JOB}", keys)

    def _mark(self, job_id: JobId, setting: str, revision: int) -> None:
        self._connection.execute(
            f"UPDATE jobs SET {setting}, revision = ?, writer = ? WHERE source = ? AND native = ?",
            (revision, self._writer, *_key(job_id)),
        )

    def _meta(self, key: str) -> int | None:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


def _key(job_id: JobId) -> tuple[str, str]:
    return (job_id.source, job_id.native)


def _is_other_process(process: int) -> bool:
    """Whether a process of that number is alive, and isn't this one, which has just begun."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
