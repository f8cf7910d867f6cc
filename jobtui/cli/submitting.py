"""`jobtui submit`: build the payload, send it once."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from jobtui.cli import exit_codes, output
from jobtui.cli.session import engine
from jobtui.cli.signals import run
from jobtui.cli.waiting import wait_for
from jobtui.core.clock import SystemClock
from jobtui.core.errors import OutcomeUnknown, ProviderError, UsageError
from jobtui.core.export import job_document
from jobtui.core.jobs import Job, JsonObject, JsonValue
from jobtui.core.times import to_rfc3339
from jobtui.engine.engine import Engine
from jobtui.engine.port import SubmitRecord

_MAX_INPUT_CHARACTERS = 64 * 1024 * 1024
_MOST_DIGITS = 4_000
_LAST_ANSWER_S = 2.0
"""To know the job that an interrupted submit made is worth more than to be gone at once."""


def submit(options: Namespace) -> int:
    """`jobtui submit`."""
    return run(_submit(options, payload(options.input, options.param)))


async def _submit(options: Namespace, wanted: JsonObject) -> int:
    async with engine(options, only=[options.source], polling=options.wait, waits=options.wait) as running:
        try:
            job = await submit_once(running, options.source, options.target, wanted)
        except ProviderError as error:
            output.complain(error, about=f"{options.source}: {options.target} was not submitted")
            for parameter in error.invalid_parameters:
                output.say(f"  {parameter.name}: {parameter.reason}")
            return exit_codes.code_of(error)
        except OutcomeUnknown as error:
            output.complain(error, about=options.source)
            return exit_codes.code_of(error)
        if options.wait:
            # Whoever loses patience has to know what was started.
            output.say(f"submitted {job.id}")
            return await wait_for(running, [job.id], as_json=options.json, as_list=False)
        try:
            if options.json:
                await _print_looked_at(running, job)
            else:
                output.line(str(job.id))
            output.flush()
        except (UsageError, BrokenPipeError):
            # The job is there, whoever can hear of it.
            output.say(f"submitted {job.id}")
            raise
    return exit_codes.DONE


async def submit_once(
    running: Engine, source: str, target: str, wanted: JsonObject, *, patience_s: float = _LAST_ANSWER_S
) -> Job:
    """Submit; where it is interrupted, say which job it made, or that it may have made one.

    Args:
        running: Knows the source.
        source: Where to submit.
        target: What to run.
        wanted: The payload.
        patience_s: Seconds that an interrupted submit is waited for.
    """
    before = await _newest(running, source)
    try:
        return await running.submit(source, target, wanted)
    except asyncio.CancelledError:
        await running.finish_submits(patience_s)
        sent = await _newest(running, source)
        if sent is None or sent.outcome == "refused" or (before is not None and before.sent_at == sent.sent_at):
            output.say("jobtui: interrupted: nothing was submitted")
        elif sent.job_id is not None:
            output.say(f"jobtui: interrupted, after {sent.job_id} was submitted: it goes on, and is watched")
        else:
            output.say(f"jobtui: interrupted, with a request on its way to {source}: there may be a job")
            output.say("  Look at the service before you submit again.")
        raise


async def _newest(running: Engine, source: str) -> SubmitRecord | None:
    return next(iter(await running.submissions(source)), None)


async def _print_looked_at(running: Engine, job: Job) -> None:
    """Print the job as `show` does: the answer to a submit often tells no more than an id."""
    try:
        job = await running.fetch_job(job.id)
    except ProviderError:
        # It is there all the same, and whoever asks for it next is told what is wrong.
        job = running.snapshot.jobs.get(job.id, job)
    finally:
        output.document(job_document(job, SystemClock().now()))


def submissions(options: Namespace) -> int:
    """`jobtui submissions`."""
    return run(_submissions(options))


async def _submissions(options: Namespace) -> int:
    async with engine(options, only=None if options.source is None else [options.source]) as running:
        sent = [
            (status.name, record)
            for status in running.snapshot.sources
            for record in await running.submissions(status.name)
        ]
    sent.sort(key=lambda one: to_rfc3339(one[1].sent_at) or "", reverse=True)
    if options.json:
        output.document([_record(source, record) for source, record in sent])
    elif sent:
        rows = [
            (to_rfc3339(record.sent_at) or "", record.outcome, source, str(record.job_id or "-"), record.target)
            for source, record in sent
        ]
        output.table(("SENT", "OUTCOME", "SOURCE", "ADDRESS", "TARGET"), rows)
    unknown = sum(record.outcome == "unknown" for _, record in sent)
    if unknown:
        output.say(f"of {unknown} it is unknown whether the service made a job: look there before sending it again")
    return exit_codes.DONE


def _record(source: str, record: SubmitRecord) -> JsonObject:
    return {
        "sent_at": to_rfc3339(record.sent_at),
        "outcome": record.outcome,
        "source": source,
        "address": None if record.job_id is None else str(record.job_id),
        "target": record.target,
        "payload": record.payload,
        "cloned_from": None if record.cloned_from is None else str(record.cloned_from),
    }


def payload(text: str, parameters: Sequence[str]) -> JsonObject:
    """What `--input` and `--param` say together.

    Args:
        text: JSON, `@FILE` or `-` for stdin; empty is an empty object.
        parameters: `K=V` each, laid over it in order; dots in K lead into objects, V is JSON where it parses.

    Raises:
        UsageError: Something can't be read.
    """
    given: JsonObject = {}
    if text:
        value = _json(_read(text), "--input")
        if not isinstance(value, dict):
            raise UsageError("--input is not a JSON object")
        given = value
    for parameter in parameters:
        key, equals, word = parameter.partition("=")
        if not (key and equals):
            raise UsageError(f"--param {parameter!r} is not K=V")
        _put(given, key.split("."), _value(word), key)
    return given


def _put(target: JsonObject, path: Sequence[str], value: JsonValue, key: str) -> None:
    *outer, last = path
    if not all(path):
        raise UsageError(f"--param {key!r} has an empty part between its dots")
    for part in outer:
        inner = target.setdefault(part, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--param {key!r}: {part!r} is no object")
        target = inner
    target[last] = value


def _value(word: str) -> JsonValue:
    try:
        return _json(word, "--param")
    except UsageError:
        return word


def _read(text: str) -> str:
    try:
        if text == "-":
            if sys.stdin is None:
                raise UsageError("--input -: stdin is closed")
            content = sys.stdin.read(_MAX_INPUT_CHARACTERS + 1)
        elif text.startswith("@"):
            with Path(text[1:]).expanduser().open(encoding="utf-8-sig") as opened:
                content = opened.read(_MAX_INPUT_CHARACTERS + 1)
        else:
            return text
    except OSError as error:
        raise UsageError(f"--input {text}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--input {text}: not UTF-8") from error
    except RuntimeError as error:
        raise UsageError(f"--input {text}: the home folder is not known") from error
    if len(content) > _MAX_INPUT_CHARACTERS:
        raise UsageError(f"--input {text}: too long")
    return content


def _json(text: str, where: str) -> JsonValue:
    try:
        # What Windows writes before the text is none of it.
        value: JsonValue = json.loads(
            text.removeprefix("\ufeff"), parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole
        )
    except RecursionError as error:
        raise UsageError(f"{where} is nested too deeply") from error
    except ValueError as error:
        raise UsageError(f"{where} is not JSON: {error}", hint="JSON, @FILE, or - for stdin.") from error
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"{text[:40]}… is too long a number")
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
