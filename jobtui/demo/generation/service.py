"""The gateway's paths: who may ask, for what, and which vendor's shape answers."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

from jobtui.core.clock import Clock
from jobtui.core.structs import replace
from jobtui.demo.cdn import object_path
from jobtui.demo.faults import Faults
from jobtui.demo.generation import bodies, minimax_v2, refusals
from jobtui.demo.generation.book import TaskBook
from jobtui.demo.generation.orders import CHECKS, KLING_ACTIONS, OrderRefused, submitted_fields
from jobtui.demo.generation.quirks import Quirks
from jobtui.demo.generation.refusals import Refusals, Refused
from jobtui.demo.generation.tasks import Look, Output, Phase, Task, Vendor, vendor_of
from jobtui.demo.http_server import Request, Response, json_response
from jobtui.demo.links import LinkSigner
from jobtui.demo.media import medium, padded_png
from jobtui.demo.world import Plan

TOKEN = "sk-demo-media-7f3a9c"
"""The key that opens the demo's gateway unless another one is given."""

_VIDEO_FILES = ("sunrise.mp4", "landscape.png")
_PICTURE_FILES = ("landscape.png", "square.png")
_MINIMAX_PATHS = frozenset(
    {"/v1/video_generation", "/v1/query/video_generation", "/v1/files/retrieve", "/v1/files/retrieve_content"}
)
_ARRIVAL_GAP = timedelta(seconds=75)
_LIST_LIMIT = 20
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")


