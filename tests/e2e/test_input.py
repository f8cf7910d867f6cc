"""Whatever a terminal sends, the program answers the next key; whatever it fails to take, the program goes on."""

from __future__ import annotations

import random
import time

import pytest

from tests.e2e.serving import ServedServices
from tests.e2e.terminal import ANSWER_S, PROGRAM, START_S, Terminal, environment, terminal, wait_until
from tests.e2e.tmux import Tmux


def _started(term: Terminal) -> None:
    term.wait_for(lambda text: "● graph" in text and "kriging" in text, within_s=START_S)


def _still_answers(term: Terminal, sent: str) -> None:
    """A key has its effect; before it an Esc for whatever was opened by what was sent, and a 1 for where that went."""
    assert term.is_alive, sent

    def helped() -> bool:
        if "Keys in the list" not in term.text:
            term.press("\x1b")
            time.sleep(0.3)
            term.press("1")
            term.press("?")
            time.sleep(0.3)
        return "Keys in the list" in term.text

    wait_until(helped, what=lambda: f"the help after {sent}:\n{term.text}", within_s=START_S)
    term.press("\x1b")
    term.wait_for(lambda text: "Keys in the list" not in text)


NOISE = random.Random(5)

STRANGE = {
    "p5_invalid_utf8": bytes(NOISE.randrange(0x80, 0x100) for _ in range(20_000)),
    "p5_paste_of_5_mb": b"\x1b[200~" + b"pasted\n" * (5 * 1024 * 1024 // 7) + b"\x1b[201~",
    "p13_paste_without_end": b"\x1b[200~" + b"pasted words ",
    "p4_legacy_mouse_past_column_95": b"".join(b"\x1b[M" + bytes([35, 32 + column, 40]) for column in range(90, 220)),
    "p4_legacy_mouse_cut_in_two": b"\x1b[M\x23",
    "p5_sequences_without_end": b"\x1b["
    + b"1;" * 60
    + b"\x1b]52;c;"
    + b"A" * 60
    + b"\x07\x1bP"
    + b"q" * 500
    + b"\x1b\\",
    "p5_answers_nobody_asked_for": b"\x1b[?2026;2$y\x1b[?62;c\x1b[8;9999;9999t\x1b[48;-1;-1;0;0t\x1b[I\x1b[O" * 20,
    "p5_sgr_mouse_far_outside": b"\x1b[<35;99999;99999M\x1b[<0;-5;-5M\x1b[<64;1;1M" * 50,
    "p5_nul_and_controls": bytes(byte for byte in range(0x20) if byte not in {0x03, 0x0D, 0x11, 0x1A}) * 20,
}


@pytest.mark.timeout(300)
def test_p4_p5_p13_nothing_that_a_terminal_sends_ends_the_program_or_its_keyboard() -> None:
    with terminal(*PROGRAM, "demo", "--speed", "0.01") as term:
        _started(term)
        for strange, sent in STRANGE.items():
            term.send(sent)
            # A paste without an end is taken for finished after two seconds of silence.
            time.sleep(2.5 if "without_end" in strange else 0)
            _still_answers(term, strange)


def test_p4_after_legacy_mouse_reports_the_terminal_is_asked_for_the_new_ones_again() -> None:
    with terminal(*PROGRAM, "demo", "--speed", "0.01") as term:
        _started(term)
        asked_before = term.raw.count(b"\x1b[?1006h")
        term.send(b"\x1b[M" + bytes([35, 255, 40]))
        wait_until(lambda: term.raw.count(b"\x1b[?1006h") > asked_before, what="the mouse asked for again")


def test_p4_a_session_that_is_attached_again_at_another_size_goes_on(tmux: Tmux) -> None:
    tmux.start(*PROGRAM, "demo", "--speed", "0.01", columns=160, rows=45)
    tmux.wait_for("● graph", within_s=START_S)
    for columns, rows in ((200, 50), (70, 20), (180, 40)):
        with terminal(*tmux.command, "attach", columns=columns, rows=rows) as line:
            line.wait_for("● graph")
            # The mouse moves over the whole width, as reports of both kinds.
            for column in range(1, columns, 3):
                line.send(f"\x1b[<35;{column};5M".encode())
                line.send(b"\x1b[M" + bytes([67, min(255, 32 + column), 37]))
            line.press("?")
            line.wait_for("Keys in the list")
            line.press("q")
            line.wait_for(lambda text: "Keys in the list" not in text)
            line.process.kill()
    tmux.press("q")
    wait_until(lambda: "● graph" not in tmux.text, what="the end of the program")


STALLED_S = 30.0
LONGEST_PAUSE_S = 1.1
"""Between two polls: nothing is asked more often than once a second, give or take the tenth that chance adds."""


@pytest.mark.timeout(180)
def test_p11_polls_go_on_while_nobody_reads_the_terminal(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every frame is another one, and none is read for half a minute: work isn't dropped, only frames are."""
    with ServedServices() as services:
        config = tmp_path_factory.mktemp("config") / "config.toml"
        config.write_text(services.config(interval_s=0.25))
        with terminal(*PROGRAM, "--config", str(config), variables=environment(), columns=200, rows=60) as term:
            term.wait_for("fraud_rank", within_s=START_S)
            with term.stalled():
                for number in range(40):
                    term.resize(200 - number % 2, 60)
                polls = _polls_within(services, STALLED_S)
            # One more or less is a matter of where the span begins.
            assert polls >= 0.9 * (STALLED_S / LONGEST_PAUSE_S - 1)
            # The screen is whole again, and hears keys.
            term.wait_for("fraud_rank")
            term.press("?")
            term.wait_for("Keys in the list")


def test_p2_p11_a_signal_is_heard_while_the_terminal_stands_still() -> None:
    with terminal(*PROGRAM, "demo", columns=200, rows=60) as term:
        _started(term)
        with term.stalled():
            for number in range(60):
                term.resize(200 - number % 2, 60)
                time.sleep(0.02)
            term.process.terminate()
            assert term.wait_for_exit(ANSWER_S / 2) == 128 + 15
            assert term.is_cooked()


def _polls_within(services: ServedServices, seconds: float) -> int:
    before = services.requests
    time.sleep(seconds)
    return services.requests - before
