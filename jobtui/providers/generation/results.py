"""What a finished task left, wherever its vendor puts it."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import datetime

from msgspec import Struct, field

from jobtui.core.jobs import Job, JobId, JsonObject
from jobtui.core.media_types import UNKNOWN_MEDIA_TYPE, extension_of, media_type_of_name, sniffed_media_type
from jobtui.core.results import Artifact, Content, Document, InlineFile, RemoteFile, Result, Text
from jobtui.core.states import JobState
from jobtui.providers.generation.links import expiry_of, file_name_of, is_link
from jobtui.providers.generation.parts import Part, parts_of, read_text
from jobtui.providers.generation.routes import Route
from jobtui.providers.generation.shapes import Shape, View
from jobtui.providers.json_fields import first_text, items_of, text_of

NO_RESULT = "The service calls the task done, but its answer holds no result."
"""Warning for a success without anything to fetch."""

DETAILS = "details"
"""Role of what a vendor tells about the result; no result by itself."""

_LINK_FIELDS = {
    "video_url": "video",
    "audio_url": "audio",
    "image_url": "image",
    "cover_url": "cover",
    "thumbnail_url": "thumbnail",
    "last_frame_url": "last frame",
    "watermarked_url": "watermarked",
}
_LINK_LISTS = {"image_urls": "image", "video_urls": "video"}
_BASE64_FIELDS = ("binary_data_base64", "image_base64")
_MEDIA_TYPES = {
    "video": "video/mp4",
    "watermarked": "video/mp4",
    "audio": "audio/mpeg",
    "image": "image/png",
    "cover": "image/png",
    "thumbnail": "image/png",
    "last frame": "image/png",
}
_VIDEO_TYPE = "video/mp4"
_SPEECH_TYPE = "application/x-tar"
"""Of asynchronous speech: the sound comes with its titles and more, in one archive."""
_KINDS = (
    (("speech", "t2a", "tts"), _SPEECH_TYPE),
    (("music",), "audio/mpeg"),
    (("video", "hailuo", "t2v", "i2v", "s2v"), _VIDEO_TYPE),
    (("image",), "image/png"),
)
"""Parts of a model's name or a vendor's path, and what its files are; the first that fits counts."""


class _Finds(Struct):
    """What was found so far, each thing once."""

    shape: Shape
    route: Route
    task: JsonObject
    ended_at: datetime
    file_type: str
    """What a file is that only has an id."""
    things: list[tuple[str, str, Content]] = field(default_factory=list)
    """Role, media type and content, in the order of the answer."""
    warnings: list[str] = field(default_factory=list)
    _links: set[str] = field(default_factory=set)

    def add_link(self, role: str, url: str) -> None:
        """A file behind a link; the same link twice is one file."""
        if not url or url in self._links:
            return
        self._links.add(url)
        if url.startswith("data:"):
            self.add_encoded(role, url)
        elif is_link(url):
            media_type = media_type_of_name(file_name_of(url))
            if media_type == UNKNOWN_MEDIA_TYPE:
                media_type = _MEDIA_TYPES.get(role, UNKNOWN_MEDIA_TYPE)
            expires_at = expiry_of(url, self.shape, self.route, self.task, self.ended_at)
            self.things.append((role, media_type, RemoteFile(url=url, expires_at=expires_at)))
        else:
            self.warnings.append(f"The link of the {role} isn't an http address; it is left out.")

    def add_file_id(self, file_id: str) -> None:
        """A file that the vendor gives a link to when it is asked."""
        if file_id and file_id not in self._links:
            self._links.add(file_id)
            self.things.append((_role_of(self.file_type), self.file_type, RemoteFile(file_id=file_id)))

    def add_encoded(self, role: str, text: str) -> None:
        """A file written out in the answer; audio is written in hexadecimal digits as often as in base64."""
        content = _decoded(text, may_be_hex=role == "audio")
        if content is None:
            self.warnings.append(f"The {role or 'file'} in the answer can't be decoded; it is left out.")
            return
        media_type = sniffed_media_type(content[:16])
        self.things.append((role or media_type.partition("/")[0], media_type, InlineFile(content)))


def read_result(
    view: View, job: Job, route: Route, now: datetime, *, raw: bytes, content_url: str = "", file_name: str = ""
) -> Result:
    """The result of a task from the answer that tells its state.

    Args:
        view: The answer's parts.
        job: What they say about the task.
        route: The task's id, taken apart.
        now: When the answer came; links count from it where the task's end isn't known.
        raw: The answer as it is kept.
        content_url: Where the file itself can be asked for, at vendors that have such a path.
        file_name: The vendor's own name of the task's file, where it is known; it tells what the file is.
    """
    if job.state is not JobState.SUCCEEDED:
        reason = f"The task isn't done ({job.native_state or job.state}): there is no result yet."
        return Result(job.id, error=job.error, warnings=() if job.error else (reason,), raw=raw)
    file_type = type_of_file(job.kind, file_name, view)
    artifacts, warnings = artifacts_of(
        view, route, job.finished_at or now, content_url=content_url, file_type=file_type
    )
    if all(artifact.role == DETAILS for artifact in artifacts):
        warnings = (*warnings, NO_RESULT)
    return Result(job.id, artifacts, warnings=warnings, raw=raw)


def artifacts_of(
    view: View, route: Route, ended_at: datetime, *, content_url: str = "", file_type: str = _VIDEO_TYPE
) -> tuple[tuple[Artifact, ...], tuple[str, ...]]:
    """All that an answer holds or points to, and warnings about what can't be used of it."""
    finds = _Finds(view.shape if view.inner is None else view.inner.shape, route, view.task, ended_at, file_type)
    parts = list(parts_of(view))
    for part in parts:
        _search(part, finds)
    for part in parts:
        finds.add_file_id(first_text(part.fields, "file_id"))
    if content_url and not finds.things:
        finds.add_link("video", content_url)
    details = [content for part in parts if (content := _details(part.fields)) is not None]
    return _named(finds.things, details, route), tuple(finds.warnings)


