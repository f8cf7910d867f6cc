"""What vendors' business codes mean; they come with HTTP 200 as often as not."""

from __future__ import annotations

from enum import Enum

from jobtui.providers.generation.shapes import Shape, View
from jobtui.providers.state_words import normal_form


class Meaning(Enum):
    """What a code says about a call."""

    FINE = "fine"
    REJECTED = "rejected"
    """The content was turned down: a submit fails, a task asked about has failed."""
    INVALID = "invalid"
    """The request's parameters: bad input for a submit, no such task for a query."""
    BUSY = "busy"
    """A fault inside the service that may pass; whether a submit was accepted is open."""
    LIMITED = "limited"
    """Too many requests; nothing was accepted."""
    SIGN_IN = "sign in"
    REFUSED = "refused"
    """The account may not go on: balance, quota."""
    NOT_FOUND = "not found"
    OTHER = "other"
    """A code of which nothing is known."""


_MINIMAX = {
    Meaning.FINE: "0",
    Meaning.REJECTED: "1026 1027 1042",
    Meaning.INVALID: "2013",
    Meaning.BUSY: "1000 1001 1013 1024 1033",
    Meaning.LIMITED: "1002 1039 1041 2045",
    Meaning.SIGN_IN: "1004 2038 2049",
    Meaning.REFUSED: "1008 2056",
}
_ENVELOPE = {
    # 50511 to 50522: what came out was turned down, and only a new task may fare better.
    Meaning.FINE: "0 10000 success succeed",
    Meaning.REJECTED: "50411 50412 50413 " + " ".join(map(str, range(50511, 50523))),
    Meaning.BUSY: "50500 50501",
    Meaning.LIMITED: "50429 50430 1303",
    Meaning.NOT_FOUND: "task_not_exist task_not_found not_found",
}


def _by_code(meanings: dict[Meaning, str]) -> dict[str, Meaning]:
    return {code: meaning for meaning, codes in meanings.items() for code in codes.split()}


_MINIMAX_CODES = _by_code(_MINIMAX)
_ENVELOPE_CODES = _by_code(_ENVELOPE)

# MiniMax v2 and OpenAI-like gateways name a kind instead of a number.
_ERROR_STATUSES = {
    "bad_request_error": 400,
    "invalid_request_error": 400,
    "authorized_error": 401,
    "authentication_error": 401,
    "insufficient_balance_error": 402,
    "insufficient_quota": 402,
    "not_found_error": 404,
    "unprocessable_entity_error": 422,
    "rate_limit_error": 429,
    "server_error": 500,
    "overloaded_error": 529,
}


def meaning_of(view: View) -> Meaning:
    """What the answer's code says, by the vendor whose shape it has."""
    if view.shape is Shape.FLAT:
        return _MINIMAX_CODES.get(view.code, Meaning.OTHER) if view.code else Meaning.FINE
    if view.shape in {Shape.ENVELOPE, Shape.KLING, Shape.WRAPPER}:
        return _ENVELOPE_CODES.get(normal_form(view.code), Meaning.OTHER)
    if view.shape is Shape.ERROR:
        return Meaning.NOT_FOUND if says_not_found(view) else Meaning.OTHER
    return Meaning.FINE


def says_not_found(view: View) -> bool:
    """Whether a refusal's words, not its HTTP status, say that there is no such task.

    MiniMax v2 answers HTTP 500 "record not found" about an id that it doesn't know.
    """
    return _ENVELOPE_CODES.get(normal_form(view.code)) is Meaning.NOT_FOUND or "not found" in view.message.lower()


def http_status_of(view: View, http_status: int) -> int:
    """The HTTP status that a refusal should have had: the one that its body names, where its own is 2xx."""
    if http_status >= 300 or view.shape is not Shape.ERROR:
        return http_status
    error = view.body.get("error")
    named = error.get("http_code") if isinstance(error, dict) else None
    if isinstance(named, str) and named.isascii() and named.isdecimal() and len(named) == 3:
        return int(named)
    kinds = (view.code, error.get("type")) if isinstance(error, dict) else (view.code,)
    return next(
        (_ERROR_STATUSES[kind] for kind in kinds if isinstance(kind, str) and kind in _ERROR_STATUSES), http_status
    )
