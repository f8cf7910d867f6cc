"""What jobtui itself costs, in words."""

from __future__ import annotations

from jobtui.app.costs import Costs, Spent, memory_bytes, spent_now
from jobtui.app.panes.costs import CostsLine
from jobtui.core.structs import replace
from tests.app.conftest import Open

_START = Spent(at_s=10.0, cpu_s=1.0, engine_cpu_s=0.5, frames=100, sent_bytes=20_000, requests=40)


def test_rates_are_those_of_the_last_seconds() -> None:
    costs = Costs()
    words = costs.words(_START, None)
    assert words == "measuring…"
    for second in range(1, 21):
        # Much at first, and then little.
        busy = min(second, 10)
        spent = Spent(
            10.0 + second,
            1.0 + busy + second * 0.01,
            0.5 + second * 0.002,
            100 + second,
            20_000 + second * 2_048,
            40 + second * 4,
        )
        words = costs.words(spent, 150 * 1024**2)
    assert words == "1.0 % CPU · 150.0 MiB · 1.0 frames/s, 2.0 KiB/s to the terminal · 240 requests/min · 0.5 ms each"


def test_what_the_system_does_not_tell_is_left_out() -> None:
    costs = Costs()
    costs.words(replace(_START, engine_cpu_s=None), None)
    later = replace(_START, at_s=12.0, engine_cpu_s=None, requests=42)
    assert costs.words(later, None) == "0.0 % CPU · 0.0 frames/s, 0 Bytes/s to the terminal · 60 requests/min"


def test_this_process_is_measured() -> None:
    before = spent_now(1, 2, 3)
    sum(range(100_000))
    after = spent_now(1, 2, 3)
    assert after.cpu_s > before.cpu_s
    assert after.at_s > before.at_s
    held = memory_bytes()
    assert held is None or held > 10 * 1024**2


async def test_the_line_comes_and_goes_and_measures_what_is_sent(opened: Open) -> None:
    async with opened(keys={"costs": "f9"}) as app:
        app.app.terminal_traffic = lambda: (7, 4_096)
        await app.press("f9")
        assert app.text("CostsLine") == " jobtui itself: measuring…"
        app.app.terminal_traffic = lambda: (7, 4_096_000)
        app.main.query_one(CostsLine).measure()
        assert "% CPU" in app.text("CostsLine")
        assert "to the terminal" in app.text("CostsLine")
        await app.press("f9")
        assert not app.main.query(CostsLine)
