"""Turning an answer that says no into the error that stands for it."""

from __future__ import annotations

from jobtui.core.errors import (
    InvalidInput,
    JobNotFound,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    RateLimited,
    SignInRefused,
)
from jobtui.core.states import JobState
from jobtui.providers.answer import Answer, raise_for_status, retry_after_s, status_phrase
from jobtui.providers.generation.codes import Meaning, http_status_of, meaning_of, says_not_found
from jobtui.providers.generation.shapes import Shape, View
from jobtui.providers.state_words import normal_form, state_of_word

_NOT_FOUND = "not_found"
"""Jimeng's word for a task that it never had or has forgotten."""

_REPEATED_SUBMIT_HINT = "Look at the gateway's own record before you submit again: each task costs."

_KINDS: dict[Meaning, type[ProviderError]] = {
    Meaning.BUSY: ProviderBusy,
    Meaning.LIMITED: RateLimited,
    Meaning.SIGN_IN: SignInRefused,
    Meaning.REFUSED: ProviderRefused,
    Meaning.NOT_FOUND: JobNotFound,
    Meaning.INVALID: JobNotFound,
}


def raise_for_query(view: View, answer: Answer, *, what: str) -> None:
    """Raise what the answer says about the call; one that tells of the task's own failure passes.

    Args:
        view: The answer's parts.
        answer: The answer.
        what: What was wanted, as the start of a sentence.

    Raises:
        ProviderBusy: Asking again may work: the last known state stands.
        SignInRefused: The key isn't accepted.
        ProviderRefused: The account may not go on.
        JobNotFound: There is no such task, by whatever code or word.
    """
    if view.shape is Shape.FLAT and state_of_word(view.word) is JobState.FAILED:
        return
    meaning = meaning_of(view)
    if (kind := _KINDS.get(meaning)) is not None:
        raise _fault(kind, view, answer, what)
    if meaning is Meaning.REJECTED:
        return
    if meaning is Meaning.FINE and normal_form(view.word) == _NOT_FOUND:
        raise _fault(JobNotFound, view, answer, what)
    if not answer.is_success and says_not_found(view):
        raise _fault(JobNotFound, view, answer, what)
    _raise_for_http(view, answer, what, not_found=JobNotFound)


def raise_for_submit(view: View, answer: Answer, *, what: str, has_id: bool) -> None:
    """Raise what the answer to a submit says, as far as no task came of it or nobody can tell.

    Args:
        view: The answer's parts.
        answer: The answer.
        what: What was submitted, as the start of a sentence.
        has_id: Whether the answer names a task; then a code of which nothing is known is no refusal.

    Raises:
        InvalidInput: The input was turned down.
        OutcomeUnknown: A task may have been made.
        RateLimited: Nothing was accepted; later it may be.
        ProviderRefused: Nor will it be.
    """
    meaning = meaning_of(view)
    if meaning in {Meaning.REJECTED, Meaning.INVALID}:
        raise _fault(InvalidInput, view, answer, what)
    if meaning in {Meaning.LIMITED, Meaning.SIGN_IN, Meaning.REFUSED}:
        raise _fault(_KINDS[meaning], view, answer, what)
    if meaning is Meaning.BUSY or answer.status >= 500:
        raise OutcomeUnknown(
            f"{what}: {_words(view, answer)}. Whether a task was made is not known", hint=_REPEATED_SUBMIT_HINT
        )
    _raise_for_http(view, answer, what, refused=InvalidInput)
    if meaning in {Meaning.OTHER, Meaning.NOT_FOUND} and not has_id:
        raise _fault(ProviderRefused, view, answer, what)


def lost_id(what: str, view: View, answer: Answer) -> OutcomeUnknown:
    """The error for a submit that was accepted without telling which task it made."""
    return OutcomeUnknown(
        f"{what} was accepted, but the answer names no task ({_words(view, answer)})", hint=_REPEATED_SUBMIT_HINT
    )


def _raise_for_http(
    view: View,
    answer: Answer,
    what: str,
    *,
    not_found: type[ProviderRefused] = ProviderRefused,
    refused: type[ProviderRefused] = ProviderRefused,
) -> None:
    status = http_status_of(view, answer.status)
    judged = Answer(status, answer.headers, answer.body, answer.received_at)
    raise_for_status(
        judged,
        what=what,
        code=view.code,
        message=view.message,
        request_id=view.request_id,
        not_found=not_found,
        refused=refused,
    )
    if view.shape is Shape.ERROR:
        raise _fault(ProviderRefused, view, answer, what)


def _fault(kind: type[ProviderError], view: View, answer: Answer, what: str) -> ProviderError:
    error = kind(
        f"{what}: {_words(view, answer)}",
        code=view.code,
        detail=view.message,
        http_status=answer.status,
        request_id=view.request_id,
    )
    if isinstance(error, ProviderBusy):
        error.retry_after_s = retry_after_s(answer)
    return error


def _words(view: View, answer: Answer) -> str:
    """The service's words with its code, or the HTTP status where there are none."""
    words = view.message or (view.word if view.word else status_phrase(answer.status))
    return f"{words} (code {view.code})" if view.code and view.code not in words else words
