"""The process that gunicorn starts for each worker: uvicorn, set up for life behind nginx."""

import logging
from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker

# Below gunicorn's graceful_timeout: a hanging request is cancelled, and the lifespan ends in order.
GRACEFUL_SECONDS = 20


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
