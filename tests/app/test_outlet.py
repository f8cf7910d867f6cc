from __future__ import annotations

import contextlib
import os
import pty
import select
import tty
from collections.abc import Iterator

import pytest

from jobtui.app.outlet import MOST_WAITING_BYTES, Outlet


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """Two ends of a terminal: ours and the program's."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    yield ours, theirs
    for end in (ours, theirs):
        try:
            os.close(end)
        except OSError:
            continue


def _received(terminal: int, end: bytes) -> bytes:
    """What comes until the end; a terminal hands it on in its own time."""
    received = b""
    while not received.endswith(end) and select.select([terminal], [], [], 5)[0]:
        received += os.read(terminal, 65_536)
    return received


def _fill(terminal: int) -> None:
    """Write until it takes no more."""
    os.set_blocking(terminal, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(terminal, b"x" * 1000)
    os.set_blocking(terminal, True)


def test_all_is_sent_in_order_before_it_closes(ends: tuple[int, int]) -> None:
    ours, theirs = ends
    outlet = Outlet(theirs)
    for number in range(100):
        assert outlet.write(f"{number},")
    outlet.close()
    assert _received(ours, b"99,").decode() == "".join(f"{number}," for number in range(100))


def test_p11_a_terminal_that_takes_nothing_costs_frames_and_no_time(ends: tuple[int, int]) -> None:
    ours, theirs = ends
    _fill(theirs)
    outlet = Outlet(theirs)
    taken = [outlet.write("x" * 10_000) for _ in range(100)]
    assert taken[0]
    assert not taken[-1]
    assert not outlet.is_empty
    assert sum(taken) <= MOST_WAITING_BYTES + 10_000
    outlet.close("the last words")
    assert _received(ours, b"the last words").endswith(b"the last words")


def test_what_a_terminal_takes_in_part_goes_on_where_it_stopped(ends: tuple[int, int]) -> None:
    ours, theirs = ends
    outlet = Outlet(theirs)
    long = "".join(f"{number:07}," for number in range(12_000))
    assert outlet.write(long) == len(long.encode())
    assert outlet.write("end")
    assert _received(ours, b"end").decode() == f"{long}end"
    outlet.close()


def test_p12_a_terminal_that_is_gone_takes_no_time_either(ends: tuple[int, int]) -> None:
    ours, theirs = ends
    outlet = Outlet(theirs)
    os.close(ours)
    for _ in range(10_000):
        outlet.write("x" * 1000)
    outlet.close("the last words")
    assert outlet.write("more") == 0
