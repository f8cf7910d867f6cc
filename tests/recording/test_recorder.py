"""The file: whose it is, what ends it, and that nothing is lost of what was written."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtui.core.errors import UsageError
from jobtui.core.exchanges import Exchange
from jobtui.core.jobs import Job, JobError, JobId, JsonObject, Task
from jobtui.core.origins import Origins
from jobtui.core.redaction import Redactor
from jobtui.core.states import JobState
from jobtui.recording.hiding import Hider, StandIns
from jobtui.recording.lines import exchange_line, exchange_of, read_line, written
from jobtui.recording.reading import read_recording
from jobtui.recording.recorder import Recorder
from tests.fakes import START, FakeClock

SOURCES: dict[str, JsonObject] = {"evo": {"provider": "evo"}}
ANSWERED = Exchange("GET", "https://evo.example/x", 2.0, 0.5, status=200, headers=(("etag", "e"),), body=b'{"a":1}')


def recorder(path: Path, clock: FakeClock | None = None, **limits: int) -> Recorder:
    return Recorder(path, SOURCES, clock=clock or FakeClock(), redactor=Redactor(), **limits)


def test_what_was_told_comes_back(tmp_path: Path) -> None:
    clock = FakeClock()
    clock.skip(1.0)
    made = recorder(tmp_path / "a", clock)
    tap = made.tap("evo", "https://evo.example/api")
    binary = Exchange("PUT", "https://elsewhere.example/y", 3.0, 0.1, status=200, body=b"\0\xff", whole_bytes=99)
    tap(binary)
    tap(ANSWERED)
    tap(Exchange("GET", "https://evo.example/x", 4.0, 9.0, fault="no answer"))
    job = Job(
        JobId("evo", "t/k/1"),
        "evo",
        JobState.FAILED,
        "failed",
        "name",
        "t/k",
        0.5,
        "words",
        JobError("c", "t", "d"),
        created_at=START,
        observed_at=START,
        tasks=(Task("1", "one", JobState.QUEUED, "q", START),),
        can_cancel=True,
        handle={"link": "https://evo.example/l"},
    )
    clock.skip(4.0)
    made.watch([job, job])
    made.close()
    read = read_recording(tmp_path / "a")
    assert read.heading.started_at == START.replace(second=1)
    assert read.heading.sources == SOURCES
    assert [(one.method, one.url, one.at_s, one.body, one.whole_bytes, one.fault) for one in read.exchanges] == [
        ("GET", "http://evo.recorded/x", 1.0, b'{"a":1}', None, ""),
        ("PUT", "https://elsewhere.example/y", 2.0, b"", 99, ""),
        ("GET", "http://evo.recorded/x", 3.0, b"", None, "no answer"),
    ]
    assert read.length_s == 12.0
    (watched,) = read.watched
    assert watched.at_s == 4.0
    assert {**{name: getattr(watched.job, name) for name in Job.__struct_fields__}, "handle": {}} == {
        **{name: getattr(job, name) for name in Job.__struct_fields__},
        "handle": {},
    }
    assert dict(watched.job.handle) == {"link": "http://evo.recorded/l"}
    assert made.exchanges == 3


@settings(max_examples=80)
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    st.text(max_size=30),
    st.integers(200, 999),
)
def test_whatever_a_service_sends_can_be_read_again(body: bytes, header: str, status: int) -> None:
    told = Exchange("GET", "https://x.example/?a=b", 0, 0, status=status, headers=(("etag", header),), body=body)
    hider = Hider(Redactor(), Redactor(), StandIns(), Origins({}))
    hidden = hider.exchange(told)
    assert exchange_of(read_line(written(exchange_line(hidden)))) == hidden


@pytest.mark.parametrize("base_url", ["https://evo.example", "https://evo.example:443/api"])
def test_a_service_s_host_is_left_out_however_it_is_written(base_url: str, tmp_path: Path) -> None:
    made = recorder(tmp_path / "a")
    body = b"https://evo.example/x https://EVO.example:443/x evo.example:99 https://evo.example:8443/"
    made.tap("evo", base_url)(Exchange("GET", "https://evo.example/x", 0, 0, status=200, body=body))
    made.close()
    (exchange,) = read_recording(tmp_path / "a").exchanges
    assert exchange.url == "http://evo.recorded/x"
    assert exchange.body == b"http://evo.recorded/x http://evo.recorded/x evo.recorded:99 https://evo.recorded:8443/"


def test_it_is_the_users_own_and_overwrites_nothing(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        recorder(tmp_path / "a").close()
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    before = (tmp_path / "a").read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        recorder(tmp_path / "a")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    with pytest.raises(UsageError, match="is there already"):
        recorder(tmp_path / "link")
    with pytest.raises(UsageError, match="can't be made"):
        recorder(tmp_path / "no" / "folder")
    assert (tmp_path / "a").read_bytes() == before
    assert not (tmp_path / "b").exists()


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """As a full disk: what would go beyond is written in part, then not at all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_ends_the_recording_with_a_word_and_with_whole_lines(tmp_path: Path) -> None:
    made = recorder(tmp_path / "a")
    tap = made.tap("evo", "https://evo.example")
    tap(ANSWERED)
    size = (tmp_path / "a").stat().st_size
    with files_end_at(size + 10):
        tap(ANSWERED)
    assert made.notice == "The recording ended: File too large."
    tap(ANSWERED)
    made.close()
    assert made.exchanges == 1
    assert len(read_recording(tmp_path / "a").exchanges) == 1
    with files_end_at(10), pytest.raises(UsageError, match="b can't be written"):
        recorder(tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_recording_that_was_forgotten_ends_by_itself(tmp_path: Path) -> None:
    made = recorder(tmp_path / "a", max_bytes=1024)
    tap = made.tap("evo", "https://evo.example")
    for _ in range(20):
        tap(ANSWERED)
    assert "it has reached" in made.notice
    assert 0 < len(read_recording(tmp_path / "a").exchanges) == made.exchanges < 20
    assert (tmp_path / "a").stat().st_size <= 1024


HEADING = {"jobtui_recording": 1, "started_at": "2026-11-22T12:00:00Z", "sources": SOURCES}
GOOD = {"at_s": 1, "method": "GET", "url": "http://evo.recorded/x", "took_s": 0, "status": 200}
JOB = {"address": "evo:1", "state": "queued", "tasks": [], "handle": {}}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "line 1: the file is empty. A recording is what"),
        (["no JSON"], "line 1: it is broken off or isn't JSON. A recording is what"),
        ([[1]], "line 1: it isn't a JSON object"),
        ([{"a": 1}], "line 1: this is no recording of jobtui's"),
        ([{**HEADING, "jobtui_recording": 2}], "line 1: the recording has format 2, this jobtui reads 1"),
        ([{**HEADING, "started_at": "now"}], "line 1: started_at is no time"),
        ([{**HEADING, "sources": {"a/b": {}}}], "line 1: sources holds something else than sources"),
        ([{**HEADING, "sources": {}}], "line 1: sources is no table"),
        ([HEADING, GOOD, '{"at_s": 1, "meth'], "line 3: it is broken off or isn't JSON. Without this line"),
        ([HEADING, "[" * 100_000], "line 2: it is broken off or isn't JSON"),
        ([HEADING, {**GOOD, "method": "get /"}], "line 2: method is no word"),
        ([HEADING, {**GOOD, "url": "file:///etc"}], "line 2: url is no URL"),
        ([HEADING, {**GOOD, "url": "http://[x/"}], "line 2: url is no URL"),
        ([HEADING, {**GOOD, "status": 101}], "line 2: status is no HTTP status"),
        ([HEADING, {**GOOD, "at_s": -1}], "line 2: at_s is no such number"),
        ([HEADING, {**GOOD, "at_s": True}], "line 2: at_s is no such number"),
        ([HEADING, {key: GOOD[key] for key in GOOD if key != "status"}], "line 2: it has neither status nor fault"),
        ([HEADING, {**GOOD, "body": 5}], "line 2: body is no text"),
        ([HEADING, {**GOOD, "body_base64": "%"}], "line 2: body_base64 isn't Base64"),
        ([HEADING, {**GOOD, "headers": 1}], "line 2: headers is no list"),
        ([HEADING, {**GOOD, "headers": [["a"]]}], "line 2: headers holds something else than names"),
        ([HEADING, {**GOOD, "headers": [["a", "b\r\nset-cookie: c=d"]]}], "line 2: headers holds what can't stand"),
        ([HEADING, {"at_s": 0, "job": 1}], "line 2: job is no object"),
        ([HEADING, {"at_s": 0, "job": {**JOB, "address": "evo:../x"}}], "line 2: job: the job id"),
        ([HEADING, {"at_s": 0, "job": {**JOB, "state": "odd"}}], "line 2: state is none of jobtui's"),
        ([HEADING, {"at_s": 0, "job": {**JOB, "tasks": {}}}], "line 2: tasks is no list"),
        ([HEADING, {"at_s": 0, "job": {**JOB, "tasks": [1]}}], "line 2: tasks holds something else"),
        ([HEADING, {"at_s": 0, "job": {**JOB, "handle": []}}], "line 2: handle is no object"),
        ([HEADING, {"at_s": 0, "job": {**JOB, "error": []}}], "line 2: error is no object"),
        ([HEADING, {"at_s": 0, "job": {**JOB, "name": 7}}], "line 2: name is no text"),
    ],
)
def test_a_damaged_line_is_named_with_what_is_wrong_with_it(lines: list[object], words: str, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    with pytest.raises(UsageError) as error:
        read_recording(file)
    assert error.value.in_full.startswith(f"{file}: {words}")


def test_a_last_line_that_was_cut_anywhere_is_left_out_and_named(tmp_path: Path) -> None:
    file = tmp_path / "a"
    whole, last = (f"{json.dumps(line, ensure_ascii=False)}\n".encode() for line in (HEADING, {**GOOD, "body": "ü{}"}))
    for length in range(len(last)):
        file.write_bytes(whole + last + last[:length])
        read = read_recording(file)
        assert (len(read.exchanges), read.cut_line) == (
            (1, 3) if 0 < length < len(last) - 1 else (1 + bool(length), None)
        )
    for zeros in (b"\0" * 99, last[:20] + b"\0" * 99):
        file.write_bytes(whole + last + zeros)
        assert read_recording(file).cut_line == 3


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("mine", "line 2: it is broken off or isn't JSON"),
        ('{"at_s": 1}', "line 2: method is no word"),
        ('{"at_s": 1, "meth\n', "line 2: it is broken off"),
        ('{"at_s": 1, "meth\n{"at_s"', "line 2: it is broken off"),
    ],
)
def test_a_last_line_that_is_wrong_in_any_other_way_is_refused(end: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"{json.dumps(HEADING)}\n{end}")
    with pytest.raises(UsageError, match=words):
        read_recording(tmp_path / "a")


async def test_many_watched_jobs_come_into_the_file_bit_by_bit_those_that_go_on_first(tmp_path: Path) -> None:
    clock, file = FakeClock(), tmp_path / "a"
    made = recorder(file, clock)
    over = [Job(JobId("evo", f"t/k/{number}"), "evo", JobState.SUCCEEDED) for number in range(500)]
    goes_on = Job(JobId("evo", "t/k/on"), "evo", JobState.RUNNING)
    made.watch([*over, goes_on])
    at_once = [watched.job for watched in read_recording(file).watched]
    assert at_once[0] == goes_on
    assert 0 < len(at_once) < 100
    clock.skip(5.0)
    made.tap("evo", "https://evo.example/api")(ANSWERED)
    await clock.advance(0.02)
    assert len(at_once) < len(read_recording(file).watched) < 501
    made.watch(over[:100])
    made.close()
    read = read_recording(file)
    assert {watched.job.id for watched in read.watched} == {job.id for job in (*over, goes_on)}
    assert len(read.watched) == 501
    assert {watched.at_s for watched in read.watched} == {0.0}
    await clock.advance(1.0)


@pytest.mark.parametrize("name", ["none", ".", "a\0b"])
def test_a_file_that_can_not_be_read_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_recording(tmp_path / name)
