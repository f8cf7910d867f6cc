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
from jobtui.core.jobs import Job
from jobtui.core.states import JobState
from jobtui.providers.answer import Answer, quoted, raise_for_status, retry_after_s, status_phrase
from jobtui.providers.generation.codes import (
    Meaning,
    http_status_of,
    meaning_of,
    says_not_found,
    speaks_for_itself,
)
from jobtui.providers.generation.shapes import Shape, View
from jobtui.providers.state_words import normal_form, state_of_word

_NOT_FOUND = "not_found"
"""Jimeng's word for a task that it never had or has forgotten."""

_EXPIRED = "expired"
"""Its word for a task that ran out; also for one that was over long before."""

_ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

_REPEATED_SUBMIT_HINT = "Look at the gateway's own record before you submit again: each task costs."
_ACCOUNT_HINT = "Top it up, or wait until it is renewed; then sign in again."
_ACCOUNT_WORDS = {"1008": "the account's balance is used up", "2056": "the plan's quota is used up for now"}
_ANY_ACCOUNT_WORDS = "the account's balance or quota is used up"

_KINDS: dict[Meaning, type[ProviderError]] = {
    Meaning.BUSY: ProviderBusy,
    Meaning.LIMITED: RateLimited,
    Meaning.SIGN_IN: SignInRefused,
    Meaning.NOT_FOUND: JobNotFound,
    Meaning.INVALID: JobNotFound,
}


def raise_for_query(view: View, answer: Answer, *, what: str, known: Job | None = None) -> None:
    """Raise what the answer says about the call; one that tells of the task's own failure passes.

    Args:
        view: The answer's parts.
        answer: The answer.
        what: What was wanted, as the start of a sentence.
        known: The look before.

    Raises:
        ProviderBusy: Asking again may work: the last known state stands.
        SignInRefused: The key isn't accepted, or the account may not go on.
        ProviderRefused: Another refusal.
        JobNotFound: There is no such task, by whatever code or word, or no longer.
    """
    status, meaning = http_status_of(view, answer.status), meaning_of(view)
    if meaning is Meaning.REFUSED or status == 402:
        raise _account_fault(SignInRefused, view, answer)
    if speaks_for_itself(status):
        _raise_for_http(view, answer, what)
    if view.shape is Shape.FLAT and state_of_word(view.word) is JobState.FAILED:
        return
    if (kind := _KINDS.get(meaning)) is not None:
        raise _fault(kind, view, answer, what)
    if meaning is Meaning.REJECTED:
        return
    if meaning is Meaning.FINE:
        _raise_for_forgotten(view, answer, what, known)
    if says_not_found(view, status):
        raise _fault(JobNotFound, view, answer, what)
    _raise_for_http(view, answer, what, not_found=JobNotFound)
    if view.inner is not None and state_of_word(view.word) is JobState.UNKNOWN:
        # The gateway's own record says nothing yet: what its vendor said to it counts.
        raise_for_query(view.inner, answer, what=what, known=known)


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
    status, meaning = http_status_of(view, answer.status), meaning_of(view)
    if meaning in {Meaning.REJECTED, Meaning.INVALID}:
        raise _fault(InvalidInput, view, answer, what)
    if meaning is Meaning.REFUSED or status == 402:
        # Jobs that are under way can still be looked at: so it is no refused sign-in here.
        raise _account_fault(ProviderRefused, view, answer)
    if meaning in {Meaning.LIMITED, Meaning.SIGN_IN}:
        raise _fault(_KINDS[meaning], view, answer, what)
    if meaning is Meaning.BUSY or status >= 500 or status == 408:
        raise OutcomeUnknown(
            f"{what}: {_words(view, answer)}. Whether a task was made is not known", hint=_REPEATED_SUBMIT_HINT
        )
    _raise_for_http(view, answer, what, refused=InvalidInput)
    if meaning in {Meaning.OTHER, Meaning.NOT_FOUND} and not has_id:
        raise _fault(ProviderRefused, view, answer, what)


def no_link(view: View, answer: Answer, *, what: str) -> ProviderRefused:
    """The error for an answer about a file that holds no link to it, with what it holds instead."""
    if meaning_of(view) is Meaning.FINE:
        return ProviderRefused(f"{what}: the service gives no link to the file", http_status=answer.status)
    return ProviderRefused(
        f"{what}: the service gives no link to the file: {_words(view, answer)}",
        code=view.code,
        detail=view.message,
        http_status=answer.status,
        request_id=view.request_id,
    )


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


def _raise_for_forgotten(view: View, answer: Answer, what: str, known: Job | None) -> None:
    word = normal_form(view.word)
    if word == _NOT_FOUND:
        raise _fault(JobNotFound, view, answer, what)
    # Not of a task that ended by expiring: that is its end, told again.
    is_over = known is not None and known.state in _ENDED and normal_form(known.native_state) != _EXPIRED
    if word == _EXPIRED and is_over:
        raise JobNotFound(f"{what}: the service no longer has the record", request_id=view.request_id)


def _account_fault(kind: type[ProviderRefused], view: View, answer: Answer) -> ProviderError:
    return _fault(kind, view, answer, _ACCOUNT_WORDS.get(view.code, _ANY_ACCOUNT_WORDS), hint=_ACCOUNT_HINT)


def _fault(kind: type[ProviderError], view: View, answer: Answer, what: str, *, hint: str = "") -> ProviderError:
    error = kind(
        f"{what}: {_words(view, answer)}",
        hint=hint,
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
    # "Success" about the call explains nothing.
    is_fine = answer.is_success and meaning_of(view) is Meaning.FINE
    words = ("" if is_fine else quoted(view.message)) or quoted(view.word) or status_phrase(answer.status)
    return f"{words} (code {view.code})" if view.code and not is_fine and view.code not in words else words
