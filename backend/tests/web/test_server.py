"""The process that gunicorn starts for each worker."""

import gc
import logging
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from app.bootstrap import create_app
from app.core.config import Settings
from app.web.openapi import PREFIX, Application
from app.web.server import Worker, warm_up

CONFIGURATION = Path(__file__).parents[2] / "gunicorn.conf.py"


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


@pytest.fixture
def app(settings: Settings) -> Application:
    """An application that has not answered anything."""
    app = create_app(settings)
    assert isinstance(app, Application)
    return app


async def test_what_the_first_request_builds_is_there_before_the_workers(app: Application) -> None:
    before = app.middleware_stack
    await warm_up(app)
    assert before is None
    assert app.middleware_stack is not None
    document = app.openapi_schema
    assert document is not None
    assert f"{PREFIX}/articles" in document["paths"]
    assert app.openapi() is document


@pytest.fixture
def configuration(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What gunicorn reads from its file, with three web processes set by hand."""
    monkeypatch.setenv("SECRET_KEY", "7hK2pQ9sV4xZ1bN6mC8dF3gJ5lR0tY2w")
    monkeypatch.setenv("DB_HOST", "/run/postgresql")
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    return runpy.run_path(str(CONFIGURATION))


def test_gunicorn_starts_as_many_workers_as_the_settings_say(
    configuration: dict[str, Any],
) -> None:
    assert configuration["workers"] == 3
    assert configuration["preload_app"]


def test_before_the_workers_everything_is_shared_and_the_sizes_are_said(
    configuration: dict[str, Any], app: Application, caplog: pytest.LogCaptureFixture
) -> None:
    log = logging.getLogger("gunicorn.error")
    log.propagate = True
    server = SimpleNamespace(app=SimpleNamespace(wsgi=lambda: app), log=log)
    with caplog.at_level(logging.INFO):
        configuration["when_ready"](server)
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    assert frozen > 0
    assert app.middleware_stack is not None
    assert "web_concurrency 3, password_threads 1, db_pool_size" in caplog.text
