"""Signed links that expire, as object stores make them: the query says until when, and proves it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from urllib.parse import quote, urlencode

from jobtui.core.clock import Clock

DISPOSITION_PARAMETER = "response-content-disposition"
"""Query parameter that asks for a `Content-Disposition`, by the name that S3 gave it."""


class LinkVerdict(Enum):
    """What a signed link turned out to be."""

    VALID = "valid"
    EXPIRED = "expired"
    FORGED = "forged"


class LinkSigner:
    """Makes and checks links; both sides hold the same secret."""

    def __init__(self, clock: Clock, *, secret: bytes) -> None:
        self._clock = clock
        self._secret = secret

    def link(self, base_url: str, path: str, *, expires_at: datetime, attachment: str | None = None) -> str:
        """A URL that works until `expires_at`.

        Args:
            base_url: Origin of the download host.
            path: Path of the object, already percent-encoded.
            expires_at: Aware; whole seconds count.
            attachment: File name that the download host shall propose.
        """
        expires = str(int(expires_at.timestamp()))
        disposition = f'attachment; filename="{attachment}"' if attachment else ""
        query = {"Expires": expires, "Signature": self._signature(path, expires, disposition)}
        if disposition:
            query[DISPOSITION_PARAMETER] = disposition
        return f"{base_url}{path}?{urlencode(query, quote_via=quote, safe='')}"

    def verdict(self, path: str, query: Mapping[str, str]) -> LinkVerdict:
        """Judge a request by its raw path and decoded query."""
        expires = query.get("Expires", "")
        expected = self._signature(path, expires, query.get(DISPOSITION_PARAMETER, ""))
        if not hmac.compare_digest(expected.encode(), query.get("Signature", "").encode()):
            return LinkVerdict.FORGED
        return LinkVerdict.VALID if self._clock.now().timestamp() < int(expires) else LinkVerdict.EXPIRED

    def _signature(self, path: str, expires: str, disposition: str) -> str:
        text = f"{path}\n{expires}\n{disposition}".encode()
        # Standard base64 on purpose: its + / = must come back as they were sent, or the link is dead.
        return base64.b64encode(hmac.digest(self._secret, text, hashlib.sha256)).decode()