class GenerationService:
    """Takes orders for videos and pictures, tells how they get on, and links to what came out."""

    def __init__(
        self,
        clock: Clock,
        links: LinkSigner,
        cdn_base_url: str,
        *,
        token: str = TOKEN,
        speed: float = 1.0,
        seed: int = 7,
        arrival_gap: timedelta | None = _ARRIVAL_GAP,
        draw: Callable[[Random, datetime], Plan] | None = None,
        quirks: Quirks | None = None,
    ) -> None:
        """Make a service; nothing happens until it is asked something.

        Args:
            clock: Where time comes from.
            links: Signs the links; the download host checks them with the same secret.
            cdn_base_url: Origin of the download host.
            token: The bearer token that is asked for.
            speed: How many times faster than 10 seconds to 3 minutes a task lives.
            seed: Settles everything that is left to chance.
            arrival_gap: Mean time between tasks that others submit, at speed 1; `None` for none.
            draw: Makes the plans of new tasks, in place of chance.
            quirks: Deviations from the vendors' documents.
        """
        self.faults = Faults(clock)
        """What goes wrong on purpose."""
        self._clock = clock
        self._links = links
        self._cdn_base_url = cdn_base_url
        self._token = token
        self._quirks = quirks or Quirks()
        self._book = TaskBook(clock, speed=speed, seed=seed, arrival_gap=arrival_gap, draw=draw)
        self._random = Random(f"generation calls:{seed}")
        self._looks: dict[str, int] = {}
        self._requests = 0
        self._codes = {
            "submit": iter(self._quirks.submit_codes),
            "query": iter(self._quirks.query_codes),
            "retrieve": iter(self._quirks.retrieve_codes),
        }

    @property
    def known_ids(self) -> tuple[str, ...]:
        """Ids that `/task/{id}` answers for now, oldest first."""
        return self._book.on_shared_path()

    def adopt(self, native_ids: Iterable[str]) -> None:
        """Know tasks of an earlier demo again."""
        self._book.adopt(native_ids)

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        return await self.faults.answer(request, self._answer)

    async def _answer(self, request: Request) -> Response:
        try:
            self._check_pace()
            self._check_token(request)
            return self._route(request)
        except Refused as refused:
            return self._json(refused.body, refused.status, refused.headers)

    def _route(self, request: Request) -> Response:
        match (request.method, request.segments):
            case ("POST", ("task", "minimax", "v1", "video_generation") | ("v1", "video_generation")):
                return self._submit(Vendor.MINIMAX, "video_generation", request)
            case ("POST", ("task", "minimax", "v2", "video_generation") | ("v2", "video_generation")):
                return self._submit(Vendor.MINIMAX_V2, "video_generation", request)
            case ("POST", ("task", "jimeng", "text2video" | "image2video" as kind)):
                return self._submit(Vendor.JIMENG, kind, request)
            case ("POST", ("task", "vidu", "text2video" | "img2video" | "reference2video" as kind)):
                return self._submit(Vendor.VIDU, kind, request)
            case ("POST", ("task", "volces", "seedance")):
                return self._submit(Vendor.SEEDANCE, "seedance", request)
            case ("POST", ("kling", "v1", "videos", action)) if action in KLING_ACTIONS:
                return self._submit(Vendor.KLING, action, request)
            case ("POST", ("v1", "videos")):
                return self._submit(Vendor.OPENAI, "videos", request)
            case ("GET", ("task", "minimax", "v1", "files", "retrieve") | ("v1", "files", "retrieve")):
                return self._retrieve(request.query.get("file_id", ""))
            case ("GET", ("v1", "files", "retrieve_content")):
                return self._file_content(request.query.get("file_id", ""))
            case ("GET", ("v1", "query", "video_generation")):
                return self._query_minimax(request.query.get("task_id", ""))
            case ("GET", ("v2", "query", "video_generation")):
                return self._list_v2(request)
            case ("GET", ("v2", "query", "video_generation", task_id)):
                return self._query_v2(task_id)
            case ("DELETE", ("v2", "video_generation", task_id)):
                return self._delete_v2(task_id)
            case ("GET", ("task", task_id)):
                return self._query_shared(task_id)
            case ("GET", ("kling", "v1", "videos", action, task_id)):
                return self._query_kling(action, task_id)
            case ("GET", ("v1", "videos")):
                return self._list_videos(request)
            case ("GET" | "DELETE", ("v1", "videos", task_id)):
                return self._video(task_id, delete=request.method == "DELETE")
            case ("GET", ("v1", "videos", task_id, "content")):
                return self._video_content(task_id, request.query.get("variant", "video"))
            case _:
                raise refusals.gateway(404, f"Invalid URL ({request.method} {request.path})", "invalid_request_error")

    def _check_pace(self) -> None:
        self._requests += 1
        if self._quirks.busy_every and self._requests % self._quirks.busy_every == 0:
            message = f"Too many requests. Try again in {self._quirks.retry_after_s} s."
            retry_after = (("Retry-After", str(self._quirks.retry_after_s)),)
            raise refusals.gateway(429, message, "rate_limit_error", "rate_limit_exceeded", retry_after)

    def _check_token(self, request: Request) -> None:
        if request.headers.get("authorization") == f"Bearer {self._token}":
            return
        if request.path in _MINIMAX_PATHS:
            # MiniMax's own paths: a key that isn't good is no reason for another HTTP status there.
            raise Refused(200, {"base_resp": bodies.base_resp(1004)})
        if request.segments[:1] == ("v2",):
            raise self._refusals().v2("authorized_error", "login fail (1004)")
        raise refusals.gateway(401, "Invalid token", "new_api_error", "invalid_api_key")

    def _submit(self, vendor: Vendor, kind: str, request: Request) -> Response:
        code = next(self._codes["submit"], 0) if vendor in (Vendor.MINIMAX, Vendor.JIMENG) else 0
        if code not in (0, bodies.JIMENG_OK):
            raise self._refusals().of_order(vendor, OrderRefused(code, ""))
        try:
            order = CHECKS[vendor](kind, submitted_fields(request))
        except OrderRefused as refused:
            raise self._refusals().of_order(vendor, refused) from refused
        task = self._book.submit(order)
        match vendor:
            case Vendor.MINIMAX:
                return self._json({"task_id": task.id, "base_resp": bodies.base_resp(0)})
            case Vendor.MINIMAX_V2:
                return self._json({"task_id": task.id})
            case Vendor.JIMENG:
                return self._json(self._envelope().around(bodies.JIMENG_OK, {"task_id": task.id}))
            case Vendor.VIDU:
                return self._json(bodies.vidu_submitted(task))
            case Vendor.SEEDANCE:
                return self._json({"id": task.id})
            case Vendor.KLING:
                return self._json(bodies.kling_reply(self._fresh(task), self._request_id(), self._quirks.respell))
            case Vendor.OPENAI:
                return self._json(bodies.openai_video(self._fresh(task), self._quirks))

    def _query_shared(self, task_id: str) -> Response:
        """The path that answers in the shape of the vendor that the task was submitted to."""
        vendor = vendor_of(task_id)
        if vendor is Vendor.MINIMAX:
            return self._query_minimax(task_id)
        if vendor is Vendor.MINIMAX_V2:
            return self._query_v2(task_id)
        if vendor is Vendor.JIMENG:
            return self._query_jimeng(task_id)
        look = self._look(self._known(task_id, Vendor.VIDU, Vendor.SEEDANCE))
        if vendor is Vendor.VIDU:
            return self._json(bodies.vidu_query(look, self._quirks.respell))
        return self._json(bodies.seedance_query(look, self._quirks.respell))

    def _query_minimax(self, task_id: str) -> Response:
        if code := next(self._codes["query"], 0):
            raise refusals.minimax_query(code)
        task = self._book.find(task_id)
        if task is None or task.order.vendor is not Vendor.MINIMAX:
            raise self._refusals().of_unknown_task(Vendor.MINIMAX)
        return self._json(bodies.minimax_query(self._look(task), self._quirks.respell))

    def _query_v2(self, task_id: str) -> Response:
        look = self._look(self._known(task_id, Vendor.MINIMAX_V2))
        return self._json({"task": minimax_v2.task_fields(look, self._quirks.respell)})

    def _list_v2(self, request: Request) -> Response:
        """The tasks of the last days, the newest first."""
        tasks = [task for task in self._book.tasks() if task.order.vendor is Vendor.MINIMAX_V2]
        looks = [self._look(task) for task in reversed(tasks) if not self._is_forgotten(task)]
        return self._json(minimax_v2.page_of(looks, request.query))

    def _delete_v2(self, task_id: str) -> Response:
        """Takes back what waits and deletes what is over; anything else it declines."""
        phase = self._told(self._known(task_id, Vendor.MINIMAX_V2))
        if phase in (Phase.PREPARING, Phase.QUEUED):
            self._book.cancel(task_id)
            return self._json({"task_id": task_id, "action": "cancelled", "status": "cancelled"})
        if phase in (Phase.DONE, Phase.FAILED):
            self._book.forget(task_id)
            return self._json({"task_id": task_id, "action": "deleted", "status": minimax_v2.STATUS_WORDS[phase]})
        raise self._refusals().v2("bad_request_error", "the task can be neither cancelled nor deleted now")

    def _query_jimeng(self, task_id: str) -> Response:
        code = next(self._codes["query"], bodies.JIMENG_OK)
        if code not in (0, bodies.JIMENG_OK):
            raise self._refusals().jimeng(code)
        task = self._book.find(task_id)
        if task is None or self._is_forgotten(task):
            return self._json(bodies.jimeng_not_found(self._envelope(), self._quirks.respell))
        look = self._look(task)
        if look.phase is Phase.FAILED and not self._quirks.plain_envelope:
            raise self._refusals().jimeng(bodies.jimeng_failure_code(task))
        return self._json(bodies.jimeng_query(look, self._envelope(), self._quirks.respell))

    def _query_kling(self, action: str, task_id: str) -> Response:
        task = self._known(task_id, Vendor.KLING)
        if task.order.kind != action:
            raise self._refusals().kling(404, 1203, "task not found")
        return self._json(bodies.kling_reply(self._look(task), self._request_id(), self._quirks.respell))

    def _retrieve(self, file_id: str) -> Response:
        task = self._finished(file_id)
        expires_at = self._clock.now() + self._quirks.link_lifetime
        link = self._link(task, _VIDEO_FILES[0], expires_at, attachment="output.mp4")
        backup = self._link(task, _VIDEO_FILES[0], expires_at) if self._quirks.backup_link else None
        return self._json(bodies.minimax_file(task, task.plan.ends_at, link, backup))

    def _file_content(self, file_id: str) -> Response:
        """MiniMax's own way to the bytes, without a link."""
        self._finished(file_id)
        found = medium(_VIDEO_FILES[0])
        return Response(200, found.content, (("Content-Type", found.media_type),))

    def _finished(self, file_id: str) -> Task:
        """The MiniMax task that left this file."""
        if code := next(self._codes["retrieve"], 0):
            raise Refused(200, {"base_resp": bodies.base_resp(code)})
        task = self._book.find_file(file_id)
        if task is None or self._told(task) is not Phase.DONE:
            raise Refused(200, {"base_resp": bodies.base_resp(2013, "invalid file_id")})
        return task

    def _list_videos(self, request: Request) -> Response:
        tasks = [task for task in self._book.tasks() if task.order.vendor is Vendor.OPENAI]
        if request.query.get("order", "desc") == "desc":
            tasks.reverse()
        ids = [task.id for task in tasks]
        if (after := request.query.get("after")) in ids:
            tasks = tasks[ids.index(after) + 1 :]
        limit_text = request.query.get("limit", "")
        limit = int(limit_text) if _LIMIT.fullmatch(limit_text) else _LIST_LIMIT
        page = [bodies.openai_video(self._look(task), self._quirks) for task in tasks[:limit]]
        edges = {"first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None}
        return self._json({"object": "list", "data": page, "has_more": len(tasks) > limit, **edges})

    def _video(self, task_id: str, *, delete: bool) -> Response:
        task = self._known(task_id, Vendor.OPENAI)
        if not delete:
            return self._json(bodies.openai_video(self._look(task), self._quirks))
        self._book.forget(task_id)
        return self._json({"id": task_id, "object": "video.deleted", "deleted": True})

    def _video_content(self, task_id: str, variant: str) -> Response:
        """The bytes themselves, behind the token: the one result that is no link."""
        look = self._look(self._known(task_id, Vendor.OPENAI))
        if look.phase is not Phase.DONE:
            raise refusals.gateway(404, "Video is not ready yet.", "invalid_request_error", "video_not_ready")
        found = medium(_VIDEO_FILES[0] if variant == "video" else _VIDEO_FILES[1])
        return Response(200, found.content, (("Content-Type", found.media_type),))

    def _known(self, task_id: str, *vendors: Vendor) -> Task:
        task = self._book.find(task_id)
        if task is None or task.order.vendor not in vendors or self._is_forgotten(task):
            raise self._refusals().of_unknown_task(*vendors)
        return task

    def _is_forgotten(self, task: Task) -> bool:
        """Whether the vendor's record of it has run out; where steps rule, time makes no difference."""
        lifetimes = {
            Vendor.JIMENG: self._quirks.record_lifetime,
            Vendor.MINIMAX_V2: minimax_v2.RECORD_LIFETIME,
        }
        lifetime = lifetimes.get(task.order.vendor)
        return lifetime is not None and not self._quirks.steps and self._clock.now() - task.plan.ends_at >= lifetime

    def _fresh(self, task: Task) -> Look:
        return Look(task, Phase.PREPARING, 0.0, task.plan.created_at)

    def _look(self, task: Task) -> Look:
        """The task as it stands, with what came out of it."""
        now = self._clock.now()
        moment = task.plan.at(now)
        self._looks[task.id] = self._looks.get(task.id, 0) + 1
        phase = self._told(task)
        if phase is Phase.EXPIRED and task.order.vendor not in (Vendor.JIMENG, Vendor.SEEDANCE):
            raise self._refusals().of_unknown_task(task.order.vendor)
        look = Look(task, phase, moment.fraction, moment.finished_at or now)
        if phase is not Phase.DONE:
            return look
        if task.order.output is Output.IMAGE_BASE64:
            picture = padded_png(medium(_PICTURE_FILES[0]).content, self._quirks.base64_size_bytes)
            return replace(look, base64_images=(base64.b64encode(picture).decode(),))
        names = _PICTURE_FILES if task.order.output is Output.IMAGE_LINKS else _VIDEO_FILES
        expires_at = self._renewed_expiry(look.updated_at, now)
        return replace(look, links=tuple(self._link(task, name, expires_at) for name in names))

    def _told(self, task: Task) -> Phase:
        """The phase that the latest look told of, where looks move tasks on; else where it stands by the clock."""
        if not self._quirks.steps:
            return task.phase(self._clock.now())
        looks = min(self._looks.get(task.id, 0), len(self._quirks.steps))
        return self._quirks.steps[looks - 1] if looks else Phase.PREPARING

    def _renewed_expiry(self, finished_at: datetime, now: datetime) -> datetime:
        """When links of a look at `now` end: they stay the same until they do, and the next look has new ones."""
        lifetime = self._quirks.link_lifetime
        return finished_at + lifetime * ((now - finished_at) // lifetime + 1)

    def _link(self, task: Task, file_name: str, expires_at: datetime, *, attachment: str | None = None) -> str:
        path = object_path(task.id, file_name, redirect=self._quirks.redirect_links)
        return self._links.link(self._cdn_base_url, path, expires_at=expires_at, attachment=attachment)

    def _envelope(self) -> bodies.Envelope:
        took = timedelta(milliseconds=self._random.uniform(4.0, 90.0))
        return bodies.Envelope(self._request_id(), took, plain=self._quirks.plain_envelope)

    def _refusals(self) -> Refusals:
        return Refusals(self._envelope(), real_http_codes=self._quirks.real_http_codes)

    def _request_id(self) -> str:
        return f"{self._clock.now():%Y%m%d%H%M%S}{self._random.getrandbits(64):016X}"

    def _json(self, body: bodies.Body, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
        whole = {**body, **self._quirks.extra_fields}
        return json_response(status, whole, headers=headers, content_type=self._quirks.content_type)
