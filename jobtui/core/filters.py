"""The filter language of the list and of `--filter`: terms side by side, all of which must hold.

A plain word matches name, address and message; `field:value` and `field<value` match one field; `~` in place of the
colon, or before a word, begins a regular expression; `-` in front turns a term round; quotes keep spaces together and
take away any meaning. What can't be understood is named, never ignored.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct

from jobtui.core.errors import UsageError
from jobtui.core.jobs import Job
from jobtui.core.matching import likeliest
from jobtui.core.patterns import Pattern, PatternError
from jobtui.core.states import JobState
from jobtui.core.values import NO_PATHS, number_of, value_keys, value_of

Predicate = Callable[[Job, datetime], bool]


class FilterError(UsageError):
    """A term of a filter can't be understood."""

    def __init__(self, message: str, position: int, *, hint: str = "") -> None:
        super().__init__(f"filter: {message}", hint=hint)
        self.position = position
        """Where the term starts in the filter's text, from 0."""


class FilterField(Struct, frozen=True):
    """One field that a term can name."""

    name: str
    comparisons: tuple[str, ...]
    """What may stand between name and value."""
    example: str
    description: str


_ORDER = ("<", "<=", ">", ">=", "=")
_TEXT = (":", "~")

FIELDS: Mapping[str, FilterField] = {
    field.name: field
    for field in (
        FilterField("state", (":",), "state:failed", "exactly this state; commas separate several"),
        FilterField("source", (":",), "source:graph", "jobs of this source"),
        FilterField("provider", (":",), "provider:evo", "jobs of this kind of API"),
        FilterField("kind", _TEXT, "kind:kriging", "workflow, task or model holds this text"),
        FilterField("id", _TEXT, "id:9b2f", "the service's id holds this text"),
        FilterField("name", _TEXT, "name~^fraud", "the name alone; ~ in place of : is a regular expression"),
        FilterField("message", _TEXT, "message:blocks", "what the service tells of it holds this text"),
        FilterField("error", _TEXT, "error:singular", "code, title or detail of its error hold this text"),
        FilterField("native", _TEXT, "native:pending", "the service's own word for its state holds this text"),
        FilterField("age", _ORDER, "age<2h", "time since the job was made; s, m, h or d"),
        FilterField("duration", _ORDER, "duration>10m", "how long it has run, or ran"),
        FilterField("seen", _ORDER, "seen>5m", "time since it was last looked at"),
        FilterField("progress", _ORDER, "progress>0.5", "fraction done, 0 to 1, or 50%"),
    )
}
"""Every field by its name, in the order help shows them."""

_VALUE = (":", "~", *_ORDER)
_COMPARED = re.compile(r"([A-Za-z_]+)(<=|>=|<|>|=|:|~)")
_AGE = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_PROGRESS = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(%?)")
_UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# Cheapest first: a term on the state spares the rest of the terms most of the jobs.
_COST = {"state": 0, "source": 1, "provider": 1, "progress": 2, "age": 3, "duration": 3, "seen": 3, "": 5}
_TEXT_COST = 4
_PATTERN_COST = 6
_TIMED = frozenset({"age", "duration", "seen"})


class Filter(Struct, frozen=True):
    """A filter that was understood, ready to be asked about many jobs."""

    text: str
    """As the user typed it."""
    _predicates: tuple[Predicate, ...] = ()
    uses_time: bool = False
    """Whether an unchanged job may match now and not later."""

    @classmethod
    def parse(cls, text: str, json_columns: Mapping[str, str] = NO_PATHS) -> Filter:
        """Understand a filter; an empty one matches every job.

        Args:
            text: As the user types it.
            json_columns: Paths into answers, by the names that a term can compare what they find by.

        Raises:
            FilterError: Names the term that can't be understood.
        """
        terms = tuple(_terms(text, (*FIELDS, *json_columns)))
        keys = value_keys(json_columns)
        compiled = sorted((_compile(term, keys.get(term.field)) for term in terms), key=lambda pair: pair[0])
        return cls(text, tuple(predicate for _, predicate in compiled), any(term.field in _TIMED for term in terms))

    def matches(self, job: Job, now: datetime) -> bool:
        """Whether every term holds for the job at that moment."""
        return all(predicate(job, now) for predicate in self._predicates)

    def among(self, jobs: Iterable[Job], now: datetime) -> list[Job]:
        """The jobs that match at that moment, in their order; of very many in a third of the time."""
        found = list(jobs)
        for holds in self._predicates:
            found = [job for job in found if holds(job, now)]
        return found


