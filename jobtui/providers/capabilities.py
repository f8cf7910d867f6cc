"""What an API offers; apart from the rest of the contract, because the first screen needs it and nothing else."""

from __future__ import annotations

from msgspec import Struct


class Capabilities(Struct, frozen=True):
    """What an API offers, known before the first call."""

    lists: bool = False
    """Whether jobs can be listed; without it only tracked ids are known."""
    submits: bool = True
    cancels: bool = True
    why_no_cancel: str = ""
    """One sentence for the user where `cancels` is false."""
    poll_interval_s: float = 5.0
    """Seconds between two looks at a running job that suit this API."""
    target_hint: str = ""
    """What TARGET means for a submit, such as "topic/task"."""
    results_expire: bool = False
    """Whether links to results stop working after a while, so that they should be fetched soon."""
    logs: bool = False
    """Whether an answer about a job may hold what it has written; then the provider is a `TellsLog`, too."""
