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
from jobtui.cli.wording import about, print_error
from jobtui.core.errors import JobtuiError, UsageError
from jobtui.core.export import artifact_document, error_document
from jobtui.core.jobs import Job, JobId, JsonObject, JsonValue
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Result, Rows, Text
from jobtui.core.states import JobState
from jobtui.core.text import one_line
from jobtui.core.times import to_rfc3339
from jobtui.engine.engine import Engine
from jobtui.settings.paths import expanded, unusable_folder

_PATHS_A_LINE = 20


_SHOWN_ROWS = 200
_SAVED_ROWS = 1_000_000
"""All of them, as far as anybody would read."""


def result(options: Namespace) -> int:
    """`jobtui result`."""
    (job_id,) = addresses(options, [options.job])
    folder = None if options.output is None else expanded(options.output)
    if folder is not None and (fault := unusable_folder(folder)):
        raise UsageError(f"--output {options.output}: {fault}")
    return run(_result(options, job_id, folder))


async def _result(options: Namespace, job_id: JobId, folder: Path | None) -> int:
    with about(job_id):
        async with engine(options, only=[job_id.source]) as running:
            return await give_result(
                running,
                job_id,
                task=options.task,
                limit=options.limit,
                form=options.format,
                folder=folder,
                as_json=options.json,
            )


async def give_result(
    running: Engine,
    job_id: JobId,
    *,
    task: str | None = None,
    limit: int | None = None,
    form: str = "table",
    folder: Path | None = None,
    as_json: bool = False,
) -> int:
    """Read a result, show or save what is there of it, tell what isn't, and give the exit code.

    Args:
        running: Knows the job's source.
        job_id: Whose result.
        task: Only this task's part, by id or name.
        limit: Rows at most, per table; by default some to show, and all to save.
        form: "table", "json" or "csv".
        folder: Where to save it; `None` shows it.
        as_json: Print one JSON document.

    Raises:
        UsageError: There is no such task, or the result isn't of the wanted form.
        JobNotFound: There is no such job.
        ProviderError: The service gives nothing at all.
    """
    job = running.snapshot.jobs.get(job_id)
    if job is None or not job.state.is_final or job.state is JobState.LOST:
        # Before the result: said the other way round, a job that ends meanwhile would be called whole when it isn't.
        job = await running.fetch_job(job_id)
    found = await running.fetch_result(
        job_id, task=task, limit=limit or (_SHOWN_ROWS if folder is None else _SAVED_ROWS)
    )
    if task is not None and found.artifacts and not any(one.task_id for one in found.artifacts):
        raise UsageError(f"the result of {job_id} has no parts by task", hint="Leave --task out.")
    code = exit_codes.DONE
    if folder is not None:
        code = await _save(running, found, folder, as_json=as_json)
    elif as_json:
        output.document(_document(job, found))
    elif found.artifacts or form == "json":
        _show(found.artifacts, form)
    is_whole = bool(task is not None and found.artifacts) or (job.state is JobState.SUCCEEDED and found.error is None)
    return max(code, _tell(job, found, is_whole=is_whole))


def _tell(job: Job, found: Result, *, is_whole: bool) -> int:
    for artifact in found.artifacts:
        rows = artifact.content
        if isinstance(rows, Rows) and rows.more:
            name = f"{artifact.name}: " if len(found.artifacts) > 1 else ""
            output.say(f"{name}{len(rows.rows)} of at least {len(rows.rows) + 1} rows; --limit N shows more")
    for warning in found.warnings:
        if warning in found.refused:
            output.say(f"jobtui: {job.id}: not read: {warning}")
        elif is_whole or found.artifacts:
            output.say(warning)
    if not is_whole:
        _tell_why(job, found)
    elif not found.artifacts and not found.warnings:
        output.say(f"{job.id} left nothing")
    if found.refused:
        return exit_codes.SERVICE
    return exit_codes.DONE if is_whole else exit_codes.NOT_SUCCEEDED


def _tell_why(job: Job, found: Result) -> None:
    """Say what became of a job whose result is not there, or not whole."""
    error = found.error or job.error
    if error is not None or job.state is JobState.FAILED:
        print_error(job.id, error)
    elif job.state is JobState.CANCELLED:
        output.say(f"jobtui: {job.id}: the job was cancelled" + ("" if found.artifacts else " and left no result"))
    else:
        left = "there may be more once it is over" if found.artifacts else "there is no result yet"
        output.say(f"jobtui: {job.id}: the job is {job.state.value}: {left}")


async def _save(running: Engine, found: Result, folder: Path, *, as_json: bool) -> int:
    """Save what can be saved; a file that can't be costs only itself."""
    code = exit_codes.DONE
    documents: list[JsonValue] = []
    paths: list[Path] = []
    try:
        for artifact in found.artifacts:
            try:
                saved = await running.download(found.job_id, artifact, folder)
            except JobtuiError as error:
                output.complain(error, about=f"{found.job_id}: {artifact.name} was not saved")
                code = max(code, exit_codes.code_of(error))
                documents.append(artifact_document(artifact))
                continue
            paths.append(saved.path)
            documents.append(
                artifact_document(artifact, path=str(saved.path), size_bytes=saved.size_bytes, sha256=saved.sha256)
            )
            if not as_json:
                output.line(str(saved.path))
                output.flush()
    finally:
        # Also where it was interrupted: what is saved by then is there.
        if as_json:
            output.document(documents)
    for first in range(0, len(paths), _PATHS_A_LINE):
        fetch = scp_line(*paths[first : first + _PATHS_A_LINE])
        if fetch:
            output.say(f"to fetch it, on your own computer: {fetch}")
    return code


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
        choices = ", ".join(_choice(artifact) for artifact, _ in tables)
        raise UsageError(
            f"CSV is for one table, and the result has {len(tables)}",
            hint=f"--task chooses one of: {choices}." if tables else "--format json shows it.",
        )
    rows = tables[0][1]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in (rows.columns, *rows.rows):
        writer.writerow([one_line(cell, max(1, len(cell)) * 10) for cell in row])
    output.lines(written.getvalue())


def _choice(table: Artifact) -> str:
    """A task's table by the task's name and id, as `Task.choice` has it."""
    name = table.name.removesuffix(".csv")
    return name if table.task_id in {"", name} else f"{name} ({table.task_id})"


def _document(job: Job, found: Result) -> JsonObject:
    return {
        "address": str(found.job_id),
        "state": job.state.value,
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
