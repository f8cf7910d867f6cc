"""`jobtui result`: show what a job left, or save it."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from jobtui.app.fetching import scp_line
from jobtui.cli import exit_codes, output
from jobtui.cli.session import addresses, engine
from jobtui.cli.signals import run
from jobtui.core.errors import UsageError
from jobtui.core.export import artifact_document, error_document
from jobtui.core.jobs import JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Result, Rows, Text
from jobtui.core.text import one_line
from jobtui.core.times import to_rfc3339
from jobtui.engine.engine import Engine
from jobtui.settings.paths import expanded

_PATHS_A_LINE = 20


_SHOWN_ROWS = 200
_SAVED_ROWS = 1_000_000
"""All of them, as far as anybody would read."""


def result(options: Namespace) -> int:
    """`jobtui result`."""
    (job_id,) = addresses(options, [options.job])
    folder = None if options.output is None else expanded(options.output)
    return run(_result(options, job_id, folder))


async def _result(options: Namespace, job_id: JobId, folder: Path | None) -> int:
    async with engine(options, only=[job_id.source]) as running:
        limit = options.limit or (_SHOWN_ROWS if folder is None else _SAVED_ROWS)
        found = await running.fetch_result(job_id, task=options.task, limit=limit)
        if options.task is not None and found.artifacts and not any(one.task_id for one in found.artifacts):
            raise UsageError(f"the result of {job_id} has no parts by task", hint="Leave --task out.")
        if folder is not None:
            await _save(running, found, folder, as_json=options.json)
        elif options.json:
            output.document(_document(found))
        else:
            _show(found.artifacts, options.format)
    return _tell(found)


def _tell(found: Result) -> int:
    for artifact in found.artifacts:
        rows = artifact.content
        if isinstance(rows, Rows) and rows.more:
            name = f"{artifact.name}: " if len(found.artifacts) > 1 else ""
            output.say(f"{name}{len(rows.rows)} of at least {len(rows.rows) + 1} rows; --limit N shows more")
    for warning in found.warnings:
        output.say(warning)
    if found.error is None:
        if not found.artifacts and not found.warnings:
            output.say("the job left nothing")
        return exit_codes.DONE
    words = [word for word in (found.error.code, found.error.title, found.error.detail) if word]
    output.say(f"jobtui: {found.job_id}: {': '.join(words) or 'failed without a reason'}")
    for name, reason in found.error.invalid_parameters:
        output.say(f"  {name}: {reason}")
    return exit_codes.DONE if found.artifacts else exit_codes.NOT_SUCCEEDED


async def _save(running: Engine, found: Result, folder: Path, *, as_json: bool) -> None:
    documents: list[JsonValue] = []
    paths: list[Path] = []
    for artifact in found.artifacts:
        saved = await running.download(found.job_id, artifact, folder)
        paths.append(saved.path)
        if as_json:
            documents.append(
                artifact_document(artifact, path=str(saved.path), size_bytes=saved.size_bytes, sha256=saved.sha256)
            )
        else:
            output.line(str(saved.path))
            output.flush()
    if as_json:
        output.document(documents)
    for first in range(0, len(paths), _PATHS_A_LINE):
        fetch = scp_line(*paths[first : first + _PATHS_A_LINE])
        if fetch:
            output.say(f"to fetch it, on your own computer: {fetch}")


def _show(artifacts: Iterable[Artifact], form: str) -> None:
    artifacts = list(artifacts)
    if form == "csv":
        _show_csv(artifacts)
        return
    if form == "json":
        values = [_value(artifact) for artifact in artifacts]
        output.document(values[0] if len(values) == 1 else values)
        return
    for number, artifact in enumerate(artifacts):
        if len(artifacts) > 1:
            if number:
                output.line("")
            output.line(f"# {artifact.name}" + (f" ({artifact.role})" if artifact.role else ""))
        _show_one(artifact)


def _show_one(artifact: Artifact) -> None:
    match artifact.content:
        case Rows(columns=columns, rows=rows):
            output.table(columns, rows)
        case Document(value=value):
            output.readable_json(value)
        case Text(text=text):
            output.lines(text)
        case InlineFile(content=content):
            output.line(f"{artifact.name}  {artifact.media_type}  {len(content)} bytes")
            output.say("--output DIR saves it")
        case RemoteFile(url=url, expires_at=expires_at):
            size = f"  {artifact.size_bytes} bytes" if artifact.size_bytes is not None else ""
            output.line(f"{artifact.name}  {artifact.media_type}{size}" + (f"  {url}" if url else ""))
            output.say("--output DIR saves it" + (f"; its link ends at {to_rfc3339(expires_at)}" if expires_at else ""))


def _show_csv(artifacts: list[Artifact]) -> None:
    tables = [(artifact, artifact.content) for artifact in artifacts if isinstance(artifact.content, Rows)]
    if len(tables) != 1:
        names = ", ".join(artifact.task_id or artifact.name for artifact, _ in tables)
        raise UsageError(
            f"CSV is for one table, and the result has {len(tables)}",
            hint=f"--task chooses one of: {names}." if tables else "--format json shows it.",
        )
    rows = tables[0][1]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in (rows.columns, *rows.rows):
        writer.writerow([one_line(cell, max(1, len(cell)) * 10) for cell in row])
    output.lines(written.getvalue())


def _document(found: Result) -> JsonObject:
    return {
        "address": str(found.job_id),
        "error": error_document(found.error),
        "warnings": list(found.warnings),
        "artifacts": [artifact_document(artifact) for artifact in found.artifacts],
        "contents": [_value(artifact) for artifact in found.artifacts],
    }


def _value(artifact: Artifact) -> JsonValue:
    """What is inside an artifact, as far as JSON can say it; files are described."""
    match artifact.content:
        case Rows(columns=columns, rows=rows, more=more):
            return {"columns": list(columns), "rows": [list(row) for row in rows], "more": more}
        case Document(value=value):
            return value
        case Text(text=text):
            return text
        case InlineFile(content=content):
            return {"size_bytes": len(content)}
        case RemoteFile(url=url, expires_at=expires_at):
            return {"url": url, "expires_at": to_rfc3339(expires_at)}
