"""The one line a request, which takes a shorter way than all other lines."""

import json

import pytest
import structlog

from app.core.logging import access_logger


def test_it_is_one_json_object_like_every_other_line(capsys: pytest.CaptureFixture[str]) -> None:
    log = access_logger("INFO", "json")
    with structlog.contextvars.bound_contextvars(request_id="1f0c"):
        log.info("request", path="/articles", status=200)
        log.debug("request", path="/health")
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert said.pop("time").endswith("Z")
    assert said == {
        "message": "request", "logger": "galley.access", "level": "info", "request_id": "1f0c",
        "path": "/articles", "status": 200,
    }  # fmt: skip


def test_a_higher_level_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    access_logger("ERROR", "json").info("request", path="/articles")
    assert capsys.readouterr().out == ""
