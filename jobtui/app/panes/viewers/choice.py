"""Which viewer is best for what; each is imported when there is something for it to show."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from jobtui.app.panes.viewers.viewer import Viewer
from jobtui.core.errors import ProtocolError
from jobtui.core.jobs import JsonValue
from jobtui.core.media_types import PARQUET, UNKNOWN_MEDIA_TYPE, media_type_of_name, sniffed_media_type
from jobtui.core.results import Rows
from jobtui.core.text import one_line

if TYPE_CHECKING:
    from jobtui.app.parquet import Head

_TREE_LIMIT = 64_000_000
_LAID_OUT_LIMIT = 1_000_000
_SNIFFED_BYTES = 4_096
_ODD_SHARE = 0.1
"""Of characters that no text has, from which on bytes are no text."""


def view_of_bytes(content: bytes, media_type: str, name: str, about: str = "") -> Viewer | None:
    """A viewer for the bytes of a file.

    Args:
        content: The file, or as much of it as is shown.
        media_type: As the service tells it; what the bytes show goes before.
        name: The file's name, for its extension.
        about: What the pane's last line is to say of it.

    Returns:
        The viewer; `None` for what is shown best by its facts: video, sound, and pictures without the extra `media`.
    """
    kind = _kind(content, media_type, name)
    if kind.startswith("image/"):
        if not _has_pillow():
            return None
        from jobtui.app.panes.viewers.picture import PictureView

        return PictureView(content, about)
    if kind.startswith(("video/", "audio/")):
        return None
    if kind == PARQUET:
        return _parquet_view(content, about)
    text = _readable(content)
    if text is None:
        from jobtui.app.panes.viewers.hexdump import HexView

        return HexView(content, about)
    return view_of_text(text, kind, name, about)


def is_shown(media_type: str) -> bool:
    """Whether files of a type are shown in the terminal, as far as the type tells."""
    kind = media_type.partition("/")[0]
    return kind not in {"video", "audio"} and (kind != "image" or _has_pillow())


def _parquet_view(content: bytes, about: str) -> Viewer:
    from jobtui.app import parquet

    if parquet.can_be_read():
        try:
            return head_view(parquet.head_of(content))
        except ProtocolError as error:
            why = one_line(str(error), 200)
    else:
        why = parquet.HOW_TO_SEE
    from jobtui.app.panes.viewers.hexdump import HexView

    return HexView(content, " · ".join(part for part in (why, about) if part))


def head_view(head: Head) -> Viewer:
    """The beginning of a file's table."""
    from jobtui.app.panes.viewers.rows import RowsView

    return RowsView(head.rows, head.count)


def _has_pillow() -> bool:
    return find_spec("PIL") is not None


def view_of_text(text: str, media_type: str, name: str, about: str = "") -> Viewer:
    """A viewer for a text: a tree for JSON, a table for CSV, laid out for Markdown, else as it is."""
    if is_markdown(media_type, name):
        from jobtui.app.panes.viewers.markdown import MOST_CHARACTERS, MarkdownView

        if len(text) <= MOST_CHARACTERS:
            return MarkdownView(text)
    if media_type == "text/csv" or name.lower().endswith(".csv"):
        from jobtui.app.panes.viewers.rows import RowsView

        rows = _table(text)
        if rows is not None:
            return RowsView(rows)
    if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["} and len(text) <= _TREE_LIMIT:
        try:
            value: JsonValue = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            pass  # It only begins like JSON.
        else:
            from jobtui.app.panes.viewers.tree import JsonView

            return JsonView(value)
    return plain_view(text, about)


def plain_view(text: str, about: str = "") -> Viewer:
    """The text as it is."""
    from jobtui.app.panes.viewers.text import TextView

    return TextView(text, about)


def raw_view(body: bytes, about: str = "") -> Viewer:
    """An answer as it came; JSON that isn't very long is laid out in lines, and nothing else about it is changed."""
    text = _readable(body)
    if text is None:
        from jobtui.app.panes.viewers.hexdump import HexView

        return HexView(body, about)
    about = " · ".join(part for part in (f"{len(body):,} bytes", about) if part)
    if len(text) <= _LAID_OUT_LIMIT:
        # What is no JSON is shown as it came.
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return plain_view(text, about)


def is_markdown(media_type: str, name: str) -> bool:
    """Whether a text says that it is Markdown."""
    return media_type in {"text/markdown", "text/x-markdown"} or name.lower().endswith((".md", ".markdown"))


def _kind(content: bytes, media_type: str, name: str) -> str:
    """The media type: what the first bytes show, else what the service says, else what the name says."""
    sniffed = sniffed_media_type(content[:16])
    if sniffed != UNKNOWN_MEDIA_TYPE:
        return sniffed
    told = media_type.partition(";")[0].strip().lower()
    # A picture or video that its first bytes don't show isn't one.
    if told and told != UNKNOWN_MEDIA_TYPE and not told.startswith(("image/", "video/", "audio/")):
        return told
    named = media_type_of_name(name)
    return UNKNOWN_MEDIA_TYPE if named.startswith(("image/", "video/", "audio/")) else named


def _readable(content: bytes) -> str | None:
    """The bytes as text; `None` where they are none."""
    head = content[:_SNIFFED_BYTES].decode("utf-8-sig", "replace")
    odd = sum(character == "\ufffd" or (character < " " and character not in "\t\n\r\f\x1b") for character in head)
    if "\0" in head or odd > len(head) * _ODD_SHARE:
        return None
    return content.decode("utf-8-sig", "replace")


def _table(text: str) -> Rows | None:
    try:
        lines = [tuple(row) for row in csv.reader(io.StringIO(text, newline="")) if row]
    except csv.Error:
        return None
    return Rows(lines[0], tuple(lines[1:]), len(lines), more=False) if lines else None
