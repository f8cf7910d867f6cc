"""`jobtui demo` in a real terminal: what is seen, and what keys do."""

from __future__ import annotations

import random
import re
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.hands import ask_to_cancel, filter_jobs, selected
from tests.e2e.terminal import PROGRAM, START_S, Terminal, terminal, wait_until

STILL = ("--speed", "0.01")
"""Jobs that hardly move, so that what a key does is all that changes."""


F9 = "\x1b[20~"


def _started(term: Terminal) -> str:
    """Wait until all three sources told of their jobs, and the first one is selected."""
    return term.wait_for(
        lambda text: (
            all(re.search(rf"● {name} +(\d|…)", text) for name in ("graph", "evo", "media"))
            and ("kriging" in text or "obj-import" in text)
        ),
        within_s=START_S,
    )


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_the_demo_shows_jobs_of_all_three_sources(columns: int) -> None:
    with terminal(*PROGRAM, "demo", *STILL, columns=columns, rows=60) as term:
        for kind in ("kriging", "minimax", "fraud_rank"):
            term.wait_for(kind, within_s=START_S)
        for source in ("graph", "evo", "media"):
            assert re.search(rf"● {source}", term.text)
        term.press("q")
        assert term.wait_for_exit(5) == 0
        assert term.modes_left_on() == set()
        assert term.is_cooked()


def test_j_and_k_move_and_enter_goes_into_the_job() -> None:
    with terminal(*PROGRAM, "demo", *STILL) as term:
        _started(term)
        # Jobs that are over stay where they are.
        filter_jobs(term, "state:succeeded source:graph")
        first = selected(term.wait_for(lambda text: selected(text).startswith("graph:")))
        term.press("j")
        second = selected(term.wait_for(lambda text: selected(text) not in {"", first}))
        term.press("k")
        term.wait_for(lambda text: selected(text) == first)
        term.press("\x1b[B")
        term.wait_for(lambda text: selected(text) == second)
        term.press("\r")
        # The footer tells which pane has the keys.
        term.wait_for(lambda text: "Space Mark" not in text.splitlines()[-1])
        term.press("\x1b")
        term.wait_for(lambda text: "Space Mark" in text.splitlines()[-1])


def test_x_asks_with_no_as_the_default_and_cancels_on_yes() -> None:
    with terminal(*PROGRAM, "demo", *STILL) as term:
        _started(term)
        filter_jobs(term, "state:running source:evo")
        ask_to_cancel(term)
        # It names the job.
        term.wait_for(lambda text: re.search(r"evo:\S+/[0-9a-f-]{36}", text))
        term.press("\r")
        term.wait_for(lambda text: "Cancel this job" not in text)
        assert "asked to cancel" not in term.text
        ask_to_cancel(term)
        term.press("y")
        term.wait_for(lambda text: "Cancel this job" not in text)
        term.press("\x1b")
        filter_jobs(term, "-state:running source:evo")
        term.wait_for(lambda text: "cancelling" in text or "cancelled" in text)


def test_slash_filters_and_escape_takes_the_filter_away() -> None:
    with terminal(*PROGRAM, "demo", *STILL) as term:
        _started(term)
        filter_jobs(term, "state:failed")
        term.wait_for(lambda text: re.search(r"\d+ of \d+", text) and "queued" not in _rows(text))
        assert "failed" in _rows(term.text)
        term.press("\x1b")
        term.wait_for(lambda text: "queued" in _rows(text))


def test_a_filter_that_is_wrong_is_named() -> None:
    with terminal(*PROGRAM, "demo", *STILL) as term:
        _started(term)
        filter_jobs(term, "state:bogus")
        term.wait_for("bogus")
        term.wait_for(lambda text: re.search(r"no state|unknown|isn't|not a", text))


def test_n_opens_a_form_and_question_mark_the_help() -> None:
    with terminal(*PROGRAM, "demo", *STILL, columns=120, rows=45) as term:
        _started(term)
        term.press("?")
        term.wait_for("Keys in the list")
        term.press("\x1b")
        term.wait_for(lambda text: "Keys in the list" not in text)
        term.press("N")
        term.wait_for("New job")
        term.wait_for("Target")
        term.press("\x1b")
        term.wait_for(lambda text: "Input as JSON" not in text)
        term.press("v")
        term.wait_for(lambda text: "Next tab" in text.splitlines()[-1])


