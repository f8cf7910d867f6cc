"""Each vendor's way to say no."""

from __future__ import annotations

from jobtui.demo.generation import bodies, minimax_v2
from jobtui.demo.generation.orders import OrderRefused
from jobtui.demo.generation.tasks import Vendor


class Refused(Exception):
    """An answer that isn't about a task."""

    def __init__(self, status: int, body: bodies.Body, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers


class Refusals:
    """Writes them; each has a request id of its own, where its vendor gives one."""

    def __init__(self, envelope: bodies.Envelope, *, real_http_codes: bool) -> None:
        self._envelope = envelope
        self._real_http_codes = real_http_codes

    def of_order(self, vendor: Vendor, refused: OrderRefused) -> Refused:
        """An order is turned down."""
        match vendor:
            case Vendor.MINIMAX:
                return Refused(200, {"task_id": "", "base_resp": bodies.base_resp(int(refused.code), refused.detail)})
            case Vendor.MINIMAX_V2:
                return self.v2(str(refused.code), refused.detail)
            case Vendor.JIMENG:
                return self.jimeng(int(refused.code), refused.detail)
            case Vendor.VIDU:
                body: bodies.Body = {"code": 400, "reason": refused.code, "message": refused.detail}
                return Refused(400, body | {"metadata": {"field": refused.field or ""}})
            case Vendor.SEEDANCE:
                error = {"code": refused.code, "message": refused.detail, "param": refused.field, "type": "BadRequest"}
                return Refused(400, {"error": error})
            case Vendor.KLING:
                return self.kling(400, refused.code, refused.detail)
            case Vendor.OPENAI:
                error = {"message": refused.detail, "type": "invalid_request_error", "param": refused.field}
                return Refused(400, {"error": error | {"code": refused.code}})

    def of_unknown_task(self, *vendors: Vendor) -> Refused:
        """Nobody gave this id out, or it is forgotten."""
        if Vendor.MINIMAX in vendors:
            return minimax_query(2013, "invalid task_id")
        if Vendor.MINIMAX_V2 in vendors:
            return self.v2("server_error", "record not found")
        return gateway(404, "task not found", "invalid_request_error", "task_not_exist")

    def jimeng(self, code: int, detail: str = "") -> Refused:
        """An envelope without data."""
        message = bodies.JIMENG_MESSAGES.get(code, "Internal Error")
        body = self._envelope.around(code, None, f"{message}: {detail}" if detail else message)
        return Refused(bodies.jimeng_http_status(code) if self._real_http_codes else 200, body)

    def kling(self, status: int, code: int | str, message: str) -> Refused:
        """A code and words, with an HTTP status of their own."""
        return Refused(status, {"code": code, "message": message, "request_id": self._envelope.request_id})

    def v2(self, kind: str, message: str) -> Refused:
        """MiniMax's second video API names a kind of error."""
        return Refused(*minimax_v2.error(kind, message, self._envelope.request_id))


def minimax_query(code: int, detail: str = "") -> Refused:
    """MiniMax's answer to a query that found no task; sent with HTTP 200."""
    return Refused(200, {"task_id": "", "status": "", "file_id": "", "base_resp": bodies.base_resp(code, detail)})


def gateway(status: int, message: str, kind: str, code: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Refused:
    """The gateway's own refusal."""
    return Refused(status, {"error": {"message": message, "type": kind, "code": code, "param": None}}, headers)
