"""How long a key takes from the finger to the screen."""

from __future__ import annotations

from dataclasses import dataclass

from tests.benchmarks.lab.rounds import percentile
from tests.benchmarks.lab.terminal import Program, Screen

DOWN, UP = b"\x1b[B", b"\x1b[A"

_BETWEEN_S = 0.08
_TURN = 20
"""So many keys down, then as many up."""


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """What single keys took."""

    ms: tuple[float, ...]
    cpu_ms: float
    """What the program used for each, whatever else it did meanwhile included."""

    @property
    def p50(self) -> float:
        """The middle one."""
        return percentile(self.ms, 50)

    @property
    def p95(self) -> float:
        """What 95 of a hundred do not exceed."""
        return percentile(self.ms, 95)


def cursor_times(program: Program, words: str, count: int = 2 * _TURN) -> KeyTimes:
    """Move the cursor, which stands on the row with these words, down and up again; the time until it is seen there."""
    place = program.screen.find(words)
    assert place is not None, program.screen.text
    top, x = place
    behind_cursor = program.screen.background(top, x)
    y, times, cpu_s = top, [], program.cpu_fine_s
    for number in range(count):
        step = 1 if number // _TURN % 2 == 0 else -1
        y += step

        def is_there(screen: Screen, y: int = y) -> bool:
            return screen.background(y, x) == behind_cursor

        assert not is_there(program.screen), program.screen.text
        pressed = program.press(DOWN if step > 0 else UP)
        times.append((program.wait_for(is_there, 10).at - pressed) * 1000)
        program.read_for(_BETWEEN_S)
        program.replay()
    return KeyTimes(tuple(times), (program.cpu_fine_s - cpu_s) / count * 1000)