def test_q_steps_back_and_at_the_root_quits() -> None:
    with terminal(*PROGRAM, "demo", *STILL) as term:
        _started(term)
        term.press("?")
        term.wait_for("Keys in the list")
        term.press("q")
        term.wait_for(lambda text: "Keys in the list" not in text)
        assert term.is_alive
        term.press("q")
        assert term.wait_for_exit(5) == 0


def test_a_session_that_was_recorded_is_replayed_when_its_services_are_gone(tmp_path: Path) -> None:
    file = str(tmp_path / "session.rec")

    def shows_the_jobs(text: str) -> bool:
        return bool(re.search(r"graph +fraud_rank 30711 +queued", text))

    with terminal(*PROGRAM, "demo", *STILL, "--record", file) as term:
        _started(term)
        assert re.search("jobtui +demo recording", term.wait_for(shows_the_jobs))
        term.press("q")
        assert term.wait_for_exit(5) == 0
        term.wait_for("Look at it before you give it away")
    with terminal(*PROGRAM, "replay", file) as term:
        _started(term)
        assert re.search("jobtui +replay", term.wait_for(shows_the_jobs))
        term.press("q")
        assert term.wait_for_exit(5) == 0


def test_p3_a_storm_of_sizes_leaves_a_whole_screen() -> None:
    sizes = random.Random(3)
    with terminal(*PROGRAM, "demo", *STILL) as term:
        _started(term)
        for _ in range(80):
            term.resize(sizes.randint(1, 250), sizes.randint(1, 70))
        term.resize(110, 32)
        term.wait_for(lambda text: "Filter" in text and selected(text))
        assert term.is_alive
        term.press("?")
        term.wait_for("Keys in the list")


LATE_SIZES = (sys.executable, "-m", "tests.e2e.programs.late_sizes")


def test_p3_a_report_of_the_size_that_overtakes_a_newer_one_is_mended() -> None:
    with terminal(*LATE_SIZES) as term:
        term.wait_for(_is_whole, within_s=START_S)
        term.press(F9)
        term.wait_for(lambda text: not _is_whole(text))
        term.wait_for(_is_whole)


def test_p3_a_size_that_was_there_and_gone_before_the_program_looked_leaves_a_whole_screen() -> None:
    with terminal(*LATE_SIZES) as term:
        term.wait_for(_is_whole, within_s=START_S)
        # What a terminal shows that was made small and large again within a moment.
        term.wipe()
        assert "fraud_rank" not in term.text
        term.process.send_signal(signal.SIGWINCH)
        term.wait_for(_is_whole)


def test_p3_a_terminal_of_20_by_5_says_so_and_keeps_the_state_and_its_signals() -> None:
    with terminal(*PROGRAM, "demo", *STILL) as term:
        _started(term)
        before = selected(term.wait_for(selected))
        term.resize(20, 5)
        term.wait_for(lambda text: "too small: 20x5," in text and "needs 30x8" in text and "jobtui" not in text)
        assert term.is_alive
        term.resize(100, 30)
        term.wait_for(lambda text: selected(text) == before)


def test_p7_a_still_screen_sends_next_to_nothing() -> None:
    with terminal(*PROGRAM, "demo", "--speed", "0.0001", "--jobs", "3") as term:
        _started(term)
        term.press("a")
        term.wait_for("a:by hand")
        settled = len(term.raw)

        def is_quiet() -> bool:
            nonlocal settled
            before, settled = settled, len(term.raw)
            return settled == before

        wait_until(is_quiet, what="a moment without output")
        assert not re.search(rb"\x1b\[[56]m", term.raw)


def _is_whole(text: str) -> bool:
    """Whether head, list, panes and keys stand where 100 columns have them."""
    lines = text.splitlines()
    return (
        "jobtui" in lines[0]
        and "fraud_rank" in text
        and "3 Result" in text
        and "2 jobs" in lines[-2]
        and "Filter" in lines[-1]
    )


def _rows(text: str) -> str:
    """The part of the screen that is the list, at 100 columns."""
    return "\n".join(line[:49] for line in text.splitlines()[4:-2])
