"""The one kind of route that Galley has: reads are conditional, and POSTs can be repeated."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import cached_property, partial
from http import HTTPStatus
from itertools import chain
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute, serialize_response
from fastapi.telemetry import TelemetryConfig
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from app.web.answers import json_answer
from app.web.caching import say_who_keeps
from app.web.conditional import NotModified, if_none_match, is_unchanged, weak_etag
from app.web.idempotency import Replayed, remember
from app.web.session import Transaction
from app.web.solving import Solver, solver_of

_OF_THE_BODY = ("content-encoding", "content-length", "content-type")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# Nobody collects it, and to look at each request whether somebody does takes longer than routing.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Route(APIRoute):
    """A route that works on the finished answer while the request's transaction is still open."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:  # noqa: ANN401 - the framework's
        """Take what the framework takes; what is plain is then answered without it."""
        super().__init__(path, endpoint, **said)
        if self._is_plain:
            self.app = _serving(self.get_route_handler())

    @cached_property
    def _solver(self) -> Solver | None:
        return solver_of(self.dependant)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether all it takes is solved here, and it answers itself, by a model, or nothing."""
        is_usual = isinstance(self.response_class, DefaultPlaceholder)
        has_model = self.response_field is not None or self.status_code == HTTPStatus.NO_CONTENT
        return is_usual and has_model and self._solver is not None

    @override
    def get_route_handler(self) -> Handler:
        is_plain, is_read = self._is_plain, self.methods == {"GET"}
        answer = self._answer if is_plain else super().get_route_handler()
        handle = partial(_read if is_read else _write, answer)

        async def handler(request: Request) -> Response:
            async with Transaction(request):
                return await handle(request)

        return handler

    async def _answer(self, request: Request) -> Response:
        """Do what the framework's handler does, without looking for what there is not."""
        assert self._solver is not None  # noqa: S101 - tells the type checker
        given = Response(status_code=self.status_code or HTTPStatus.OK)
        given.raw_headers.clear()
        answer = await self.endpoint(**await self._solver.arguments(request, given))
        if isinstance(answer, Response):
            return answer
        if self.response_field is None:
            return given
        body = await serialize_response(
            field=self.response_field,
            response_content=answer,
            exclude_none=self.response_model_exclude_none,
            exclude_unset=self.response_model_exclude_unset,
            dump_json=True,
        )
        return json_answer(body, given.headers, given.status_code)


def _serving(handler: Handler) -> ASGIApp:
    """Return the application that answers by a handler, whose errors the one around it answers."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)

    return serve


# What is said of a route where it is declared.
_SAID = (
    "deprecated", "description", "include_in_schema", "methods", "name", "openapi_extra",
    "operation_id", "response_class", "response_description", "response_model",
    "response_model_exclude_none", "response_model_exclude_unset", "status_code", "summary", "tags",
)  # fmt: skip


def add_routes(
    app: FastAPI,
    routers: Iterable[APIRouter],
    *,
    prefix: str = "",
    responses: Mapping[int | str, dict[str, Any]] = MappingProxyType({}),
) -> None:
    """Add the routes of some routers to an application itself, in this order.

    A router that is included is a branch to FastAPI (since 0.137), and a tree is walked several
    times at each request, which took longer than all else that the framework does.
    """
    for route in chain.from_iterable(router.routes for router in routers):
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route} is no route of an API")
        app.router.add_api_route(
            prefix + route.path,
            route.endpoint,
            route_class_override=type(route),
            responses={**responses, **route.responses},
            **{name: getattr(route, name) for name in _SAID},
        )


async def _read(answer: Handler, request: Request) -> Response:
    """Give a read its ETag, and answer 304 when the client has it already (RFC 9110, 13.1.2).

    What is too long to be held in one piece has none that could be made of it.
    """
    try:
        response = await answer(request)
    except NotModified as known:
        response = Response(status_code=304, headers={"ETag": known.etag})
    if response.status_code == HTTPStatus.OK and not isinstance(response, StreamingResponse):
        if "ETag" not in response.headers:
            response.headers["ETag"] = weak_etag(bytes(response.body))
        asked = if_none_match(request)
        if asked and is_unchanged(asked, response.headers["ETag"]):
            response = _without_body(response)
    say_who_keeps(response, request)
    return response


async def _write(answer: Handler, request: Request) -> Response:
    """Keep the answer for when the request is repeated, and out of caches."""
    try:
        response = await answer(request)
        await remember(request, response)
    except Replayed as replayed:
        response = replayed.response
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _without_body(response: Response) -> Response:
    kept = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
    return Response(status_code=304, headers=kept)


def allowed_methods(request: Request) -> list[str]:
    """Return every method that the request's path knows; the framework looks at one route only."""
    routes = request.app.routes
    known = [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]
    return [*known, "HEAD"] if "GET" in known else known
