"""Two jobs side by side, fact by fact; pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from msgspec import Struct

from jobtui.app.display import clock_words, duration, span_words, state_words
from jobtui.app.transfers import size_words
from jobtui.core.jobs import Job, JobError, JsonObject, JsonValue, Task
from jobtui.core.results import Artifact, Document, InlineFile, Result, Rows, Text

MOST_LEAVES = 500
"""Values of one document that are compared one by one."""

_SOLE = "result"
"""What the only artifact of a job is called."""

_T = TypeVar("_T")


class Side(Struct, frozen=True):
    """One of the two jobs, with what was found out about it."""

    job: Job
    payload: JsonObject | None = None
    """What it was started with; `None` where that isn't known."""
    result: Result | None = None
    why_no_result: str = ""
    """In place of a result."""
    why_no_payload: str = "not known here"
    """In place of what it was started with."""


class Fact(Struct, frozen=True):
    """One line of the comparison, in the words of either side."""

    section: str
    name: str
    left: str
    right: str
    counts: bool = True
    """Whether being different says something: two runs never begin at the same time."""

    @property
    def differs(self) -> bool:
        """Whether the sides differ in something that matters."""
        return self.counts and self.left != self.right


def compare(left: Side, right: Side, now: datetime) -> tuple[Fact, ...]:
    """Everything that can be told of both, in the order of the sections."""
    facts = [
        *_paired("Job", _about(left.job), _about(right.job)),
        *_inputs(left, right),
        *_paired("Times", _moments(left.job, now), _moments(right.job, now), counts=False),
        *_paired("Times", _spans(left.job, now), _spans(right.job, now)),
        *_paired("Tasks", _tasks(left.job.tasks, now), _tasks(right.job.tasks, now)),
        *_paired("Error", _error(left.job.error), _error(right.job.error)),
        *_paired("Result", _result(left), _result(right)),
    ]
    return tuple(fact for fact in facts if fact.left or fact.right)


def leaves(value: JsonValue, path: str = "") -> Iterator[tuple[str, str]]:
    """Every single value in a JSON document with its path, such as `search.radius` or `items[0]`."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    else:
        yield path, value if isinstance(value, str) and not _reads_as_json(value) else _written(value)


def _reads_as_json(text: str) -> bool:
    """Whether a text without its quotes would look like another value: `1`, `true`, `[]`."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return not text
    return True


def _written(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def _paired(section: str, left: Mapping[str, str], right: Mapping[str, str], *, counts: bool = True) -> Iterator[Fact]:
    """The facts of both by their names, in the order of the left one, then what only the right one has."""
    for name in dict.fromkeys([*left, *right]):
        yield Fact(section, name, left.get(name, ""), right.get(name, ""), counts)


def _about(job: Job) -> dict[str, str]:
    return {
        "source": job.id.source,
        "name": job.name,
        "kind": job.kind,
        "state": f"{job.state.glyph} {state_words(job.state, job.native_state)}",
        "progress": "" if job.progress is None else f"{int(job.progress * 100)} %",
        "message": job.message,
    }


def _inputs(left: Side, right: Side) -> Iterable[Fact]:
    sides = [{"": side.why_no_payload} if side.payload is None else _leaves(side.payload) for side in (left, right)]
    # Against what isn't known nothing differs.
    return _paired("Input", *sides, counts=left.payload is not None and right.payload is not None)


def _leaves(value: JsonValue) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, text in leaves(value):
        if len(found) == MOST_LEAVES:
            # What is left out is still held against the other side, as a whole.
            found["…"] = f"and more, in all {_fingerprint(json.dumps(value, sort_keys=True).encode())}"
            break
        found[path] = text
    return found


def _moments(job: Job, now: datetime) -> dict[str, str]:
    moments = {"created": job.created_at, "started": job.started_at, "finished": job.finished_at}
    return {name: clock_words(moment, now) if moment else "" for name, moment in moments.items()}


def _spans(job: Job, now: datetime) -> dict[str, str]:
    waited = job.started_at - job.created_at if job.started_at and job.created_at else None
    took = duration(job, now)
    return {
        "waited": _span(waited),
        "took" if job.state.is_final else "running for": _span(took),
    }


def _span(span: timedelta | None) -> str:
    return "" if span is None else span_words(span)


def _tasks(tasks: Sequence[Task], now: datetime) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, task in _numbered((task.name or task.id, task) for task in tasks):
        end = task.finished_at if task.state.is_final else now
        span = f", {span_words(end - task.started_at)}" if task.started_at and end else ""
        told[name] = f"{task.state.glyph} {task.state.value}{span}"
    return told


def _numbered(pairs: Iterable[tuple[str, _T]]) -> Iterator[tuple[str, _T]]:
    """Names made distinct: the second of a name is `name (2)`."""
    seen: Counter[str] = Counter()
    for name, thing in pairs:
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), thing


def _error(error: JobError | None) -> dict[str, str]:
    if error is None:
        return {}
    return {
        "code": error.code,
        "title": error.title,
        "detail": error.detail if error.detail != error.title else "",
        **dict(_numbered(error.invalid_parameters)),
    }


def _result(side: Side) -> dict[str, str]:
    if side.result is None:
        return {"": side.why_no_result}
    told: dict[str, str] = {}
    names = {task.id: task.name for task in side.job.tasks}
    artifacts = side.result.artifacts
    for label, artifact in _numbered((_label(one, names, sole=len(artifacts) == 1), one) for one in artifacts):
        told[label] = _summary(artifact)
        if isinstance(artifact.content, Document):
            # The section says already that they are the result's; the name needs the room.
            of = "" if label == _SOLE else label
            told |= {f"{of} {path}".strip(): text for path, text in _leaves(artifact.content.value).items()}
        elif isinstance(artifact.content, Rows) and artifact.content.rows:
            told[f"{label} first row"] = " · ".join(artifact.content.rows[0])
    return told or {"": "nothing"}


def _label(artifact: Artifact, tasks: Mapping[str, str], *, sole: bool) -> str:
    """What an artifact is to its job; names of files differ from run to run."""
    return tasks.get(artifact.task_id, artifact.task_id) or artifact.role or (_SOLE if sole else artifact.media_type)


def _summary(artifact: Artifact) -> str:
    content = artifact.content
    match content:
        case Rows(columns=columns, rows=rows, more=more):
            count = f"at least {len(rows) + 1:,} rows" if more else f"{len(rows):,} rows"
            return f"{count}, {len(columns)} columns: {', '.join(columns)}"
        case Document():
            return "JSON"
        case Text(text=text):
            return f"{len(text):,} characters, {_fingerprint(text.encode(errors='replace'))}"
        case InlineFile(content=data):
            return f"{artifact.media_type}, {size_words(len(data))}, {_fingerprint(data)}"
        case _:
            size = f", {size_words(artifact.size_bytes)}" if artifact.size_bytes else ""
            return f"{artifact.media_type}{size}"


def _fingerprint(data: bytes) -> str:
    return f"sha256 {sha256(data).hexdigest()[:12]}…"
