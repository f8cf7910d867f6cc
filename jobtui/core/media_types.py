"""What a file is, by its first bytes or by its name: enough to name it and to pick a viewer."""

from __future__ import annotations

UNKNOWN_MEDIA_TYPE = "application/octet-stream"
"""Bytes of which nothing is known."""

PARQUET = "application/vnd.apache.parquet"
"""A table in columns, with its directory at the end."""

_EXTENSIONS = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    PARQUET: ".parquet",
    "application/x-tar": ".tar",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/csv": ".csv",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}
_BY_EXTENSION = {extension: media_type for media_type, extension in _EXTENSIONS.items()} | {".jpeg": "image/jpeg"}


def sniffed_media_type(start: bytes) -> str:
    """The media type that the first dozen bytes show; `UNKNOWN_MEDIA_TYPE` where they show none."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if start.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(start[8:12], UNKNOWN_MEDIA_TYPE)
    if start[4:8] == b"ftyp":
        return "video/quicktime" if start[8:12] == b"qt  " else "video/mp4"
    if start.startswith(b"PAR1"):
        return PARQUET
    if start.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm"
    # An MPEG audio frame: eleven set bits, layer III, and neither of the values that the standard forbids.
    if start.startswith(b"ID3") or (len(start) > 2 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2):
        return "audio/mpeg"
    return UNKNOWN_MEDIA_TYPE


def media_type_of_name(name: str) -> str:
    """The media type that the name's extension stands for; `UNKNOWN_MEDIA_TYPE` for none and for a strange one."""
    stem, dot, extension = name.rpartition(".")
    return _BY_EXTENSION.get(f".{extension.lower()}", UNKNOWN_MEDIA_TYPE) if stem and dot else UNKNOWN_MEDIA_TYPE


def extension_of(media_type: str) -> str:
    """The extension with its dot for a media type, parameters aside; empty where none is known."""
    return _EXTENSIONS.get(media_type.partition(";")[0].strip().lower(), "")
