"""The app on jobs that stand still; F9 lets an old report of the terminal's size overtake the newest one."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size

from jobtui.app.app import JobTui
from tests.app.scripted_engine import ScriptedEngine, job

OLD = Size(12, 6)


class LateSizes(JobTui):
    """An app that is told a size which the terminal no longer has."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9", "hear_late", show=False, priority=True)]

    def action_hear_late(self) -> None:
        self.post_message(events.Resize(OLD, OLD))


if __name__ == "__main__":
    engine = ScriptedEngine()
    engine.publish(job("graph:1", name="fraud_rank"), job("evo:geostatistics/kriging/9b2f6c1e", name="kriging"))
    LateSizes(engine).run()
