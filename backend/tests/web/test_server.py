"""The process that gunicorn starts for each worker."""

import logging

from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from app.web.server import Worker


def test_a_worker_leaves_logging_to_the_root_logger() -> None:
    config = Config()
    logger = logging.getLogger("uvicorn.error")
    worker = Worker(1, 1, [], None, 30, config, Logger(config))
    worker.tmp.close()
    assert (logger.handlers, logger.propagate) == ([], True)


def test_a_worker_ends_in_order_before_gunicorn_loses_patience() -> None:
    assert Worker.CONFIG_KWARGS["timeout_graceful_shutdown"] < Config().graceful_timeout
    assert Worker.CONFIG_KWARGS["lifespan"] == "on"
    assert not Worker.CONFIG_KWARGS["server_header"]
