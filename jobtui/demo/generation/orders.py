"""The vendors' checks of what is submitted: an order, or the vendor's code for what is wrong with it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from email.parser import BytesParser

from jobtui.core.structs import replace
from jobtui.demo.generation.tasks import Fault, Order, Output, Vendor
from jobtui.demo.http_server import Request

BANNED_WORDS = frozenset({"forbidden", "gore", "nsfw"})
"""Words that the check of the input turns down."""

KLING_ACTIONS = frozenset({"text2video", "image2video", "lip-sync", "video-extend", "effects"})
"""Parts of Kling's path that say what is to be made."""

_FAULT_WORDS = {"blood": Fault.OUTPUT_REJECTED, "glitch": Fault.UNEXPLAINED}
"""Words that pass the check of the input, and make the task fail."""

_MINIMAX_MODELS = frozenset(
    [
        "MiniMax-Hailuo-2.3",
        "MiniMax-Hailuo-2.3-Fast",
        "MiniMax-Hailuo-02",
        "T2V-01",
        "T2V-01-Director",
        "I2V-01",
        "I2V-01-Director",
        "I2V-01-live",
        "S2V-01",
    ]
)
_MINIMAX_RESOLUTIONS = frozenset({"512P", "720P", "768P", "1080P"})
_MINIMAX_PROMPT_CHARS = 2000
_MINIMAX_V2_MODEL = "MiniMax-H3"
_MINIMAX_V2_SECONDS = 15
_JIMENG_RATIOS = frozenset({"16:9", "9:16", "1:1", "4:3", "3:4", "21:9"})
_JIMENG_PROMPT_CHARS = 150
_OPENAI_SIZES = frozenset({"720x1280", "1280x720", "1024x1792", "1792x1024"})
_OPENAI_SECONDS = frozenset({"4", "8", "12"})
_WORD = re.compile(r"\w+")

Fields = Mapping[str, object]
"""The JSON object, or the form, that was submitted."""


