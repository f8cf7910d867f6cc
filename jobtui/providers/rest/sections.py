"""Reading the tables of a description one by one."""

from __future__ import annotations

import re
from datetime import timedelta

from jobtui.core.errors import SettingsError
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.providers.base import Target, TargetParameter
from jobtui.providers.rest.expression import Expression, check_names
from jobtui.providers.rest.model import (
    ARTIFACT_FORMS,
    TARGET,
    USUAL_ERROR,
    ArtifactRule,
    Auth,
    Call,
    CancelCall,
    ErrorClass,
    ErrorReading,
    ErrorRule,
    JobReading,
    ListCall,
    Reading,
)
from jobtui.providers.rest.tables import Table
from jobtui.providers.rest.template import BodyTemplate, PathTemplate, Template
from jobtui.providers.state_words import normal_form

NOT_FOUND_STATE = "not_found"
"""In `[states]`: words that say there is no such job."""

_SCALES = ("percent", "fraction", "text")
_TIMES = ("rfc3339", "s", "ms")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PARAMETER_TYPES = ("string", "integer", "number", "boolean", "object", "array")
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_RESERVED = frozenset({"id", TARGET, "payload", "page", "cursor", "file_id"})
_DAY_S = 86_400.0


def captures_in(table: Table) -> dict[str, Expression]:
    """What is kept with a job, by the name that later calls know it by."""
    captures = {}
    for name in table.names():
        if name in _RESERVED or not _NAME.fullmatch(name):
            raise table.fault(name, "a captured value needs another name", hint="Letters, digits and _; not `id`.")
        if expression := table.expression(name):
            captures[name] = expression
    return captures


def auth_in(table: Table) -> Auth:
    """Where the token goes."""
    auth = Auth(table.text("header", "authorization").lower(), table.text("prefix", "Bearer "), table.text("query"))
    if auth.query and (table.has("header") or table.has("prefix")):
        raise table.fault("query", "the token goes into a header or into the query, not both")
    if not _HEADER_NAME.fullmatch(auth.header):
        raise table.fault("header", f"{auth.header!r} can't be the name of a header")
    if not (auth.prefix.isascii() and (auth.prefix.isprintable())):
        raise table.fault("prefix", "it holds characters that no header has")
    table.end()
    return auth


def headers_in(table: Table) -> dict[str, str]:
    """Fixed headers, which hold no secret."""
    headers = table.texts("headers")
    for name, text in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not (text.isascii() and text.isprintable()):
            raise table.fault(f"headers.{name}", "this can't be sent as a header")
        if name.lower() in {"authorization", "cookie", "proxy-authorization"}:
            raise table.fault(f"headers.{name}", "a description holds no secret", hint="Set `token` of the source.")
    return {name.lower(): text for name, text in headers.items()}


def optional_call_in(
    table: Table, key: str, known: frozenset[str], *, method: str = "GET", extra: tuple[str, ...] = ()
) -> Call | None:
    """A call that an API need not have."""
    return call_in(table.table(key), known, method=method, extra=extra) if table.has(key) else None


def call_in(table: Table, known: frozenset[str], *, method: str = "GET", extra: tuple[str, ...] = ()) -> Call:
    """One call; `known` are the names that its placeholders may use, `extra` the keys that others read."""
    for key in extra:
        table.has(key)
    call = Call(
        method=table.choice("method", _METHODS, method),
        path=table.made("path", lambda text: PathTemplate(text, known)),
        url=table.made("url", lambda text: Template(text, known)),
        query=_templates(table, "query", known),
        headers={name: Template(text, known) for name, text in headers_in(table).items()},
        body=None,
        ok=table.statuses("ok", frozenset()),
    )
    if call.path is None and call.url is None:
        raise table.missing("path", hint="Without a path the call needs at least a captured `url`.")
    if table.has("body"):
        body = table.value("body")
        with table.reading("body"):
            call = replace(call, body=BodyTemplate(body, known))
        if call.url is not None:
            raise table.fault("body", "a call to a captured url has none")
    table.end()
    return call


def _templates(table: Table, key: str, known: frozenset[str]) -> dict[str, Template]:
    templates = {}
    for name, text in table.texts(key).items():
        with table.reading(f"{key}.{name}"):
            templates[name] = Template(text, known)
    return templates


def cancel_in(table: Table, known: frozenset[str]) -> CancelCall | None:
    """The call that ends a job."""
    if not table.has("cancel"):
        return None
    section = table.table("cancel")
    words = section.words("states", ("queued", "running"))
    states = frozenset(state for state in JobState if state in words and not state.is_final)
    if len(states) != len(set(words)):
        raise section.fault("states", "only queued, running, cancelling and unknown jobs can be cancelled")
    return CancelCall(
        call=call_in(section, known, method="POST", extra=("states", "refused", "accepted")),
        states=states,
        refused=section.statuses("refused", frozenset({400, 409, 422})),
        accepted=section.expression("accepted"),
    )


def listing_in(table: Table) -> ListCall | None:
    """The call that lists jobs."""
    if not table.has("list"):
        return None
    section = table.table("list")
    items = section.expression("items")
    if items is None:
        raise section.missing("items", hint="The expression that finds the list of jobs.")
    listing = ListCall(
        call=call_in(section, frozenset({"page", "cursor"}), extra=("items", "total", "next", "page_size")),
        items=items,
        total=section.expression("total"),
        next=section.expression("next"),
        page_size=int(section.number("page_size", 0, least=0, most=10_000)),
    )
    numbered = any("page" in template.names for template in listing.call.query.values())
    if numbered and not listing.page_size:
        raise section.missing("page_size", hint="Without it nobody knows which page is the last.")
    return listing


