"""Markdown that is hostile once it is parsed."""

from __future__ import annotations

import pytest
from textual.widgets._markdown import MarkdownBlock

from jobtui.app.panes.viewers.markdown import MarkdownView
from tests.app.hostile import ACTS
from tests.app.viewers.shown import shown


@pytest.mark.parametrize(
    "text",
    [
        "a&#x202E;b",
        "# a&ZeroWidthSpace;b",
        "`a` &#x2066;b",
        "[a&#x202E;b](https://x/&#x202E; 'a&#x202E;')",
        "![a&#x200B;b](u)",
        "| a&#x202E; | b |\n|---|---|\n| c&#xFEFF; | d |",
        "- a&rlm;b\n\n> c&#x2028;d",
        "```py&#x202E;\na\n```",
        "<b title='&#x202E;'>a&#x202E;</b>",
        "[x]: https://x '&#x202E;'\n\n[x] https://x.test/&#x202E; &#155;2J &#127;",
    ],
)
async def test_t3_what_entities_stand_for_passes_the_gate(text: str) -> None:
    view = MarkdownView(text)
    async with shown(view) as rest:
        await rest()
        blocks = view.query(MarkdownBlock)
        assert blocks
        for block in blocks:
            assert not ACTS.search(block._content.plain)
        for strip in view.screen._compositor.render_strips():
            assert not ACTS.search(strip.text)


async def test_t3_an_entity_that_hides_is_shown_as_an_escape() -> None:
    view = MarkdownView("a&#x202E;b &amp; c")
    async with shown(view) as rest:
        await rest()
        assert "a\\u202eb & c" in "".join(strip.text for strip in view.screen._compositor.render_strips())