class OrderRefused(Exception):
    """The vendor doesn't take the order.

    Args:
        code: The vendor's word for the reason.
        detail: What is wrong, in words.
        field: The field at fault, where the vendor names it.
    """

    def __init__(self, code: int | str, detail: str, *, field: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.field = field


def submitted_fields(request: Request) -> Fields:
    """The body as an object, whether it came as JSON or as a form; empty when it is neither."""
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        return _form_fields(content_type, request.body)
    try:
        body: object = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return {str(name): value for name, value in body.items()} if isinstance(body, dict) else {}


def minimax_order(kind: str, fields: Fields) -> Order:
    """Check a submit to MiniMax."""
    model, prompt = _text(fields, "model"), _text(fields, "prompt")
    duration, resolution = _given(fields, "duration", 6), _text(fields, "resolution", "768P")
    first_frame = _given(fields, "first_frame_image")
    if model not in _MINIMAX_MODELS:
        raise OrderRefused(2013, f"model {model!r} is not supported")
    if not prompt and first_frame is None:
        raise OrderRefused(2013, "prompt is empty")
    if len(prompt) > _MINIMAX_PROMPT_CHARS:
        raise OrderRefused(2013, f"prompt is longer than {_MINIMAX_PROMPT_CHARS} characters")
    if duration not in (6, 10) or resolution not in _MINIMAX_RESOLUTIONS:
        raise OrderRefused(2013, "duration must be 6 or 10, resolution 512P, 720P, 768P or 1080P")
    if duration == 10 and resolution == "1080P":
        raise OrderRefused(2013, "duration 10 is not available at 1080P")
    if model.startswith("I2V") and first_frame is None:
        raise OrderRefused(2013, "first_frame_image is required for this model")
    if first_frame is not None and not _is_picture_address(first_frame):
        raise OrderRefused(2013, "first_frame_image is neither a URL nor a data URI")
    _check_words(prompt, 1026)
    return Order(Vendor.MINIMAX, kind, model, prompt, fault=_foretold_fault(prompt))


def minimax_v2_order(kind: str, fields: Fields) -> Order:
    """Check a submit to MiniMax's second video API; its codes name a kind of error instead of a number."""
    model, content = _text(fields, "model"), fields.get("content")
    duration, resolution = _given(fields, "duration", 5), _text(fields, "resolution", "768P")
    if model != _MINIMAX_V2_MODEL:
        raise OrderRefused("bad_request_error", f"model {model!r} is not supported")
    if not isinstance(content, list) or not content:
        raise OrderRefused("bad_request_error", "content is required")
    prompt = " ".join(_text(part, "text") for part in content if isinstance(part, dict) and part.get("type") == "text")
    if not prompt and not any(isinstance(part, dict) and part.get("type") == "image_url" for part in content):
        raise OrderRefused("bad_request_error", "content has neither text nor a picture")
    if not isinstance(duration, int) or not 1 <= duration <= _MINIMAX_V2_SECONDS:
        raise OrderRefused("bad_request_error", f"duration must be 1 to {_MINIMAX_V2_SECONDS}")
    if resolution not in _MINIMAX_RESOLUTIONS:
        raise OrderRefused("bad_request_error", "resolution must be 512P, 720P, 768P or 1080P")
    _check_words(prompt, "unprocessable_entity_error")
    order = Order(Vendor.MINIMAX_V2, kind, model, prompt, seconds=str(int(duration)), size=resolution)
    return replace(order, ratio=_text(fields, "ratio"), fault=_foretold_fault(prompt))


def jimeng_order(kind: str, fields: Fields) -> Order:
    """Check a submit to Jimeng; a `req_key` with `t2i` makes pictures, as base64 unless `return_url` is true."""
    prompt = _text(fields, "prompt")
    if not prompt.strip():
        raise OrderRefused(50412, "prompt is empty")
    if len(prompt) > _JIMENG_PROMPT_CHARS:
        raise OrderRefused(50412, f"prompt is longer than {_JIMENG_PROMPT_CHARS} characters")
    if _text(fields, "aspect_ratio", "16:9") not in _JIMENG_RATIOS:
        raise OrderRefused(50412, "aspect_ratio is not supported")
    if kind == "image2video":
        _check_pictures(fields)
    _check_words(prompt, 50413)
    req_key = _text(fields, "req_key") or f"jimeng_{kind}"
    output = Output.VIDEO
    if "t2i" in req_key:
        output = Output.IMAGE_LINKS if fields.get("return_url") is True else Output.IMAGE_BASE64
    return Order(Vendor.JIMENG, kind, req_key, prompt, output, fault=_foretold_fault(prompt))


def vidu_order(kind: str, fields: Fields) -> Order:
    """Check a submit to Vidu."""
    model, prompt, images = _text(fields, "model"), _text(fields, "prompt"), fields.get("images")
    if not model:
        raise OrderRefused("FieldInvalid", "model is required", field="model")
    if kind == "text2video" and not prompt:
        raise OrderRefused("FieldInvalid", "prompt is required", field="prompt")
    if kind != "text2video" and not (isinstance(images, list) and images):
        raise OrderRefused("FieldInvalid", "images is required", field="images")
    _check_words(prompt, "AuditSubmitIllegal")
    return Order(Vendor.VIDU, kind, model, prompt, fault=_foretold_fault(prompt))


def seedance_order(kind: str, fields: Fields) -> Order:
    """Check a submit to Seedance; its prompt is the text among the `content`."""
    model, content = _text(fields, "model"), fields.get("content")
    if not model:
        raise OrderRefused("MissingParameter", "model is required", field="model")
    if not isinstance(content, list) or not content:
        raise OrderRefused("MissingParameter", "content is required", field="content")
    texts = [_text(part, "text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
    prompt = " ".join(texts)
    if not prompt and len(texts) == len(content):
        raise OrderRefused("InvalidParameter", "content has an empty text", field="content")
    _check_words(prompt, "InputTextSensitiveContentDetected")
    return Order(Vendor.SEEDANCE, kind, model, prompt, fault=_foretold_fault(prompt))


def kling_order(kind: str, fields: Fields) -> Order:
    """Check a submit to Kling."""
    prompt = _text(fields, "prompt")
    if kind == "text2video" and not prompt:
        raise OrderRefused(1201, "prompt can't be empty")
    if kind == "image2video" and not fields.get("image"):
        raise OrderRefused(1201, "image can't be empty")
    _check_words(prompt, 1301)
    model = _text(fields, "model_name") or _text(fields, "model") or "kling-v1"
    return Order(Vendor.KLING, kind, model, prompt, fault=_foretold_fault(prompt))


def openai_order(kind: str, fields: Fields) -> Order:
    """Check a submit in OpenAI's shape."""
    prompt = _text(fields, "prompt")
    seconds, size = _text(fields, "seconds") or "4", _text(fields, "size") or "720x1280"
    if not prompt:
        raise OrderRefused("missing_required_parameter", "Missing required parameter: 'prompt'.", field="prompt")
    if seconds not in _OPENAI_SECONDS:
        raise OrderRefused("invalid_value", "Supported values are '4', '8' and '12'.", field="seconds")
    if size not in _OPENAI_SIZES:
        raise OrderRefused("invalid_value", f"{size!r} is not a supported size.", field="size")
    _check_words(prompt, "moderation_blocked")
    model = _text(fields, "model") or "sora-2"
    return Order(Vendor.OPENAI, kind, model, prompt, seconds=seconds, size=size, fault=_foretold_fault(prompt))


CHECKS: Mapping[Vendor, Callable[[str, Fields], Order]] = {
    Vendor.MINIMAX: minimax_order,
    Vendor.MINIMAX_V2: minimax_v2_order,
    Vendor.JIMENG: jimeng_order,
    Vendor.VIDU: vidu_order,
    Vendor.SEEDANCE: seedance_order,
    Vendor.KLING: kling_order,
    Vendor.OPENAI: openai_order,
}
"""Each vendor's check: kind of task and submitted fields to an order. All raise `OrderRefused`."""


def _given(fields: Fields, name: str, default: object = None) -> object:
    """A field's value; null and empty text are as good as none."""
    value = fields.get(name)
    return default if value is None or value == "" else value


def _text(fields: Fields, name: str, default: str = "") -> str:
    """A field's text: the default where there is none, empty where it is something else."""
    value = _given(fields, name, default)
    # JSON can spell half of a surrogate pair, which no answer could carry back.
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _check_words(prompt: str, code: int | str) -> None:
    if found := BANNED_WORDS.intersection(_WORD.findall(prompt.lower())):
        raise OrderRefused(code, f"the prompt has a banned word: {min(found)}")


def _foretold_fault(prompt: str) -> Fault | None:
    return next((_FAULT_WORDS[word] for word in _WORD.findall(prompt.lower()) if word in _FAULT_WORDS), None)


def _is_picture_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("data:image/", "http://", "https://"))


def _check_pictures(fields: Fields) -> None:
    """Jimeng's check of what `image2video` starts from; base64 wins where both are sent."""
    pictures, links = fields.get("binary_data_base64"), fields.get("image_urls")
    if isinstance(pictures, list) and pictures:
        try:
            for picture in pictures:
                base64.b64decode(str(picture), validate=True)
        except ValueError:
            raise OrderRefused(50411, "binary_data_base64 is not base64") from None
    elif not (isinstance(links, list) and links and all(_is_picture_address(link) for link in links)):
        raise OrderRefused(50411, "image_urls or binary_data_base64 is required")


def _form_fields(content_type: str, body: bytes) -> Fields:
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields: dict[str, object] = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content.decode("utf-8", "replace")
    return fields
