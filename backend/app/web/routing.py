"""The one kind of route that Galley has: reads are conditional, and POSTs can be repeated."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from typing_extensions import override

from app.web.conditional import is_unchanged, weak_etag
from app.web.idempotency import Replayed, remember

_OF_THE_BODY = ("content-length", "content-type")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Route(APIRoute):
    """A route that works on the finished answer while the request's transaction is still open."""

    @override
    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            if request.method == "GET":
                return _conditional(request, await answer(request))
            try:
                response = await answer(request)
                await remember(request, response)
            except Replayed as replayed:
                response = replayed.response
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return handler


def _conditional(request: Request, response: Response) -> Response:
    """Give a read its ETag, and answer 304 when the client has it already (RFC 9110, 13.1.2)."""
    if response.status_code != HTTPStatus.OK:
        return response
    etag = response.headers.setdefault("ETag", weak_etag(bytes(response.body)))
    personal = "authorization" in request.headers
    response.headers.setdefault("Cache-Control", "private, no-cache" if personal else "no-cache")
    response.headers.add_vary_header("Authorization")
    if_none_match = ",".join(request.headers.getlist("if-none-match"))
    if not is_unchanged(if_none_match, etag):
        return response
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
