"""The process that gunicorn starts for each worker: uvicorn, set up for life behind nginx."""

import logging
from typing import Any, ClassVar

from starlette.types import Message, Scope
from uvicorn_worker import UvicornWorker

from app.web.openapi import Application

# Below gunicorn's graceful_timeout: a hanging request is cancelled, and the lifespan ends in order.
GRACEFUL_SECONDS = 20

# Matched after every other route, and answered without database or lifespan.
_LAST_ROUTE = "/health"


class Worker(UvicornWorker):  # type: ignore[misc] # the library has no type information
    """Serves requests through uvloop and httptools, and leaves logging to structlog."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": "httptools",
        "lifespan": "on",
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "timeout_graceful_shutdown": GRACEFUL_SECONDS,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - gunicorn's own signature
        super().__init__(*args, **kwargs)
        # The parent class gives uvicorn gunicorn's handlers; the root logger's format every line.
        logger = logging.getLogger("uvicorn.error")
        logger.handlers = []
        logger.propagate = True


async def warm_up(app: Application) -> None:
    """Do what the first requests would, before there are workers: they share what is built then.

    Each would build the same for itself, 11 MB for any request at all and 16 MB for the OpenAPI
    document, and would keep everybody else waiting for most of a second meanwhile.
    """
    app.openapi_json()
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": _LAST_ROUTE,
        "raw_path": _LAST_ROUTE.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "state": {},
    }
    await app(scope, _receive, _send)


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(_: Message) -> None:
    """Nobody waits for this answer."""
