"""The pieces of an answer in which results may lie."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from jobtui.core.errors import ProtocolError
from jobtui.core.jobs import JsonObject, JsonValue
from jobtui.providers.answer import parse_json
from jobtui.providers.generation.shapes import Shape, View
from jobtui.providers.json_fields import first_text, items_of, object_of, text_of


class Part(Struct, frozen=True):
    """A piece of an answer."""

    fields: JsonObject
    url_role: str = ""
    """What a field that is only called `url` links to here; empty where such a field is no result."""


def parts_of(view: View) -> Iterator[Part]:
    """All pieces, the task's own fields first and what lies around them last."""
    task = view.task
    yield Part(task)
    yield Part(object_of(task.get("content")), url_role="video")
    yield from (Part(object_of(item), url_role="video") for item in items_of(task.get("creations")))
    outcome = object_of(task.get("task_result"))
    for name, role in (("videos", "video"), ("images", "image"), ("audios", "audio")):
        yield from (Part(object_of(item), url_role=role) for item in items_of(outcome.get(name)))
    if view.shape is Shape.FLAT:
        yield Part(object_of(task.get("data")))
    if isinstance(document := read_text(text_of(task.get("resp_data"))), dict):
        yield Part(document)
    if view.inner is not None:
        yield from parts_of(view.inner)
    if view.body is not task:
        yield Part(view.body)


def file_id_of(view: View) -> str:
    """The file that the task left at its vendor, by the id to ask for a link with; empty where there is none."""
    ids = (first_text(part.fields, "file_id") for part in parts_of(view))
    return next(filter(None, ids), "")


def read_text(text: str) -> JsonValue:
    """JSON that was sent as text; null for text that is something else."""
    try:
        return parse_json(text.encode("utf-8", "replace"))
    except ProtocolError:
        return None
