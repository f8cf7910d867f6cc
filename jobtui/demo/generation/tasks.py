"""What the gateway knows of a generation task: who makes it, what comes out, how it goes wrong."""

from __future__ import annotations

import hashlib
import string
from datetime import datetime
from enum import Enum
from random import Random

from msgspec import Struct

from jobtui.core.states import JobState
from jobtui.demo.world import Plan

_BASE62 = string.digits + string.ascii_letters
_PREPARING_SHARE = 0.4
_MINIMAX_DIGITS = 15
_MINIMAX_V2_DIGITS = 16
_VIDU_DIGITS = 18
_JIMENG_DIGITS = 20


class Vendor(Enum):
    """Whose API a task was submitted to; it decides the shape of every answer about it."""

    MINIMAX = "minimax"
    MINIMAX_V2 = "minimax v2"
    JIMENG = "jimeng"
    VIDU = "vidu"
    SEEDANCE = "seedance"
    KLING = "kling"
    OPENAI = "openai"


class Output(Enum):
    """What a finished task hands out."""

    VIDEO = "video"
    IMAGE_LINKS = "image links"
    IMAGE_BASE64 = "image base64"


class Fault(Enum):
    """Why a task fails."""

    OUTPUT_REJECTED = "output rejected"
    UNEXPLAINED = "unexplained"
    """The vendor says no more than that it failed: MiniMax writes `Fail` beside code 0."""


class Phase(Enum):
    """Where a task stands, finer than any one vendor says it."""

    PREPARING = "preparing"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Taken back while it waited; only MiniMax v2 has that."""
    EXPIRED = "expired"
    """The vendor says so, in place of a result; nothing here comes to it by time alone."""


class Order(Struct, frozen=True):
    """A submit that passed the vendor's checks."""

    vendor: Vendor
    kind: str
    """Last part of the submit path, such as "text2video"; Kling wants it again in the query."""
    model: str
    prompt: str
    output: Output = Output.VIDEO
    seconds: str = "5"
    """Length of the video, as the OpenAI shape repeats it."""
    size: str = "1280x720"
    """Pixels, as the OpenAI shape repeats them; MiniMax v2 repeats a resolution such as 768P."""
    ratio: str = ""
    """Sides, as MiniMax v2 repeats them."""
    fault: Fault | None = None
    """Why it will fail, if it will."""


class Task(Struct, frozen=True):
    """One task from submit to end."""

    id: str
    """The vendor's id: text always, some have more digits than an int64."""
    order: Order
    plan: Plan

    @property
    def file_id(self) -> str:
        """MiniMax's name of the result: a number past what a double holds exactly."""
        return str(400_000_000_000_000_000 + int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:7]))

    def phase(self, now: datetime) -> Phase:
        """Where it stands at `now`."""
        moment = self.plan.at(now)
        if moment.finished_at is not None:
            ends = {JobState.SUCCEEDED: Phase.DONE, JobState.CANCELLED: Phase.CANCELLED}
            return ends.get(moment.state, Phase.FAILED)
        if moment.state is JobState.QUEUED:
            return Phase.PREPARING if now - self.plan.created_at < self.plan.queue * _PREPARING_SHARE else Phase.QUEUED
        return Phase.RUNNING


class Look(Struct, frozen=True):
    """One task at one time, all that an answer is written from."""

    task: Task
    phase: Phase
    fraction: float
    """How far it is, 0.0 to 1.0; only the OpenAI shape tells."""
    updated_at: datetime
    """When it last changed: its end, or now."""
    links: tuple[str, ...] = ()
    """Signed links to the finished files; for a video its file, then its cover."""
    base64_images: tuple[str, ...] = ()
    """The finished pictures themselves."""


def new_id(vendor: Vendor, random: Random, created_at: datetime) -> str:
    """An id as the vendor makes them."""
    match vendor:
        case Vendor.MINIMAX:
            return f"314{random.randrange(10**12):012}"
        case Vendor.MINIMAX_V2:
            return f"402{random.randrange(10**13):013}"
        case Vendor.JIMENG:
            return f"1{random.randrange(10**19):019}"
        case Vendor.VIDU:
            return f"88{random.randrange(10**16):016}"
        case Vendor.SEEDANCE:
            return f"cgt-{created_at:%Y%m%d%H%M%S}-{''.join(random.choices(string.ascii_lowercase, k=5))}"
        case Vendor.KLING:
            return f"Cj{''.join(random.choices(_BASE62, k=20))}"
        case Vendor.OPENAI:
            return f"video_{random.getrandbits(128):032x}"


def vendor_of(task_id: str) -> Vendor | None:
    """Whose id this could be, by its form alone; `None` for one that no vendor makes."""
    if task_id.isascii() and task_id.isdecimal():
        by_digits = {
            _MINIMAX_DIGITS: Vendor.MINIMAX,
            _MINIMAX_V2_DIGITS: Vendor.MINIMAX_V2,
            _VIDU_DIGITS: Vendor.VIDU,
            _JIMENG_DIGITS: Vendor.JIMENG,
        }
        return by_digits.get(len(task_id))
    for prefix, vendor in (("cgt-", Vendor.SEEDANCE), ("Cj", Vendor.KLING), ("video_", Vendor.OPENAI)):
        if task_id.startswith(prefix):
            return vendor
    return None
