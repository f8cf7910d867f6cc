"""A recorded session with 500 jobs on three sources that change all the time: nothing jumps, flickers or tears."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from jobtui.app.graphics import QUESTION
from tests.benchmarks.lab.terminal import Chunk, Program
from tests.e2e.crowd import Crowd
from tests.e2e.recording import Finding, Recording
from tests.e2e.terminal import ANSWER_S, PROGRAM, REPOSITORY, START_S

RECORD_S = min(60.0, float(os.environ.get("JOBTUI_SOAK_S", "60")))
SIZES = [(120, 40), (80, 24), (60, 24)]
GRAPH_JOBS, LIVING = 280, 100
_ALL_ANSWERED = re.compile(r"graph \d+ running.* evo \d+ running.* media \d+ running")
_SETTLED_S = 8.0
_BETWEEN_KEYS_S = 0.7
_DOWN, _PAGE_DOWN, _TAB, _ESCAPE, _ENTER = b"\x1b[B", b"\x1b[6~", b"\t", b"\x1b", b"\r"
_ROUND = (
    *(_DOWN,) * 6,
    *(_PAGE_DOWN,) * 3,
    b"k",
    b"g",
    b"/",
    b"state:running",
    _ENTER,
    *(_DOWN,) * 3,
    _ESCAPE,
    _ESCAPE,
    b"s",
    b"j",
    _ENTER,
    _PAGE_DOWN,
    b"s",
    b"k",
    _ENTER,
    _ENTER,
    _TAB,
    _TAB,
    _ESCAPE,
    b"1",
    b"G",
    b"g",
)
"""Down, by the page, a filter, another order and back, into a job and the panes beside it, and back."""


class Session:
    """The real program in front of a crowd of jobs, and all it writes."""

    def __init__(self, program: Program, columns: int, lines: int) -> None:
        self.program = program
        self.keys: list[float] = []
        self._size = columns, lines
        program.wait_for(lambda screen: bool(_ALL_ANSWERED.search(screen.text)), START_S)
        program.read_for(_SETTLED_S)
        self.cursor = self._colours()

    def press(self, *keys: bytes, between_s: float = _BETWEEN_KEYS_S) -> None:
        """Type, looking at each key's effect for a moment."""
        for key in keys:
            self.keys.append(self.program.press(key))
            self.program.read_for(between_s)

    def look_on(self, seconds: float, *, holds_line: bool) -> tuple[Recording, list[Finding]]:
        """Record without a key."""
        self.program.read_for(2.0)
        since = time.perf_counter()
        self.program.read_for(seconds)
        return self._found(since, holds_line=holds_line)

    def at_work(self, seconds: float) -> tuple[Recording, list[Finding]]:
        """Record with keys."""
        since = time.perf_counter()
        while time.perf_counter() < since + seconds:
            self.press(*_ROUND)
        return self._found(since, holds_line=False)

    def _colours(self) -> frozenset[str]:
        """Behind the cursor, while the list has the keys and while it hasn't."""
        # Without automatic refresh the list stands still meanwhile.
        self.press(b"a", b"g", between_s=1.5)
        held = self._behind_first_row(bool)
        self.press(b"/", between_s=0.0)
        resting = self._behind_first_row(lambda colour: colour not in ("", held))
        self.press(_ESCAPE, between_s=0.0)
        self._behind_first_row(lambda colour: colour == held)
        self.press(b"a", between_s=1.0)
        return frozenset({held, resting})

    def _behind_first_row(self, wanted: Callable[[str], bool]) -> str:
        """The colour there once it is so and stays so for a moment."""

        def colour() -> str:
            place = self.program.screen.find(" SOURCE ")
            return self.program.screen.background(place[0] + 1, place[1]) if place else ""

        until = time.perf_counter() + ANSWER_S
        while time.perf_counter() < until:
            self.program.read_for(0.5)
            self.program.replay()
            if wanted(colour()):
                return colour()
        raise AssertionError(self.program.screen.text)

    def _found(self, since: float, *, holds_line: bool) -> tuple[Recording, list[Finding]]:
        last = b"".join(chunk.data for chunk in self.program.chunks[-20:])
        assert not self.program.ended, last.decode(errors="replace")
        recording = Recording(self.program.chunks, *self._size, since=since, keys=self.keys)
        return recording, recording.findings(self.cursor, holds_line=holds_line)


