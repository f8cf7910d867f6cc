"""Text that acts on terminals or looks like another text, and how to see that none of it came through."""

from __future__ import annotations

import re

from hypothesis import strategies as st

ACTS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What may stand nowhere on the screen."""

PIECES = (
    "a",
    " name",
    "é́́́́́́́́",
    "日本",
    "👩‍👩‍👧",
    "\x1b[2J",
    "\x1b]52;c;eA==\x07",
    "\x1b]0;title\x1b\\",
    "\x9b2J",
    "\x9d0;x\x9c",
    "\x00\x07\x08\x0b\r",
    "\x7f",
    "\u202e\u2066",
    "\u200b\u200d\ufeff\u061c",
    "\u2028\x85",
    "\U000e0041",
    "\ud800",
    "\n",
    "\t",
    "[/]",
    "[bold",
    "[@click=app.quit]x",
    "[link=https://x]",
    "&#x202E;",
    "$text-error",
    "{}",
    "%s",
)


def hostile(most: int = 6, *, longest: int = 10_000) -> st.SearchStrategy[str]:
    """A short text of such pieces, now and then a long one."""
    short = st.lists(st.sampled_from(PIECES), min_size=1, max_size=most).map("".join)
    return st.one_of(short, short, short, short.map(lambda text: (text * (longest // len(text) + 1))[:longest]))