def result_of_forgotten(job_id: JobId, route: Route, file_id: str, file_type: str) -> Result:
    """What may be left of a task that the service no longer knows: vendors keep files apart from tasks."""
    name = route.task_id + extension_of(file_type)
    artifact = Artifact(name, file_type, RemoteFile(file_id=file_id), role=_role_of(file_type))
    warning = "The service no longer knows the task; its file may still be there."
    return Result(job_id, (artifact,), warnings=(warning,))


def has_result(view: View, route: Route, now: datetime) -> bool:
    """Whether the answer to a submit holds the result already.

    A `file_id` may be there before its file is, and details are there in the answer to any submit.
    """
    artifacts, _ = artifacts_of(view, route, now)
    return any(
        artifact.role != DETAILS and not (isinstance(artifact.content, RemoteFile) and artifact.content.file_id)
        for artifact in artifacts
    )


def type_of_kind(kind: str) -> str:
    """The media type of the files that runs of a model or a vendor's path leave; empty where the name tells none."""
    lower = kind.lower()
    return next((media_type for marks, media_type in _KINDS if any(mark in lower for mark in marks)), "")


def type_of_file(kind: str, file_name: str = "", view: View | None = None) -> str:
    """What a file is that only has an id: by its name, by what made it, or else by the form of the answer."""
    named = media_type_of_name(file_name)
    if told := type_of_kind(kind) if named == UNKNOWN_MEDIA_TYPE else named:
        return told
    flat = view.inner if view is not None and view.inner is not None else view
    # MiniMax writes ids of videos as text, and those of speech as numbers.
    is_speech = flat is not None and flat.shape is Shape.FLAT and isinstance(flat.task.get("task_id"), int)
    return _SPEECH_TYPE if is_speech else _VIDEO_TYPE


def _role_of(media_type: str) -> str:
    family = media_type.partition("/")[0]
    return {_SPEECH_TYPE: "audio"}.get(media_type, family if family in {"video", "audio", "image"} else "file")


def _search(part: Part, finds: _Finds) -> None:
    fields = part.fields
    if part.url_role:
        finds.add_link(part.url_role, first_text(fields, "url"))
    for name, role in _LINK_FIELDS.items():
        finds.add_link(role, first_text(fields, name))
    for name, role in _LINK_LISTS.items():
        for url in items_of(fields.get(name)):
            finds.add_link(role, text_of(url))
    for name in _BASE64_FIELDS:
        for text in filter(None, map(text_of, items_of(fields.get(name)))):
            finds.add_encoded("", text)
    if audio := first_text(fields, "audio"):
        if is_link(audio):
            finds.add_link("audio", audio)
        else:
            finds.add_encoded("audio", audio)


def _details(fields: JsonObject) -> Content | None:
    text = text_of(fields.get("resp_data")).strip()
    if not text:
        return None
    document = read_text(text)
    return Document(document) if isinstance(document, dict | list) else Text(text)


def _decoded(text: str, *, may_be_hex: bool) -> bytes | None:
    """The bytes of a data URI, of base64 or of hexadecimal digits; `None` for what is none of them, or empty."""
    payload = text.partition(",")[2] if text.startswith("data:") else text
    for decode in (bytes.fromhex, _from_base64, _from_loose_base64)[not may_be_hex :]:
        try:
            return decode(payload) or None
        except ValueError:
            continue
    return None


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _from_loose_base64(text: str) -> bytes:
    """Base64 with line ends, without padding, or in the alphabet for URLs."""
    packed = "".join(text.split()).rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)


def _named(things: list[tuple[str, str, Content]], details: list[Content], route: Route) -> tuple[Artifact, ...]:
    """File names that tell tasks and roles apart, since the vendors' own are all alike: `output.mp4`."""
    per_role = Counter(role for role, _, _ in things)
    seen: Counter[str] = Counter()
    artifacts = []
    for role, media_type, content in things:
        seen[role] += 1
        parts = [route.task_id]
        if len(per_role) > 1 and role != next(iter(per_role)):
            parts.append(role.replace(" ", "-"))
        if per_role[role] > 1:
            parts.append(str(seen[role]))
        size_bytes = len(content.content) if isinstance(content, InlineFile) else None
        name = "-".join(parts) + extension_of(media_type)
        artifacts.append(Artifact(name, media_type, content, size_bytes=size_bytes, role=role))
    for document in details:
        media_type = "application/json" if isinstance(document, Document) else "text/plain"
        name = f"{route.task_id}-{DETAILS}{extension_of(media_type)}"
        artifacts.append(Artifact(name, media_type, document, role=DETAILS))
    return tuple(artifacts)
