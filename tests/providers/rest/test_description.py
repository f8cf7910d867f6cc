from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtui.core.errors import SettingsError
from jobtui.core.jobs import JobId
from jobtui.core.states import JobState
from jobtui.providers.rest.description import ApiDescription
from jobtui.providers.rest.files import builtin_names, parsed, read_description
from jobtui.providers.rest.wire import log_in
from tests.providers.rest.services import APIS, api

SMALLEST = """
[status]
path = "/jobs/{id}"

[job]
state = "status"
"""


def parse(text: str) -> ApiDescription:
    return ApiDescription.parse(tomllib.loads(text), file="api.toml")


def mistake(text: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return caught.value


def test_a_path_and_a_state_are_enough() -> None:
    description = parse(SMALLEST)
    capabilities = description.capabilities
    assert (capabilities.lists, capabilities.submits, capabilities.cancels) == (False, False, False)
    assert capabilities.why_no_cancel == "api.toml describes no way to cancel."
    assert description.auth.header == "authorization"


@pytest.mark.parametrize("name", [*builtin_names(), *(path.stem for path in APIS.glob("*.toml"))])
def test_every_description_that_comes_along_is_understood(name: str) -> None:
    assert api(name).about


@pytest.mark.parametrize(
    "path", [*APIS.glob("*.toml"), *Path(str(read_description.__code__.co_filename)).parent.glob("examples/*.toml")]
)
def test_a_whole_api_takes_some_forty_lines(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= (60 if path.stem == "gateway" else 42)


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("", "api.toml: status: the call that looks at a job is missing", "path = '/jobs/{id}'"),
        ('[status]\npath = "/a"', "api.toml: job.state: it is missing", ""),
        ('[status]\nmethod = "GET"\n[job]\nstate = "x"', "api.toml: status.path: it is missing", "`url`"),
        (SMALLEST + 'stat = "x"', "api.toml: job.stat: there is no such key here", "Did you mean 'state'?"),
        ('[status]\npath = "/a"\n[job]\nstat = "x"', "api.toml: job.stat: there is no such key", "mean 'state'?"),
        ('[status]\npaht = "/a"\n[job]\nstate = "x"', "api.toml: status.paht: there is no such key", "mean 'path'?"),
        (SMALLEST + "[statuss]\n", "api.toml: statuss: there is no such key here", "Did you mean 'status'?"),
        (SMALLEST + "name = 1", "api.toml: job.name: a text is needed, not a number", ""),
        (SMALLEST + 'name = "a ||"', "api.toml: job.name: 'a ||' can't be understood", ""),
        (SMALLEST + "name = \"hedder('x')\"", "api.toml: job.name: there is no function hedder()", "'header'"),
        (SMALLEST + "name = \"value('x')\"", "api.toml: job.name: nothing is known as 'x' here", "Known: id, target."),
        (SMALLEST + 'times = "sec"', "api.toml: job.times: 'sec' is none of rfc3339, s, ms", ""),
        (SMALLEST + 'progress_scale = "percentage"', "progress_scale: 'percentage' is none of", "'percent'"),
        (SMALLEST + 'utc_offset = "8"', "api.toml: job.utc_offset: '8' is no offset from UTC", "+08:00"),
        (SMALLEST + 'utc_offset = "+15:00"', "is no offset from UTC", ""),
        (SMALLEST + "[states]\nsucceded = ['OK']", "api.toml: states.succeded: nothing is known as", "'succeeded'"),
        (SMALLEST + "[states]\nfailed = 'OK'", "api.toml: states.failed: a list is needed, not a text", ""),
        (SMALLEST + "[states]\nfailed = [[]]", "states.failed: a list of words or numbers is needed", ""),
        (SMALLEST + "[states]\nfailed=['IN X']\nqueued=['in_x']", "'in_x' stands for two states", ""),
        (SMALLEST + "[states]\nnot_found=['x']\nqueued=['X']", "api.toml: states.queued: 'x' stands for two", ""),
        (SMALLEST + "[capture]\nid = 'x'", "api.toml: capture.id: a captured value needs another name", ""),
        (SMALLEST + "[capture]\n'a-b' = 'x'", "capture.a-b: a captured value needs another name", ""),
        (SMALLEST + "[capture]\na = 'b c'", "api.toml: capture.a: 'b c' can't be understood", ""),
        (SMALLEST + "[auth]\nquery='key'\nprefix='x'", "auth.query: the token goes into a header or", ""),
        (SMALLEST + "[auth]\nheader='a b'", "auth.header: 'a b' can't be the name of a header", ""),
        (SMALLEST + "[auth]\nprefix='é'", "auth.prefix: it holds characters", ""),
        (SMALLEST + "[auth]\ntoken='sk'", "auth.token: there is no such key", ""),
        (SMALLEST + "[headers]\nAuthorization='Bearer x'", "headers.Authorization: a description holds", "`token`"),
        (SMALLEST + "[headers]\n'x-é'='a'", "headers.x-é: this can't be sent", ""),
        (SMALLEST + "[headers]\nx=[1]", "headers.x: a text is needed, not a list", ""),
        (SMALLEST + "[submit]\npath='/x'\nmethod='SEND'", "submit.method: 'SEND' is none of GET", ""),
        (SMALLEST + "[submit]\npath='/x/{id}'", "submit.path: nothing is known as 'id'", "Known: payload, target."),
        (SMALLEST + "[submit]\npath='/x'\nbody={a='{pay.x}'}", "submit.body: nothing is known as 'pay'", "'payload'"),
        (SMALLEST + "[submit]\npath='/x'\nbody={a=2026-01-01}", "submit.body: JSON has no dates", ""),
        (SMALLEST + "[submit]\npath='/x'\nbody=[09:00:00]", "submit.body: JSON has no dates", ""),
        (SMALLEST + "[submit]\npath='/x'\nquery={a='{b'}", "submit.query.a: a { stands alone", "{{"),
        (SMALLEST + "[submit]\npath='/x'\nok=[20]", "submit.ok: HTTP statuses are needed", ""),
        (SMALLEST + "[submit]\npath='/x'\nok=200", "submit.ok: a list is needed, not a number", ""),
        (SMALLEST + "[submit]\nurl='x'\nbody='x'", "submit.body: a call to a captured url has none", ""),
        (SMALLEST + "[submit]\npath='/x'\ntimeout=3", "submit.timeout: there is no such key", ""),
        (SMALLEST + "[result]\npath='/x/{payload}'", "result.path: nothing is known as 'payload'", ""),
        (SMALLEST + "[file]\npath='/x/{fileid}'", "file.path: nothing is known as 'fileid'", "'file_id'"),
        (SMALLEST + "[cancel]\npath='/x'\nstates=['done']", "cancel.states: only queued, running", ""),
        (SMALLEST + "[cancel]\npath='/x'\nstates=['failed']", "cancel.states: only queued, running", ""),
        (SMALLEST + "[list]\npath='/x'", "list.items: it is missing", ""),
        (SMALLEST + "[list]\npath='/x'\nitems='a'\nquery={p='{page}'}", "list.page_size: it is missing", ""),
        (SMALLEST + "[list]\npath='/x'\nitems='a'\npage_size='x'", "list.page_size: a number from 0 to", ""),
        (SMALLEST + "[error]\nwhen='a b'", "error.when: 'a b' can't", ""),
        (SMALLEST + "[error.classes]\nbussy=[1]", "error.classes.bussy: nothing is known", "'busy'"),
        (SMALLEST + "[error.classes]\nbusy=1", "error.classes.busy: a list is needed", ""),
        (SMALLEST + "[error.classes]\nbusy='a b'", "error.classes.busy: 'a b' can't", ""),
        (SMALLEST + "[[artifact]]\nrole='x'", "artifact[1]: exactly one of url, auto", ""),
        (SMALLEST + "[[artifact]]\nurl='x'\n[[artifact]]\nurl='x'\njson='y'", "artifact[2]: exactly one of", ""),
        (SMALLEST + "[[artifact]]\nurl='x'\nlifetime_s=-1", "artifact[1].lifetime_s: a number from 0", ""),
        (SMALLEST + "[[artifact]]\nurl='x'\nquery={a='b'}", "artifact[1].query: there is no such key", ""),
        (SMALLEST + "[artifact]\nurl='x'", "artifact: tables: [[artifact]] is needed, not a table", ""),
        ("artifact=['x']\n" + SMALLEST, "artifact: a list of tables is needed, not of a text", ""),
        ("error='x'\n" + SMALLEST, "error: a table is needed, not a text", ""),
        ("about=2026-01-01\n" + SMALLEST, "about: a text is needed, not a date or time", ""),
        (SMALLEST + "[[variant]]\njob={state='x'}", "variant[1].when: it is missing", ""),
        (SMALLEST + "[[variant]]\nwhen='x'\njob={stat='x'}", "variant[1].job.stat: there is no such key", "'state'"),
        (SMALLEST + "[[variant]]\nwhen='x'\nstates={}", "variant[1].states: there is no such key", ""),
        (SMALLEST + "[[target]]\nlabel='x'", "target[1].name: it is missing", ""),
        (SMALLEST + "[[target]]\nname='x'\n[[target.parameters]]\ntype='x'", "target[1].parameters[1].name: it is", ""),
        (SMALLEST + "[[target]]\nname='x'\nparameters=[{name='a',type='text'}]", "[1].type: 'text' is none", ""),
        (SMALLEST + "[[target]]\nname='x'\nparameters=[{name='a',required='x'}]", "required: true or false", ""),
        ("[status]\npath='/x'\ninterval_s=0\n[job]\nstate='x'", "status.interval_s: a number from 0.1 to 86400", ""),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_file_and_key(text: str, words: str, hint: str) -> None:
    error = mistake(text)
    assert words in str(error)
    assert str(error).startswith("api.toml: ")
    assert hint in error.hint


def test_what_is_described_is_offered() -> None:
    description = parse(
        SMALLEST
        + """
        [submit]
        path = "/jobs"
        [states]
        succeeded = ["Ready", 2, true]
        [[target]]
        name = "resize"
        label = "Resize"
        description = "Make it smaller"
        parameters = [{ name = "width", type = "integer", required = true, default = "100", choices = [100, 200] }]
        """
    )
    (target,) = description.targets
    assert (target.name, target.label, target.description) == ("resize", "Resize", "Make it smaller")
    (width,) = target.parameters
    assert (width.type, width.required, width.default, width.choices) == ("integer", True, "100", ("100", "200"))
    assert dict(description.words) == dict.fromkeys(("ready", "2", "true"), JobState.SUCCEEDED)


@pytest.mark.parametrize(
    ("log", "body", "expected"),
    [
        ("logs", b'{"logs": "one\\ntwo\\n"}', "one\ntwo\n"),
        ("lines", b'{"lines": ["one\\n", 2, null, "three"]}', "one\n2\n\nthree"),
        ("logs[*].join(' ', [at, text])", b'{"logs": [{"at": "9:00", "text": "up"}]}', "9:00 up"),
        ("logs", b'{"logs": null}', ""),
        ("logs", b"no JSON", ""),
    ],
)
def test_a_log_is_a_text_or_its_lines(log: str, body: bytes, expected: str) -> None:
    description = parse(SMALLEST + f'log = "{log}"')
    assert description.capabilities.logs
    assert log_in(description, body, JobId("x", "1")) == expected


def test_a_variant_tells_its_log_elsewhere_or_is_the_only_one_that_does() -> None:
    description = parse(SMALLEST + '[[variant]]\nwhen = "events"\njob = { log = "events[*].text" }')
    assert description.capabilities.logs
    assert log_in(description, b'{"events": [{"text": "up"}]}', JobId("x", "1")) == "up"
    assert log_in(description, b'{"logs": "up"}', JobId("x", "1")) == ""
    assert not parse(SMALLEST).capabilities.logs


@pytest.mark.parametrize(("text", "minutes"), [("+08:00", 480), ("-03:30", -210)])
def test_an_offset_from_utc_goes_both_ways(text: str, minutes: int) -> None:
    assert parse(SMALLEST + f"utc_offset = '{text}'").reading.job.utc_offset == timedelta(minutes=minutes)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "a", "{", "a ||", "/x/{id}", "GET"])
)
KEYS = st.sampled_from(
    ["status", "submit", "job", "state", "path", "url", "error", "classes", "artifact", "variant", "when", "list",
     "items", "query", "headers", "body", "auth", "states", "capture", "target", "name", "parameters", "cancel",
     "result", "file", "busy", "failed", "page_size", "ok", "times"]
)  # fmt: skip
TABLES = st.dictionaries(
    KEYS, LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(KEYS, LEAVES, max_size=3), max_size=4
)


