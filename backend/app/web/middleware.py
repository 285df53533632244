"""What happens around every request, outermost first. Pure ASGI, of a few microseconds each.

What each costs was measured: docs/performance.md.
"""

import asyncio
import re
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger
from typing_extensions import override

from app.core.logging import ACCESS
from app.web.problems import problem_response

crashes = structlog.stdlib.get_logger("galley.errors")

MAX_BODY_BYTES = 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET_PATHS = frozenset({"/health", "/health/live", "/health/ready"})


class Middleware(ABC):
    """Stands around an application for its HTTP requests; whatever else comes passes by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Return the work itself, so that this level costs no coroutine of its own."""
        answer = self.handle if scope["type"] == "http" else self.app
        return answer(scope, receive, send)

    @abstractmethod
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request."""


class RequestContext(Middleware):
    """Names each request, logs one line about it, and turns a crash into a 500 problem."""

    def __init__(self, app: ASGIApp, log: FilteringBoundLogger | None = None) -> None:
        """Take what writes the line, if not the logger of that name."""
        super().__init__(app)
        self.log = log or structlog.stdlib.get_logger(ACCESS)

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = scope["request_id"] = _request_id(scope)
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)  # of this request's own task
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send_named)
        except Exception:
            crashes.exception("unexpected error")
            if status:
                raise
            crash = problem_response(
                request_id,
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "Something went wrong on our side; the log has it under this request_id",
            )
            await crash(scope, receive, send_named)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"]
        level = self.log.debug if path in _QUIET_PATHS else self.log.info
        level(
            "request",
            method=scope["method"],
            path=path,
            status=status,
            milliseconds=round(seconds * 1000, 2),
            client=(scope.get("client") or ("",))[0],
        )


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


class Courtesy(Middleware):
    """Serves `/articles/` as `/articles` (a redirect would lose the body) and HEAD as GET."""

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        asked = {**scope, "path": path.rstrip("/") or "/"} if path.endswith("/") else scope
        if scope["method"] != "HEAD":
            await self.app(asked, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**asked, "method": "GET"}, receive, send_without_body)


class TimeLimit(Middleware):
    """Gives up on a request after some seconds, so that nginx hears from us before it gives up."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        super().__init__(app)
        self.seconds = seconds

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with asyncio.timeout(self.seconds):
                await self.app(scope, receive, send_noting)
        except TimeoutError:
            if started:
                raise
            late = problem_response(
                scope["request_id"],
                HTTPStatus.GATEWAY_TIMEOUT,
                "This took too long and was given up. Whether it was done is not known; "
                "a POST can safely be repeated with its Idempotency-Key",
            )
            await late(scope, receive, send)


class BodyLimit(Middleware):
    """Refuses a body over one mebibyte, whether it is announced or only arrives."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        super().__init__(app)
        self.limit = limit
        self.refusal = f"The body is over {limit} bytes"

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced[:19]) > self.limit:
            too_large = problem_response(
                scope["request_id"], HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self.refusal
            )
            await too_large(scope, receive, send)
            return
        received = 0

        async def receive_counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self.refusal)
            return message

        await self.app(scope, receive_counting, send)