def base_reading_in(table: Table, known: frozenset[str]) -> Reading:
    """How answers are read that no variant is for."""
    section = table.table("job")
    state = section.expression("state")
    if state is None:
        raise section.missing("state", hint="The expression that finds the API's word for the state.")
    job = _job_reading(section, JobReading(id=Expression("id"), state=state))
    error = _error_reading(table.table("error"), USUAL_ERROR)
    artifacts = tuple(_artifact(artifact, known) for artifact in table.tables("artifact"))
    return Reading(job, error, artifacts)


def variant_in(table: Table, base: Reading, known: frozenset[str]) -> tuple[Expression, Reading]:
    """The condition of a variant, and its reading: what it leaves out is as in `base`."""
    when = table.expression("when")
    if when is None:
        raise table.missing("when", hint="The condition that tells this form of answer from others.")
    artifacts = tuple(_artifact(artifact, known) for artifact in table.tables("artifact"))
    reading = Reading(
        job=_job_reading(table.table("job"), base.job),
        error=_error_reading(table.table("error"), base.error),
        artifacts=artifacts if table.has("artifact") else base.artifacts,
    )
    table.has("job")
    table.has("error")
    table.end()
    return when, reading


def _job_reading(table: Table, base: JobReading) -> JobReading:
    reading = JobReading(
        id=table.expression("id") or base.id,
        state=table.expression("state") or base.state,
        failed_when=table.expression("failed_when", base.failed_when),
        name=table.expression("name", base.name),
        kind=table.expression("kind", base.kind),
        message=table.expression("message", base.message),
        progress=table.expression("progress", base.progress),
        progress_scale=table.choice("progress_scale", _SCALES, base.progress_scale),
        log=table.expression("log", base.log),
        created_at=table.expression("created_at", base.created_at),
        started_at=table.expression("started_at", base.started_at),
        finished_at=table.expression("finished_at", base.finished_at),
        times=table.choice("times", _TIMES, base.times),
        utc_offset=table.made("utc_offset", _utc_offset) or base.utc_offset,
    )
    table.end()
    return reading


def _utc_offset(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise SettingsError(f"{text!r} is no offset from UTC", hint="It looks like +08:00.")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -offset if match[1] == "-" else offset


def _error_reading(table: Table, base: ErrorReading) -> ErrorReading:
    classes = table.table("classes")
    rules = tuple(_error_rule(classes, name) for name in classes.names())
    reading = ErrorReading(
        when=table.expression("when", base.when),
        code=table.expression("code") or base.code,
        message=table.expression("message") or base.message,
        detail=table.expression("detail", base.detail),
        request_id=table.expression("request_id") or base.request_id,
        rules=rules or base.rules,
    )
    table.end()
    return reading


def _error_rule(table: Table, name: str) -> ErrorRule:
    with table.reading(name):
        check_names(frozenset({name}), frozenset(ErrorClass))
    error_class = ErrorClass(name)
    if isinstance(table.value(name), str):
        return ErrorRule(error_class, when=table.expression(name))
    return ErrorRule(error_class, codes=frozenset(table.words(name)))


def _artifact(table: Table, known: frozenset[str]) -> ArtifactRule:
    forms = [form for form in ARTIFACT_FORMS if table.has(form)]
    if len(forms) != 1:
        raise table.fault("", f"exactly one of {', '.join(ARTIFACT_FORMS)} is needed, not {', '.join(forms) or 'none'}")
    form = forms[0]
    lifetime_s = table.number("lifetime_s", 0, least=0, most=365 * _DAY_S)
    rule = ArtifactRule(
        form=form,
        expression=None if form == "path" else table.expression(form),
        path=table.made(form, lambda text: PathTemplate(text, known)) if form == "path" else None,
        query=_templates(table, "query", known) if form == "path" else {},
        when=table.expression("when"),
        role=table.text("role"),
        media_type=table.text("media_type"),
        lifetime=timedelta(seconds=lifetime_s) if lifetime_s else None,
    )
    table.end()
    return rule


def words_in(table: Table) -> tuple[dict[str, JobState], frozenset[str]]:
    """The API's own words for states, and those that say there is no such job."""
    words: dict[str, JobState] = {}
    lost: frozenset[str] = frozenset()
    ours = frozenset(state.value for state in JobState if state is not JobState.LOST) | {NOT_FOUND_STATE}
    for name in table.names():
        with table.reading(name):
            check_names(frozenset({name}), ours)
        for word in map(normal_form, table.words(name)):
            if word in words or word in lost:
                raise table.fault(name, f"{word!r} stands for two states")
            if name == NOT_FOUND_STATE:
                lost |= {word}
            else:
                words[word] = JobState(name)
    return words, lost


def target_in(table: Table) -> Target:
    """Something that can be submitted."""
    name = table.text("name")
    if not name:
        raise table.missing("name")
    parameters = tuple(_parameter(parameter) for parameter in table.tables("parameters"))
    target = Target(name, table.text("label"), table.text("description"), parameters)
    table.end()
    return target


def _parameter(table: Table) -> TargetParameter:
    name = table.text("name")
    if not name:
        raise table.missing("name")
    parameter = TargetParameter(
        name=name,
        type=table.choice("type", _PARAMETER_TYPES, "string"),
        required=table.flag("required"),
        description=table.text("description"),
        default=table.text("default"),
        choices=table.words("choices"),
    )
    table.end()
    return parameter
