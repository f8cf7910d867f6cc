"""A line that tells what jobtui itself costs, for who wants to know: it is there only while it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import Static

from jobtui.app.costs import Costs, memory_bytes, spent_now
from jobtui.engine.port import EnginePort

_EVERY_S = 1.0


class CostsLine(Static):
    """Measured once a second; what that and this line take is part of it."""

    def __init__(self, engine: EnginePort, traffic: Callable[[], tuple[int, int]]) -> None:
        """Measure with the first paint.

        Args:
            engine: Whose requests are counted.
            traffic: Gives how many frames, and how many bytes, the terminal was sent.
        """
        super().__init__(markup=False)
        self._engine = engine
        self._traffic = traffic
        self._costs = Costs()

    def on_mount(self) -> None:
        """Begin."""
        self.measure()
        self.set_interval(_EVERY_S, self.measure)

    def measure(self) -> None:
        """Tell what the last seconds took."""
        requests = sum(status.requests for status in self._engine.snapshot.sources)
        spent = spent_now(*self._traffic(), requests)
        self.update(f"jobtui itself: {self._costs.words(spent, memory_bytes())}", layout=False)
