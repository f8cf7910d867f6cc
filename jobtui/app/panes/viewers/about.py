"""What is known of a file or an error, in facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from jobtui.app.actions import OWN_KEYS, named
from jobtui.app.display import clock_words, span_words
from jobtui.app.fetching import scp_line
from jobtui.app.panes.viewers.choice import is_shown
from jobtui.app.panes.viewers.facts import GAP, Fact
from jobtui.app.transfers import Transfer, TransferState, progress_words, size_words
from jobtui.core.jobs import Job, JobError
from jobtui.core.media_facts import MediaFacts, media_facts
from jobtui.core.results import Artifact, InlineFile, RemoteFile
from jobtui.core.states import JobState

_HEADS = {"image": "A picture", "video": "A video", "audio": "A recording", "text": "A text"}
_SOON = timedelta(minutes=2)
_NO_ACCESS = re.compile(r"\b(?:401|403)\b|sign.?in|unauthori[sz]ed|forbidden|token", re.IGNORECASE)
_QUOTA = re.compile(r"\b429\b|quota|credit|balance|rate.?limit|insufficient", re.IGNORECASE)


def expiry_words(expires_at: datetime, now: datetime) -> str:
    """When a link stops working, by the user's clock, and how long that is from now."""
    left = expires_at - now
    if left <= timedelta():
        return f"no longer works since {clock_words(expires_at, now)}"
    if left >= _SOON:
        left = timedelta(minutes=left // timedelta(minutes=1))
    return f"works until {clock_words(expires_at, now)}, for another {span_words(left)}"


def next_tick(expiries: Sequence[datetime], now: datetime) -> timedelta | None:
    """How long until a countdown reads differently: a second at the very end, else a minute; `None` without any."""
    ahead = [expires_at - now for expires_at in expiries if expires_at > now]
    if not ahead:
        return None
    soonest = min(ahead)
    if soonest < _SOON:
        return timedelta(seconds=1)
    # The words change where whole minutes are left; a hair later, so that they have changed.
    return min(soonest % timedelta(minutes=1), soonest - _SOON) + timedelta(milliseconds=50)


def file_facts(
    artifacts: Sequence[Artifact],
    numbers: Sequence[int],
    transfers: Sequence[Transfer | None],
    now: datetime,
    heads: Sequence[bytes],
    keys: Mapping[str, str] = OWN_KEYS,
) -> list[Fact]:
    """What is known of some artifacts, and of the files that were made of them.

    Args:
        artifacts: All artifacts of the result.
        numbers: Which of them to tell of.
        transfers: By artifact, how its download stands; `None` where there was none.
        now: The moment that countdowns count from.
        heads: By artifact, the first bytes, where they are at hand; else empty.
        keys: The user's own.
    """
    facts: list[Fact] = []
    for number in numbers:
        if facts:
            facts.append(GAP)
        facts += _one_file(artifacts[number], number, transfers[number], now, heads[number], keys)
    return facts


def _one_file(
    artifact: Artifact, number: int, transfer: Transfer | None, now: datetime, head: bytes, keys: Mapping[str, str]
) -> list[Fact]:
    size_bytes = artifact.size_bytes
    if isinstance(artifact.content, InlineFile):
        size_bytes = len(artifact.content.content)
    saved = transfer.saved if transfer else None
    if saved is not None:
        size_bytes = saved.size_bytes
    facts: list[tuple[str, str, str]] = [("", _headline(artifact), "key")]
    facts.append(("name", artifact.name, ""))
    facts.append(("type", artifact.media_type, ""))
    facts.append(("size", size_words(size_bytes) if size_bytes is not None else "not told by the service", ""))
    facts += _media(media_facts(head, size_bytes) if head else None)
    if isinstance(artifact.content, RemoteFile):
        facts += _remote(artifact.content, now, keys)
    facts += _transfer(transfer, keys, is_shown=is_shown(artifact.media_type))
    return [Fact(*fact, about=number) for fact in facts if fact[1]]


def _headline(artifact: Artifact) -> str:
    kind = artifact.media_type.partition("/")[0]
    role = f" ({artifact.role})" if artifact.role and artifact.role != kind else ""
    return _HEADS.get(kind, "A file") + role


def _media(known: MediaFacts | None) -> list[tuple[str, str, str]]:
    if known is None:
        return []
    sides = f"{known.width:,} x {known.height:,} pixels" if known.width and known.height else ""
    lasts = span_words(known.duration) if known.duration else ""
    if known.duration is not None and known.duration < timedelta(minutes=1):
        lasts = f"{known.duration.total_seconds():.1f} s"
    return [("sides", sides, ""), ("lasts", lasts, ""), ("coding", known.detail, "")]


def _remote(content: RemoteFile, now: datetime, keys: Mapping[str, str]) -> list[tuple[str, str, str]]:
    facts = [("file id", content.file_id, "")]
    if content.url:
        parts = urlsplit(content.url)
        # The query holds the signature: whoever has it has the file.
        facts.append(("lies at", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}", ""))
    if content.expires_at is not None:
        over = content.expires_at <= now
        soon = content.expires_at - now < _SOON
        words = expiry_words(content.expires_at, now)
        new = f"; {named('download', keys)} asks for a new one" if over else ""
        facts.append(("link", f"{words}{new}", "bad" if over or soon else ""))
    return facts


def _transfer(transfer: Transfer | None, keys: Mapping[str, str], *, is_shown: bool) -> list[tuple[str, str, str]]:
    shows, saves = named("open", keys), named("download", keys)
    if transfer is None:
        words = f"{shows} saves it and shows it here, {saves} only saves it." if is_shown else f"{saves} saves it."
        return [("", words, "quiet")]
    if transfer.saved is not None:
        return [
            ("sha256", transfer.saved.sha256, ""),
            ("saved as", str(transfer.saved.path), "good"),
            ("to fetch", scp_line(transfer.saved.path), ""),
            ("", f"{f'{shows} shows it here, ' if is_shown else ''}{_copies(keys)}", "quiet"),
        ]
    if transfer.error is not None:
        return [
            ("not saved", str(transfer.error), "bad"),
            ("", transfer.error.hint, ""),
            ("", f"{saves} tries again, and goes on where it was cut off if it can.", "quiet"),
        ]
    if transfer.state is TransferState.STOPPED:
        return [("not saved", "stopped", ""), ("", f"{saves} goes on with it, from where it was if it can.", "quiet")]
    waits = transfer.state is TransferState.WAITING
    return [("saving", "waits for its turn" if waits else progress_words(transfer.progress), "word")]


def _copies(keys: Mapping[str, str]) -> str:
    return f"{named('copy-value', keys)} copies the line under the cursor."


def error_facts(job: Job, error: JobError, keys: Mapping[str, str]) -> list[Fact]:
    """Why a job failed, as the service tells it, and what can be done, with which of the user's keys."""
    title = error.title or error.detail or f"The job {job.state.value}"
    facts = [Fact("", title, "bad"), GAP]
    if error.detail and error.detail != title:
        facts.append(Fact("detail", error.detail))
    facts += [Fact("code", error.code), Fact("service says", job.native_state), Fact("request", error.request_id)]
    if error.invalid_parameters:
        facts += [GAP, Fact("", "What was wrong in the input", "label")]
        facts += [Fact(name or "(no name)", reason, "bad") for name, reason in error.invalid_parameters]
    facts += [GAP, Fact("", _advice(job, error, keys), "quiet")]
    return [fact for fact in facts if fact.value or not fact.name]


def _advice(job: Job, error: JobError, keys: Mapping[str, str]) -> str:
    """What can be done, in one or two sentences."""
    clone = named("clone", keys)
    words = f"{error.code} {error.title} {error.detail}"
    if error.invalid_parameters:
        advice = f"{clone} opens the form, to mend the input and send it again."
    elif _QUOTA.search(words):
        advice = f"The account's quota or balance seems to be used up; when it isn't, {clone} starts the job anew."
    elif _NO_ACCESS.search(words):
        advice = (
            f"The service refused access to something: check the credential and its rights; then {clone} starts anew."
        )
    elif job.state is JobState.FAILED:
        advice = f"{clone} opens the form to start it anew, with the same or another input."
    else:
        advice = ""
    if error.request_id:
        advice += f" The service's support will ask for the request's id; {_copies(keys)}"
    return advice.strip()
