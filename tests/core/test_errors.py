"""What a fault tells, message and hint together."""

from __future__ import annotations

import pytest

from jobtui.core.errors import JobtuiError


@pytest.mark.parametrize(
    ("message", "hint", "told"),
    [
        ("no such job", "", "no such job"),
        ("Unauthorized", "The credential isn't accepted.", "Unauthorized. The credential isn't accepted."),
        ("It went away.", "Ask again.", "It went away. Ask again."),
        ("", "Ask again.", "Ask again."),
    ],
)
def test_message_and_hint_are_told_as_sentences(message: str, hint: str, told: str) -> None:
    assert JobtuiError(message, hint=hint).in_full == told
