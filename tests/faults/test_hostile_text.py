"""Text that acts, in every field that a service fills: nothing of it on the screen, in a sequence, or on a pipe.

T1 to T5, T8 and T9: the real app over a scripted engine, a pane and a dialog at a time, and the lines of the verbs.
"""

from __future__ import annotations

import asyncio
import base64
import io
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textual.widgets import Input

from jobtui.app.app import JobTui
from jobtui.app.options import AppOptions
from jobtui.app.panes.viewers.choice import view_of_text
from jobtui.cli import jobs as verbs
from jobtui.cli import output, results, waiting, wording
from jobtui.core.errors import InvalidInput, InvalidParameter, ProviderRefused
from jobtui.core.jobs import Estimate, EstimateBasis, Job, JobError, JobId, Task
from jobtui.core.results import Artifact, Document, InlineFile, RemoteFile, Result, Rows, Text
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.core.text import one_line
from jobtui.engine.port import SubmitRecord
from jobtui.engine.snapshot import Change, Health, News
from jobtui.providers.base import CancelReply, Target, TargetParameter
from tests.app.conftest import Opened
from tests.app.hostile import ACTS, PIECES, hostile
from tests.app.scripted_engine import EVO, GRAPH, MEDIA, NOW, FakeClock, ScriptedEngine, job

ALL = "".join(PIECES)
SENT = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07|\x1b\](?:9|777;notify;jobtui);([^\x07\x1b]*)\x07|\x07")

Say = Callable[[], str]


@dataclass
class Words:
    """Texts in turn, so that every field has one of its own."""

    texts: Sequence[str]
    _number: int = -1

    def __call__(self) -> str:
        self._number += 1
        return self.texts[self._number % len(self.texts)]