def complete(
    text: str,
    cursor: int,
    values: Mapping[str, Sequence[str]] | None = None,
    json_columns: Iterable[str] = (),
) -> tuple[str, ...]:
    """What the term before the cursor could become.

    Args:
        text: The filter so far.
        cursor: Where the cursor stands in it.
        values: Known values of fields that the core can't know, such as `{"source": ["graph"]}`.
        json_columns: Names of paths into answers.

    Returns:
        Whole terms, to be put in place of the one that ends at the cursor; empty where there is nothing to offer.
    """
    start = max(text.rfind(" ", 0, cursor), text.rfind("\t", 0, cursor)) + 1
    word = text[start:cursor]
    if '"' in word:
        return ()
    sign = "-" if word.startswith("-") else ""
    word = word.removeprefix("-")
    known: dict[str, Sequence[str]] = {"state": [state.value for state in JobState], **(values or {})}
    name, colon, value = word.partition(":")
    if colon:
        *before, last = value.split(",") if name.lower() == "state" else [value]
        head = ",".join([*before, ""])
        offered = likeliest(last, known.get(name.lower(), ()), lambda choice: (choice,))
        return tuple(f"{sign}{name}:{head}{_quoted(choice)}" for choice in offered if choice != last)
    begun = [f"{field.name}{field.comparisons[0]}" for field in FIELDS.values()]
    begun += [f"{name}{_VALUE[0]}" for name in json_columns]
    return tuple(f"{sign}{term}" for term in begun if word and term[:-1].startswith(word.lower()))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


class _Term(Struct, frozen=True):
    position: int
    negated: bool
    field: str
    """Empty for a plain word."""
    comparison: str
    value: str


def _terms(text: str, fields: Collection[str]) -> Iterator[_Term]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        start = position
        negated = text[position] == "-"
        position += negated
        field = comparison = ""
        compared = _COMPARED.match(text, position)
        # A tilde behind another word is a part of it: only where it can mean nothing else does it begin an expression.
        if compared and (compared.group(2) != "~" or compared.group(1).lower() in fields):
            field, comparison = compared.group(1).lower(), compared.group(2)
            position = compared.end()
        elif text.startswith("~", position):
            comparison = "~"
            position += 1
        value, position = _value(text, position)
        if not value:
            raise FilterError(f"{text[start:position]!r} lacks a value", start)
        if field and field not in fields:
            raise _no_such_field(text[start:position], field, start, fields)
        yield _Term(start, negated, field, comparison, value)


def _value(text: str, position: int) -> tuple[str, int]:
    """Read up to the next space outside quotes; a backslash in quotes takes the next character as it is."""
    characters: list[str] = []
    opened = -1
    while position < len(text) and (opened >= 0 or not text[position].isspace()):
        character = text[position]
        if character == '"':
            opened = -1 if opened >= 0 else position
        elif opened >= 0 and character == "\\" and position + 1 < len(text):
            position += 1
            characters.append(text[position])
        else:
            characters.append(character)
        position += 1
    if opened >= 0:
        raise FilterError(f"the quote at {text[opened : opened + 12]!r} is not closed", opened)
    return "".join(characters), position


