"""What a TOML file says of a job API: which calls it has, and how its answers are read.

Every value is found with a JMESPath expression, every call is filled with `{expression}` placeholders; `expression.py`
and `template.py` tell how. The tables are::

    about = "..."             what the API is called
    [auth]                    header and prefix, or query: where the source's token goes
    [headers]                 sent with every call
    [capture]                 name = expression: kept with the job, known in later calls
    [status] [submit] [cancel] [result] [file] [list] [check]      the calls; status alone is needed
    [job]                     id, state, name, kind, message, progress, log, times
    [states]                  our state = [the API's words], besides the usual ones
    [error]                   when an answer is one, its code and message, classes of codes
    [[artifact]]              what a result holds
    [[variant]]               when = condition: job, error and artifact for answers of another form
    [[target]]                what can be submitted, for the form
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from jobtui.core.jobs import JsonObject
from jobtui.core.states import JobState
from jobtui.providers.base import Target
from jobtui.providers.capabilities import Capabilities
from jobtui.providers.rest.expression import Expression, Scope
from jobtui.providers.rest.model import TARGET, Auth, Call, CancelCall, ListCall, Reading
from jobtui.providers.rest.sections import (
    auth_in,
    base_reading_in,
    call_in,
    cancel_in,
    captures_in,
    headers_in,
    listing_in,
    optional_call_in,
    target_in,
    variant_in,
    words_in,
)
from jobtui.providers.rest.tables import Table


class ApiDescription(Struct, frozen=True):
    """A whole API, as its file describes it."""

    about: str
    auth: Auth
    headers: Mapping[str, str]
    captures: Mapping[str, Expression]
    status: Call
    submit: Call | None
    cancel: CancelCall | None
    result: Call | None
    file: Call | None
    file_link: Expression
    list: ListCall | None
    check: Call | None
    check_detail: Expression | None
    reading: Reading
    variants: tuple[tuple[Expression, Reading], ...]
    words: Mapping[str, JobState]
    """The API's own words for states, in normal form."""
    lost_words: frozenset[str]
    """Words that say there is no such job, in normal form."""
    targets: tuple[Target, ...]
    capabilities: Capabilities

    @classmethod
    def parse(cls, document: JsonObject, *, file: str) -> ApiDescription:
        """Understand a description.

        Args:
            document: The parsed TOML.
            file: Its name, for messages.

        Raises:
            SettingsError: Names the file, the key and what is wrong with it.
        """
        return _description(document, file)

    def reading_of(self, scope: Scope) -> Reading:
        """How this answer is read: the first variant whose condition holds, or what stands outside of variants."""
        return next((reading for when, reading in self.variants if when.holds(scope)), self.reading)


def _description(document: JsonObject, file: str) -> ApiDescription:
    captured = Table(document, file=file).table("capture")
    known = frozenset({"id", TARGET, *captured.names()})
    table = Table(document, file=file, job_values=known)
    about = table.text("about")
    captures = captures_in(table.table("capture"))
    if not table.has("status"):
        raise table.fault("status", "the call that looks at a job is missing", hint="At least: path = '/jobs/{id}'.")
    interval_s = table.table("status").number("interval_s", 5.0, least=0.1, most=86_400.0)
    submit = optional_call_in(table, "submit", frozenset({TARGET, "payload"}), method="POST", extra=("target",))
    file_call = optional_call_in(table, "file", known | {"file_id"}, extra=("link",))
    check = optional_call_in(table, "check", frozenset(), extra=("detail",))
    cancel, listing = cancel_in(table, known), listing_in(table)
    target_hint = table.table("submit").text("target")
    base = base_reading_in(table, known)
    variants = tuple(variant_in(variant, base, known) for variant in table.tables("variant"))
    readings = (base, *(reading for _, reading in variants))
    words, lost_words = words_in(table.table("states"))
    description = ApiDescription(
        about=about,
        auth=auth_in(table.table("auth")),
        headers=headers_in(table),
        captures=captures,
        status=call_in(table.table("status"), known, extra=("interval_s",)),
        submit=submit,
        cancel=cancel,
        result=optional_call_in(table, "result", known),
        file=file_call,
        file_link=table.table("file").expression("link") or Expression("url || download_url"),
        list=listing,
        check=check,
        check_detail=table.table("check").expression("detail"),
        reading=base,
        variants=variants,
        words=words,
        lost_words=lost_words,
        targets=tuple(target_in(target) for target in table.tables("target")),
        capabilities=Capabilities(
            lists=listing is not None,
            submits=submit is not None,
            cancels=cancel is not None,
            why_no_cancel="" if cancel else f"{about or file} describes no way to cancel.",
            poll_interval_s=interval_s,
            target_hint=target_hint,
            results_expire=any(rule.lifetime for reading in readings for rule in reading.artifacts),
            logs=any(reading.job.log for reading in readings),
        ),
    )
    table.end()
    return description
