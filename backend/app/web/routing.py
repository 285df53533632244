"""The one kind of route that Galley has: reads are conditional, and POSTs can be repeated."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from http import HTTPStatus
from itertools import chain
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, get_request_handler
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from typing_extensions import override

from app.web.caching import say_who_keeps
from app.web.conditional import NotModified, if_none_match, is_unchanged, weak_etag
from app.web.idempotency import Replayed, remember
from app.web.solving import lean

_OF_THE_BODY = ("content-length", "content-type")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Route(APIRoute):
    """A route that works on the finished answer while the request's transaction is still open."""

    @override
    def get_route_handler(self) -> Handler:
        answer = self._solved() or super().get_route_handler()

        async def handler(request: Request) -> Response:
            if request.method == "GET":
                return await _read(request, answer)
            try:
                response = await answer(request)
                await remember(request, response)
            except Replayed as replayed:
                response = replayed.response
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return handler

    def _solved(self) -> Handler | None:
        """Return the framework's handler of this route with its dependencies solved by us."""
        dependant = lean(self.dependant)
        if dependant is None:
            return None
        return get_request_handler(
            dependant,
            self.body_field,
            status_code=self.status_code,
            response_class=self.response_class,
            response_field=self.response_field,
            response_model_exclude_none=self.response_model_exclude_none,
            response_model_exclude_unset=self.response_model_exclude_unset,
        )


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


async def _read(request: Request, answer: Handler) -> Response:
    """Give a read its ETag, and answer 304 when the client has it already (RFC 9110, 13.1.2)."""
    try:
        response = await answer(request)
    except NotModified as known:
        response = Response(status_code=304, headers={"ETag": known.etag})
    if response.status_code == HTTPStatus.OK:
        if "ETag" not in response.headers:
            response.headers["ETag"] = weak_etag(bytes(response.body))
        asked = if_none_match(request)
        if asked and is_unchanged(asked, response.headers["ETag"]):
            response = _without_body(response)
    say_who_keeps(response, request)
    return response


def _without_body(response: Response) -> Response:
    kept = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
    return Response(status_code=304, headers=kept)


def allowed_methods(request: Request) -> list[str]:
    """Return every method that the request's path knows; the framework looks at one route only.

    A path that no route claims lies below a mount of static files, which are only read.
    """
    routes = request.app.routes
    known = [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ] or ["GET"]
    return [*known, "HEAD"] if "GET" in known else known
