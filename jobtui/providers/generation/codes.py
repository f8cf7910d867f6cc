"""What vendors' business codes mean; they come with HTTP 200 as often as not."""

from __future__ import annotations

from enum import Enum

from jobtui.providers.generation.shapes import Shape, View
from jobtui.providers.json_fields import object_of, text_of
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
    """The account may not go on: its balance or quota is used up."""
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
    "insufficient_user_quota": 402,
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
        if 402 in _named_statuses(view):
            return Meaning.REFUSED
        return Meaning.NOT_FOUND if _names_no_task(view) else Meaning.OTHER
    return Meaning.FINE


def says_not_found(view: View, http_status: int) -> bool:
    """Whether a refusal's words, not its HTTP status, say that there is no such task.

    MiniMax v2 answers HTTP 500 "record not found" about an id that it doesn't know. Gateways use the same words about
    keys, groups and channels: so they count only beside a status that leaves open what is wrong.
    """
    is_open = http_status in {400, 404, 410, 500} or (http_status < 300 and view.shape is Shape.ERROR)
    return is_open and (_names_no_task(view) or "not found" in view.message.lower())


def speaks_for_itself(http_status: int) -> bool:
    """Whether a status tells what is wrong, whatever stands beside it: the key, the account, the pace, an outage."""
    return http_status in {401, 402, 403, 408, 425, 429} or http_status > 500


def http_status_of(view: View, http_status: int) -> int:
    """The HTTP status that a refusal should have had: the one that its body names, where its own is 2xx."""
    if http_status >= 300 or view.shape is not Shape.ERROR:
        return http_status
    named = text_of(object_of(view.body.get("error")).get("http_code"))
    if named.isascii() and named.isdecimal() and len(named) == 3:
        return int(named)
    return next(iter(_named_statuses(view)), http_status)


def _named_statuses(view: View) -> list[int]:
    """The statuses that stand for the kinds of error that a refusal names."""
    error = object_of(view.body.get("error"))
    kinds = (view.code, text_of(error.get("type")))
    return [_ERROR_STATUSES[kind] for kind in kinds if kind in _ERROR_STATUSES]


def _names_no_task(view: View) -> bool:
    return _ENVELOPE_CODES.get(normal_form(view.code)) is Meaning.NOT_FOUND
