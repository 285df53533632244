"""The door of RealWorld's API: its words are turned into ours on the way in, and back again."""

import json
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from app.compat.realworld.problems import translated
from app.web.middleware import Middleware
from app.web.problems import MEDIA_TYPE

_OURS, _THEIRS = b"bearer ", b"token "


class Door(Middleware):
    """Takes `Authorization: Token`, and says problems as RealWorld does, below one path.

    It stands outside of what refuses a request before any route sees it, and is blind elsewhere.
    """

    def __init__(self, app: ASGIApp, path: str) -> None:
        """Take the path that the API lies below."""
        super().__init__(app)
        self.path, self.below = path, f"{path}/"

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != self.path and not scope["path"].startswith(self.below):
            await self.app(scope, receive, send)
            return
        has_token = bool(Headers(scope=scope).get("authorization"))
        headers = [(name, _as_ours(name, value)) for name, value in scope["headers"]]
        answer = _Answer(send, has_token=has_token)
        await self.app({**scope, "headers": headers}, receive, answer.send)


def _as_ours(name: bytes, value: bytes) -> bytes:
    """Return a header's value, a token in our scheme (RFC 6750)."""
    is_theirs = name.lower() == b"authorization" and value[: len(_THEIRS)].lower() == _THEIRS
    return _OURS + value[len(_THEIRS) :] if is_theirs else value


class _Answer:
    """Passes an answer on, and holds back a problem until it is whole and can be translated."""

    def __init__(self, send: Send, *, has_token: bool) -> None:
        self._send, self._has_token = send, has_token
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type", "").startswith(MEDIA_TYPE):
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._translate(self._start)
            return
        await self._send(message)

    async def _translate(self, start: Message) -> None:
        if not self._body:  # the answer to HEAD
            await self._send(start)
            await self._send({"type": "http.response.body", "body": b""})
            return
        problem: dict[str, Any] = json.loads(self._body)
        status, body = translated(problem, has_token=self._has_token)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(body))
        if "WWW-Authenticate" in headers:
            headers["WWW-Authenticate"] = "Token"
        await self._send({**start, "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})
