"""What documents leave open and services do differently, as switches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from msgspec import Struct, field

from jobtui.demo.generation.tasks import Phase


class Quirks(Struct, frozen=True):
    """How the gateway deviates from its vendors' documents; the defaults follow them."""

    plain_envelope: bool = False
    """Jimeng's envelope with `code` 0 and `Success`, `Processing`, `Failed`, as the gateway's own text spells it."""
    real_http_codes: bool = False
    """Jimeng's errors with the HTTP code that Volcengine gives them, where the gateway answers 200."""
    respell: Callable[[str], str] = str
    """Applied to every status word, such as `str.upper`."""
    steps: tuple[Phase, ...] = ()
    """Phases that each task goes through with every look at it, instead of by time; the last one stays.

    Only those that its vendor has a word for: none but MiniMax v2 has one for cancelled.
    """
    submit_codes: tuple[int, ...] = ()
    """Business codes of the first submits to MiniMax and Jimeng, one each; a code of success lets one pass."""
    query_codes: tuple[int, ...] = ()
    """The same for looks at their tasks."""
    retrieve_codes: tuple[int, ...] = ()
    """The same for MiniMax's way from a `file_id` to a link."""
    link_lifetime: timedelta = timedelta(hours=1)
    """How long a signed link works."""
    record_lifetime: timedelta = timedelta(hours=12)
    """How long Jimeng remembers a finished task."""
    backup_link: bool = False
    """A `backup_download_url` beside MiniMax's link."""
    redirect_links: bool = False
    """Links to a redirect instead of the file."""
    base64_size_bytes: int = 0
    """Least size of a picture sent as base64; the file stays a valid PNG."""
    extra_fields: Mapping[str, object] = field(default_factory=dict)
    """Added to the top of every answer."""
    content_type: str = "application/json"
    """What answers claim to be."""
    busy_every: int = 0
    """Answer 429 to every n-th request; 0 never does."""
    retry_after_s: int = 2
    """What such a 429 asks for."""
