"""What comes from the engine; what panes tell stands with the panes."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from jobtui.engine.snapshot import Update


@dataclass
class JobsChanged(Message):
    """The engine knows something newer.

    Never merged with another one: the snapshot would survive that, but not the names of what changed. There is no
    flood to merge, because the next one is taken only after a pause.
    """

    update: Update