def _no_such_field(term: str, field: str, position: int, fields: Collection[str]) -> FilterError:
    near = difflib.get_close_matches(field, fields, n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    quoted = term.lstrip("-").replace('"', "")
    return FilterError(
        f"there is no field {field!r} in {term!r}",
        position,
        hint=f'{meant}To look for the text itself, quote it: "{quoted}". Fields: {", ".join(fields)}.',
    )


def _compile(term: _Term, value: str | None) -> tuple[int, Predicate]:
    """The test, and what it costs; `value` is the key of a value that the field stands for."""
    told = _TEXTS.get(term.field) if value is None else partial(value_of, key=value)
    if value is None and term.field and term.comparison not in FIELDS[term.field].comparisons:
        field = FIELDS[term.field]
        raise FilterError(
            f"{term.field!r} can't be compared with {term.comparison!r}",
            term.position,
            hint=f"It takes {' '.join(field.comparisons)}, for example {field.example}.",
        )
    if term.comparison == "~":
        cost, predicate = _PATTERN_COST, _pattern(term, told)
    elif told is not None and term.comparison == ":":
        cost, predicate = _TEXT_COST, _text(term, told)
    elif told is not None:
        cost, predicate = _TEXT_COST, _value_compared(term, told)
    else:
        cost, predicate = _COST[term.field], _PREDICATES[term.field](term)
    return cost, _turned_round(predicate) if term.negated else predicate


def _turned_round(predicate: Predicate) -> Predicate:
    return lambda job, now: not predicate(job, now)


def _words(term: _Term) -> Predicate:
    needle = term.value.casefold()

    def holds(job: Job, now: datetime) -> bool:
        # Line ends keep a needle from matching across two fields.
        return needle in f"{job.name}\n{job.id.source}:{job.id.native}\n{job.message}".casefold()

    return holds


def _state(term: _Term) -> Predicate:
    wanted = set()
    for word in term.value.lower().split(","):
        try:
            wanted.add(JobState(word))
        except ValueError:
            near = difflib.get_close_matches(word, [state.value for state in JobState], n=1)
            meant = f"Did you mean {near[0]!r}? " if near else ""
            raise FilterError(
                f"there is no state {word!r}", term.position, hint=f"{meant}States: {', '.join(JobState)}."
            ) from None
    states = frozenset(wanted)
    return lambda job, now: job.state in states


def _source(term: _Term) -> Predicate:
    source = term.value.casefold()
    return lambda job, now: job.id.source.casefold() == source


def _provider(term: _Term) -> Predicate:
    provider = term.value.casefold()
    return lambda job, now: job.provider.casefold() == provider


def _error_text(job: Job) -> str:
    return "" if job.error is None else f"{job.error.code}\n{job.error.title}\n{job.error.detail}"


_TEXTS: Mapping[str, Callable[[Job], str]] = {
    "kind": lambda job: job.kind,
    "id": lambda job: job.id.native,
    "name": lambda job: job.name,
    "message": lambda job: job.message,
    "error": _error_text,
    "native": lambda job: job.native_state,
}


def _text(term: _Term, told: Callable[[Job], str]) -> Predicate:
    needle = term.value.casefold()
    return lambda job, now: needle in told(job).casefold()


def _value_compared(term: _Term, told: Callable[[Job], str]) -> Predicate:
    wanted = number_of(term.value)
    if wanted is None and term.comparison == "=":
        text = term.value.casefold()
        return lambda job, now: told(job).casefold() == text
    if wanted is None:
        raise FilterError(
            f"{term.value!r} is not a number", term.position, hint=f"Text is found by {term.field}:{term.value}."
        )
    compare, number = _OPERATORS[term.comparison], wanted
    return lambda job, now: (known := number_of(told(job))) is not None and compare(known, number)


def _pattern(term: _Term, told: Callable[[Job], str] | None) -> Predicate:
    try:
        pattern = Pattern(term.value)
    except PatternError as error:
        raise FilterError(
            f"{term.value!r} is no regular expression that is taken here: {error}",
            term.position,
            hint="Quotes keep spaces together, and in them a backslash is written twice.",
        ) from None
    if told is None:
        return lambda job, now: (
            pattern.found_in(job.name) or pattern.found_in(str(job.id)) or pattern.found_in(job.message)
        )
    return lambda job, now: any(pattern.found_in(line) for line in told(job).split("\n"))


def _age(term: _Term) -> Predicate:
    return _on_span(term, "an age", lambda job, now: _since(job.began_at, now))


def _duration(term: _Term) -> Predicate:
    return _on_span(
        term,
        "a duration",
        lambda job, now: _since(job.started_at, job.finished_at if job.state.is_final else now),
    )


def _seen(term: _Term) -> Predicate:
    return _on_span(term, "a time", lambda job, now: _since(job.observed_at, now))


def _since(begin: datetime | None, end: datetime | None) -> float | None:
    return (end - begin).total_seconds() if begin and end else None


def _on_span(term: _Term, called: str, span_s: Callable[[Job, datetime], float | None]) -> Predicate:
    match = _AGE.fullmatch(term.value.lower())
    if match is None:
        raise FilterError(
            f"{term.value!r} is not {called}",
            term.position,
            hint=f"{called[0].upper()}{called[1:]} is a number with s, m, h or d: {term.field}<2h.",
        )
    unit_s = _UNIT_SECONDS[match.group(2)]
    wanted_s = float(match.group(1)) * unit_s
    if term.comparison == "=":
        # Nobody means the exact second: "2h" holds until it is three.
        return lambda job, now: (known := span_s(job, now)) is not None and wanted_s <= known < wanted_s + unit_s
    compare = _OPERATORS[term.comparison]
    return lambda job, now: (known := span_s(job, now)) is not None and compare(known, wanted_s)


def _progress(term: _Term) -> Predicate:
    match = _PROGRESS.fullmatch(term.value)
    wanted = float(match.group(1)) / (100 if match.group(2) else 1) if match else math.inf
    if wanted > 1:
        raise FilterError(
            f"{term.value!r} is not a progress",
            term.position,
            hint="Progress is a fraction from 0 to 1 or a percentage: progress>0.5 or progress>50%.",
        )
    if term.comparison == "=":
        # As shown: two jobs at "62 %" are equal.
        percent = round(wanted * 100)
        return lambda job, now: job.progress is not None and round(job.progress * 100) == percent
    compare = _OPERATORS[term.comparison]
    return lambda job, now: job.progress is not None and compare(job.progress, wanted)


_PREDICATES: Mapping[str, Callable[[_Term], Predicate]] = {
    "": _words,
    "state": _state,
    "source": _source,
    "provider": _provider,
    "age": _age,
    "duration": _duration,
    "seen": _seen,
    "progress": _progress,
}
