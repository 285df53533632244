"""Logs: one line an event, whoever logs it."""

import json
import logging

import pytest
import structlog

from app.core.logging import configure_logging


def _log(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    line: dict[str, object] = json.loads(capsys.readouterr().out)
    return line


def test_an_event_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.stdlib.get_logger("galley.one").info("written", article=7)
    line = _log(capsys)
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "message": "written",
        "article": 7,
        "request_id": "abc",
        "level": "info",
        "logger": "galley.one",
    }


def test_a_library_logs_through_the_same_formatter(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    logging.getLogger("uvicorn.error").warning("port %d", 8000, extra={"worker": 2})
    line = _log(capsys)
    assert (line["message"], line["level"], line["worker"]) == ("port 8000", "warning", 2)


def test_an_exception_keeps_to_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    try:
        int("no\nnumber")
    except ValueError:
        structlog.stdlib.get_logger("galley.two").exception("failed")
    assert "ValueError" in json.dumps(_log(capsys)["exception"])


def test_what_is_less_serious_than_the_level_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("WARNING", "json")
    structlog.stdlib.get_logger("galley.three").info("not worth a line")
    assert capsys.readouterr().out == ""


def test_the_console_is_for_reading(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "console")
    structlog.stdlib.get_logger("galley.four").info("written", article=7)
    assert "written" in (said := capsys.readouterr().out)
    assert "article=7" in said