WORDS = st.lists(hostile(), min_size=7, max_size=7)
LONG = (ALL * (10_000 // len(ALL) + 1))[:10_000]


def drawn(seed: int) -> list[str]:
    """Seven texts, one of them long; the smallest seed is no simpler than another."""
    chance = random.Random(seed)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in range(6)]
    return [*texts, LONG]


in_many_words = pytest.mark.parametrize(
    "texts",
    [
        pytest.param([*[ALL] * 6, LONG], id="all"),
        *(pytest.param(drawn(seed), id=f"some-{seed}", marks=pytest.mark.soak) for seed in range(10)),
    ],
)
"""With everything in every place, and in a soak with different texts; each opens an app."""


def hostile_job(address: str, state: JobState, say: Say) -> Job:
    return job(
        f"{address}",
        state,
        native_state=say(),
        name=say(),
        kind=say(),
        message=say(),
        progress=0.5,
        error=JobError(say(), say(), say(), ((say(), say()), (say(), say())), say()),
        tasks=(
            Task(say(), say(), JobState.RUNNING, say(), NOW - timedelta(minutes=1)),
            Task(say(), say(), JobState.FAILED, say(), NOW - timedelta(minutes=1), NOW),
        ),
        estimate=Estimate(NOW + timedelta(minutes=1), EstimateBasis.PROGRESS),
    )


def hostile_jobs(say: Say) -> list[Job]:
    addresses = ("graph:1", "graph:2", "evo:3", "media:4", "media:5", "media:6", "graph:7", "graph:8")
    made = [hostile_job(address, state, say) for address, state in zip(addresses, JobState, strict=True)]
    # An id is checked before it comes here, for all but what only looks odd.
    odd = replace(made[1], id=JobId("graph", "a\u202eb[/]\u200b日\U000e0041"))
    return [*made, odd, replace(made[3], id=JobId("graph", "done"), state=JobState.SUCCEEDED, error=None)]


def hostile_result(job_id: JobId, say: Say, *, failed: bool = False) -> Result:
    table = Rows((say(), say()), ((say(), say()), (say(), "x"), ("", say())), 3, more=True)
    artifacts = (
        Artifact(say(), say(), table, role=say(), task_id=say()),
        Artifact(say(), "application/json", Document({say(): [say(), {say(): say()}], "n": 1})),
        Artifact(say(), "text/plain", Text(say() + "\n" + say())),
        Artifact("x.md", "text/markdown", Text(f"# {say()}\n\n{say()}\n\n- {say()}\n")),
        Artifact(say(), say(), InlineFile(say().encode("utf-8", "replace")), 3, say()),
        Artifact(say(), say(), RemoteFile(f"https://x.test/{say()}", say(), NOW + timedelta(minutes=1)), 3, say()),
    )
    return Result(
        job_id,
        artifacts,
        JobError(say(), say(), say(), ((say(), say()),), say()) if failed else None,
        (say(), say()),
        say().encode("utf-8", "replace"),
    )


def hostile_engine(say: Say) -> ScriptedEngine:
    sources = tuple(
        replace(
            status,
            health=health,
            detail=say(),
            capabilities=replace(status.capabilities, target_hint=say(), why_no_cancel=say()),
        )
        for status, health in ((GRAPH, Health.OK), (EVO, Health.BROKEN), (MEDIA, Health.DOWN))
    )
    engine = ScriptedEngine(sources=sources)
    engine.publish(*hostile_jobs(say))
    engine.set_notice(say())
    engine.changes = tuple(Change(NOW, state, say(), 0.5, say()) for state in JobState)
    engine.result = hostile_result(JobId("graph", "done"), say)
    engine.raw = say().encode("utf-8", "replace")
    engine.url = f"https://x.test/{say()}"
    engine.offered = (
        Target("t", say(), say(), (TargetParameter("p", description=say(), default=say(), choices=("a", say())),)),
        Target(say(), say(), say(), (TargetParameter(say(), say(), description=say()),)),
    )
    engine.sent = (
        SubmitRecord(say(), {say(): say(), "list": [say()]}, JobId("graph", "1"), "made"),
        SubmitRecord("t", {"p": say()}, JobId("graph", "done"), "made"),
        SubmitRecord(say(), {}, None, say()),
    )
    return engine


class Hand(Opened):
    """Presses keys and looks at everything after each."""

    async def go(self, *keys: str) -> None:
        for key in keys:
            self.clock.advance(1)
            await self.pilot.press(key)
            await self.pilot.pause()
            self.look(key)

    async def put(self, text: str) -> None:
        """Into the focused field, at once."""
        field = self.app.focused
        assert isinstance(field, Input)
        field.value = text
        await self.pilot.pause()
        self.look(text)

    def look(self, after: str) -> None:
        for strip in self.app.screen._compositor.render_strips():
            assert not ACTS.search(strip.text), (after, strip.text)
        for sequence in self.terminal:
            for copied, told in SENT.findall(sequence):
                base64.b64decode(copied)
                assert not ACTS.search(told), (after, told)
            assert not SENT.sub("", sequence), (after, sequence)
        self.terminal.clear()


def walk(engine: ScriptedEngine, steps: Callable[[Hand], object], **more: object) -> None:
    """Open the app and go through it."""

    async def go() -> None:
        clock = FakeClock()
        options = AppOptions(clock=clock, notify=("bell", "osc9", "osc777"), download_dir=Path("/nowhere"))
        app = JobTui(engine, replace(options, **more))  # type: ignore[arg-type]
        async with app.run_test(size=(110, 36), notifications=True) as pilot:
            hand = Hand(app, pilot, clock)
            await hand.settle()
            hand.look("opening")
            await steps(hand)  # type: ignore[misc]

    asyncio.run(go())


@in_many_words
def test_t8_panes_and_notices_show_nothing_that_acts(texts: list[str]) -> None:
    engine = hostile_engine(Words(texts))

    async def steps(hand: Hand) -> None:
        await hand.go("G", "g", "j", "j", "j", "enter", "G", "i", "z", "escape", "escape")
        engine.publish(*(replace(one, state=JobState.FAILED) for one in hostile_jobs(Words(texts))[:2]))
        await hand.settle()
        hand.look("ends")
        await hand.go("y", "Y", "o", "e")
        engine.failing = dict.fromkeys(
            ("curl", "link", "refresh", "raw_body"), ProviderRefused(*texts[:1], hint=texts[-1])
        )
        await hand.go("Y", "o", "r", "e")

    engine.news = News(NOW - timedelta(hours=1), tuple(hostile_jobs(Words(texts))))
    walk(engine, steps)


@in_many_words
def test_t8_every_tab_of_a_result_shows_nothing_that_acts(texts: list[str]) -> None:
    say = Words(texts)
    engine = hostile_engine(say)
    engine.results = {JobId("evo", "3"): hostile_result(JobId("evo", "3"), say, failed=True)}

    async def steps(hand: Hand) -> None:
        hand.main.jobs.select(JobId("graph", "done"))
        await hand.go("v", "l", "C")
        for _ in range(8):
            await hand.go("right_square_bracket")
        await hand.go("slash")
        await hand.put(one_line(texts[0], 40))
        await hand.go("enter", "n", "w", "plus", "escape")
        engine.failing["fetch_result"] = engine.failing["download"] = ProviderRefused(
            say(), hint=say(), code=say(), detail=say(), request_id=say()
        )
        await hand.go("D", "1")
        hand.main.jobs.select(JobId("media", "4"))
        await hand.go("v")

    walk(engine, steps)


@in_many_words
def test_t8_the_form_and_what_it_says_shows_nothing_that_acts(texts: list[str]) -> None:
    say = Words(texts)
    engine = hostile_engine(say)
    wrong = InvalidInput(say(), hint=say(), detail=say(), invalid_parameters=(InvalidParameter(say(), say()),))
    engine.failing["submit"] = wrong

    async def steps(hand: Hand) -> None:
        hand.main.jobs.select(JobId("graph", "1"))
        await hand.go("c", "ctrl+r", "j", "enter", "ctrl+s", "escape")
        engine.failing["targets"] = ProviderRefused(say(), hint=say())
        await hand.go("N", "escape")

    walk(engine, steps)


@in_many_words
def test_t8_dialogs_show_nothing_that_acts(texts: list[str]) -> None:
    say = Words(texts)
    engine = hostile_engine(say)
    engine.cancel_reply = CancelReply(accepted=False, reason=say())

    async def steps(hand: Hand) -> None:
        await hand.go("question_mark", "escape", "s", "escape", "C", "escape", "H", "escape", "colon", "escape")
        hand.main.jobs.select(JobId("media", "4"))
        await hand.go("asterisk", "x", "escape", "u", "x", "escape", "T", "escape")
        hand.main.jobs.select(JobId("graph", "2"))
        await hand.go("x", "y")
        await hand.go("space", "j", "space", "d", "a", "n", "escape", "u")
        await hand.go("slash")
        await hand.put("source:gr")
        await hand.put(f"~{one_line(texts[0])}")
        await hand.go("escape", "escape")
        engine.failing = dict.fromkeys(("track", "cancel", "fetch_result"), ProviderRefused(say(), hint=say()))
        await hand.go("t", "x", "ctrl+s", "escape")
        hand.main.jobs.select(JobId("graph", "2"))
        await hand.go("x", "y")

    walk(engine, steps)


@settings(max_examples=10)
@given(hostile())
def test_t8_every_viewer_of_text_copies_and_names_what_is_harmless(text: str) -> None:
    for media_type in ("text/plain", "application/json", "text/csv"):
        assert view_of_text(text, media_type, text) is not None


@contextmanager
def pipes() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """Stand where stdout and stderr stand."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        yield sys.stdout, sys.stderr
    finally:
        sys.stdout, sys.stderr = before


@settings(max_examples=6)
@example([ALL])
@given(WORDS)
def test_t2_the_verbs_write_nothing_that_acts(texts: list[str]) -> None:
    say = Words(texts)
    jobs = hostile_jobs(say)
    with pipes() as (out, err):
        wording.print_jobs(jobs, NOW)
        for one in jobs:
            wording.print_error(one.id, one.error)
            waiting._print_change(one)
            related = [("run again from", say())]
            verbs._print_details(one, [Change(NOW, JobState.RUNNING, say(), 0.5, say())], related)
        found = hostile_result(jobs[0].id, say, failed=True)
        for form in ("text", "json", "csv"):
            results._show(found.artifacts[:1] if form == "csv" else found.artifacts, form)
        for is_whole in (True, False):
            results._tell(jobs[0], found, is_whole=is_whole)
        output.complain(ProviderRefused(say(), hint=say()), say())
        for as_json in (False, True):
            verbs.print_raw(say().encode("utf-8", "replace"), as_json=as_json)
        verbs.print_raw(b'{"a": "\xe2\x80\xae\\u001b"}', as_json=True)
    written = out.getvalue() + err.getvalue()
    assert written
    assert not ACTS.search(written.replace("\n", ""))
    written.encode("utf-8")


def test_the_check_itself_sees_what_acts() -> None:
    for piece in ("\x1b", "\x9b", "\x7f", "\u202e", "\u200b", "\ud800", "\U000e0041"):
        assert ACTS.search(piece)
    assert not ACTS.search("ab 日本 é ␛ \\u202e")
    with pytest.raises(AssertionError):
        assert not SENT.sub("", "\x1b]9;a\x1bb\x07")