@settings(max_examples=200)
@given(st.dictionaries(KEYS, TABLES | st.lists(TABLES, max_size=2) | LEAVES, max_size=5))
def test_no_document_makes_it_fail_in_another_way(document: dict[str, object]) -> None:
    whole: dict[str, Any] = {**tomllib.loads(SMALLEST), **document}
    fault = ""
    try:
        ApiDescription.parse(whole, file="api.toml")
    except SettingsError as error:
        fault = str(error)
    assert not fault or fault.startswith("api.toml: ")


def test_a_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SMALLEST)
    assert read_description("mine.toml", tmp_path).reading.job.state.text == "status"
    assert read_description(str(tmp_path / "mine.toml"), Path("/nowhere")).about == ""


@pytest.mark.parametrize(
    ("name", "words"), [("none.toml", "No such file"), (".", "directory"), ("a\0b", "can't be read: it is no path")]
)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_description(name, tmp_path)
    assert words in str(caught.value)


def test_a_builtin_that_is_not_there_is_guessed() -> None:
    with pytest.raises(SettingsError) as caught:
        read_description("builtin:replicat", Path())
    assert caught.value.hint == "Did you mean 'replicate'?"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff", "isn't UTF-8"),
        (b"a = ", "isn't TOML"),
        (b"#" * 300_000, "too large"),
        (b"a=" + b"[" * 9999, "isn't TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_named(content: bytes, words: str) -> None:
    with pytest.raises(SettingsError, match=rf"^api\.toml: .*{words}"):
        parsed(content, "api.toml")