@pytest.mark.soak
@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_500_changing_jobs_on_three_sources_neither_jump_nor_flicker(
    columns: int, lines: int, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = Crowd(tmp_path, jobs=GRAPH_JOBS, living=LIVING)
    with (
        crowd.served(),
        Program(PROGRAM, crowd.environment, REPOSITORY, columns=columns, lines=lines) as program,
    ):
        session = Session(program, columns, lines)
        told = {"at the top, no keys": session.look_on(RECORD_S / 2, holds_line=False)}
        told["with keys"] = session.at_work(RECORD_S)
        session.press(b"G", *(b"\x15",) * 2)
        told["further down, no keys"] = session.look_on(RECORD_S / 2, holds_line=True)
    wrong = []
    for title, (recording, found) in told.items():
        kinds = dict(Counter(each.kind for each in found))
        wrong += [f"{title}: {each}" for each in found]
        with capsys.disabled():
            sys.stdout.write(
                f"\n{columns}x{lines}, {title}: {len(recording.frames)} frames in {recording.seconds:.0f} s, "
                f"{recording.cells} cells sent, {recording.redundant} of them for nothing; {kinds or 'nothing wrong'}\n"
            )
        if len(recording.frames) <= recording.seconds / 2:
            wrong.append(f"{title}: hardly anything happened")
        if recording.redundant > recording.cells / 100:
            wrong.append(f"{title}: {recording.redundant} cells of {recording.cells} were sent for nothing")
    assert not wrong, "\n".join(wrong[:60])


# What the recording itself sees, in made-up sessions.

_PLAIN, _CURSOR, _LIT = "40", "44", "43"


def _row(y: int, text: str, background: str = _PLAIN) -> str:
    return f"\x1b[{y};1H│\x1b[{background}m{text:<38}\x1b[40m│\x1b[m"


def _only(y: int, text: str) -> bytes:
    """A frame with nothing but a line."""
    return f"\x1b[?2026h{_row(y, text)}\x1b[?2026l".encode()


def _list(
    *jobs: tuple[str, str],
    cursor: int = 0,
    lit: int | None = None,
    height: int = 3,
    count: int | None = None,
    notice: str = "",
) -> bytes:
    """The whole list, as one frame draws it."""
    lines = [_row(1, "    SOURCE JOB       STATE  ")]
    for number in range(height):
        glyph, name = jobs[number] if number < len(jobs) else ("", "")
        words = f"  {glyph} {name:<18} running" if name else ""
        background = _CURSOR if number == cursor else _LIT if number == lit else _PLAIN
        lines.append(_row(number + 2, words, background if name else _PLAIN))
    told = notice or f" {len(jobs) if count is None else count} jobs ─"
    lines.append(f"\x1b[{height + 2};1H╰{told.rjust(38, '─')}╯")
    return f"\x1b[?2026h{''.join(lines)}\x1b[?2026l".encode()


def _kinds(*frames: bytes, keys: tuple[float, ...] = (), holds_line: bool = False, each_s: float = 1.0) -> list[str]:
    chunks = [Chunk(1.0 + number * each_s, frame, 0.0) for number, frame in enumerate(frames)]
    recording = Recording(chunks, 40, 5, since=0.5, keys=keys)
    return [finding.kind for finding in recording.findings({"blue"}, holds_line=holds_line)]


A, B, C, D = (("▶", f"evo    job {letter}") for letter in "abcd")
A_ENDED = ("✓", A[1])


@pytest.mark.parametrize(
    ("frames", "kinds"),
    [
        pytest.param([_list(A, B, C), _list(A, B, C)], [], id="nothing moves"),
        pytest.param([_list(A, B, C), _list(B, A, C, cursor=1)], ["jump"], id="two change places"),
        pytest.param([_list(A, B, C, cursor=1), _list(B, C, A_ENDED)], [], id="one ends and goes down"),
        pytest.param([_list(B, C), _list(A, B, C, cursor=1)], [], id="one comes above"),
        pytest.param([_list(A, B, C), _list(A, B, C, cursor=1)], ["cursor"], id="the cursor goes to another job"),
        pytest.param([_list(A, B, C, cursor=9), _list(A, B, C)], ["cursor"], id="no cursor"),
        pytest.param([_list(A, ("", ""), C, count=2), _list(A, B, C)], ["half drawn"], id="a gap"),
        pytest.param([_list(A, B, count=3), _list(A, B, C)], ["count"], id="a count that is another one"),
        pytest.param([_list(A, B, C, count=7), _list(A, B, C)], [], id="a count of more than there is room for"),
        pytest.param(
            [_list(A, B, C, notice="▌ 1 jobs ended"), _list(A, B, C)], [], id="a notice over the count that counts, too"
        ),
        pytest.param([_list(A, B, C), b"\x1b[?2026h\x1b[2J\x1b[?2026l" + _list(A, B, C)], ["fault"], id="cleared"),
        pytest.param([_list(A, B, C), b"\x1b[1;1Hx"], ["fault"], id="drawn outside of an update"),
        pytest.param([_list(A, B, C), QUESTION.encode(), _list(A, B, C)], [], id="asked how it shows pictures"),
        pytest.param([_list(A, B, C), b"\x1b[?2026h\x1b[5;1H\n\x1b[?2026l"], ["fault"], id="scrolled"),
        pytest.param([_list(A, B, C), b"\x1b[?2026h\x1b[1;40Hxy\x1b[?2026l"], ["fault"], id="past the edge"),
    ],
)
def test_a_recording_tells_what_is_explained_from_what_is_not(frames: list[bytes], kinds: list[str]) -> None:
    assert _kinds(*frames) == kinds


def test_a_recording_takes_keys_for_the_reason_of_what_they_do() -> None:
    assert _kinds(_list(A, B, C), _list(C, B, A, cursor=1), keys=(1.8,)) == []


@pytest.mark.parametrize(
    ("frames", "kinds"),
    [
        pytest.param([_list(A, B, C), _only(3, ""), _list(A, B, C)], ["flicker"], id="a row goes and comes"),
        pytest.param([_list(B, C), _list(A, B, C, cursor=1), _list(B, C)], ["flicker"], id="a row comes and goes"),
        pytest.param(
            [_list(A, B, C), _list(A, B, C, lit=1), _list(A, B, C)], ["flicker"], id="a colour comes and goes"
        ),
        pytest.param(
            [_list(A, B, C), _list(D, A, B, cursor=1, lit=2), _list(D, A, B, cursor=1)],
            ["flicker"],
            id="and a row comes above meanwhile",
        ),
        pytest.param(
            [_list(B, C, lit=1), _list(A, B, C, cursor=1, lit=2), _list(A, B, C, cursor=1)],
            [],
            id="a row moves into a line and loses its colour there",
        ),
        pytest.param([_list(B, C, D), _list(A, B, C, cursor=1), _list(B, C, D)], ["flicker"], id="all down and up"),
        pytest.param(
            [_list(B, C, D), _list(A, B, C, cursor=1), _list(A, B, D, cursor=1)], [], id="up since another one goes"
        ),
        pytest.param([_list(A, B, C), _only(1, ""), _list(A, B, C)], ["flicker"], id="the titles go and come"),
    ],
)
def test_a_recording_sees_what_comes_back_at_once(frames: list[bytes], kinds: list[str]) -> None:
    assert _kinds(*frames, each_s=0.05) == kinds
    assert "flicker" not in _kinds(*frames, each_s=0.3)


def test_a_recording_sees_a_scrolled_list_slip() -> None:
    frames = [_list(B, C), _list(D, B, C, cursor=1)]
    assert _kinds(*frames, holds_line=True) == ["jump"]
    assert _kinds(*frames) == []


def test_a_recording_counts_cells_that_stood_there() -> None:
    chunks = [Chunk(1.0, _list(A, B, C), 0.0), Chunk(2.0, _list(A, B, D), 0.0)]
    first, second = Recording(chunks, 40, 5, since=0.5).frames
    assert first.redundant < second.redundant == second.cells - 1
