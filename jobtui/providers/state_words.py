"""The words that services have for a state, as far as they mean the same everywhere.

Source:
    Section "status" of each vendor's reference; the clients and relays that speak to several of them.
"""

from __future__ import annotations

from jobtui.core.states import JobState

_WORDS = {
    JobState.QUEUED: (
        "preparing queueing queuing queued queue in_queue inqueue on_queue pending waiting wait submitted created "
        "accepted not_start starting throttled suspended assigned ordered reserving"
    ),
    JobState.RUNNING: "processing process running run in_progress inprogress progress generating",
    JobState.CANCELLING: "cancelling canceling",
    JobState.SUCCEEDED: "success succeeded succeed successful completed complete done finished process_success",
    JobState.FAILED: (
        "fail failed failure error expired timeout aborted create_task_failed generate_failed process_failed "
        "timeout_failed limit_retry_failed rejected blocked"
    ),
    JobState.CANCELLED: "cancelled canceled cancel dismissed terminated deleted",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split()}


def state_of_word(word: str) -> JobState:
    """The state that a service's word stands for, whatever its case and whatever joins its parts.

    `ready` is left out on purpose: one vendor means waiting by it, another finished.
    """
    return _STATES.get(normal_form(word), JobState.UNKNOWN)


def normal_form(word: str) -> str:
    """The word in lower case with its parts joined by `_`."""
    return "_".join(word.lower().replace("-", " ").replace("_", " ").split())
