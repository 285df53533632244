"""The one line a request, which takes a shorter way than all other lines."""

import asyncio
import json
from io import BytesIO, TextIOWrapper
from select import PIPE_BUF

import pytest
import structlog

from app.core import logging
from app.core.logging import access_logger


async def test_it_is_one_json_object_like_every_other_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
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


async def test_lines_go_out_together_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "FLUSHED_EVERY", 0)
    raw = BytesIO()
    monkeypatch.setattr("sys.stdout", TextIOWrapper(raw))
    log = access_logger("INFO", "json")
    for path in ("/articles", "/tags"):
        log.info("request", path=path)
    assert raw.getvalue() == b""
    await asyncio.sleep(0.01)
    lines = raw.getvalue().splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["/articles", "/tags"]


async def test_no_more_waits_than_a_pipe_takes_in_one_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pieces: list[bytes] = []
    raw = BytesIO()
    monkeypatch.setattr("sys.stdout", TextIOWrapper(raw))
    monkeypatch.setattr(raw, "write", pieces.append)
    log = access_logger("INFO", "json")
    for number in range(200):
        log.info("request", path=f"/articles/{number}")
    assert max(map(len, pieces)) <= PIPE_BUF
    assert all(piece.endswith(b"}\n") for piece in pieces)


def test_a_loop_that_has_ended_keeps_no_line_of_the_next_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = BytesIO()
    monkeypatch.setattr("sys.stdout", TextIOWrapper(raw))
    log = access_logger("INFO", "json")

    async def note(path: str) -> None:
        log.info("request", path=path)
        await asyncio.sleep(0.01)

    asyncio.run(note("/health"))
    assert raw.getvalue() == b""
    monkeypatch.setattr(logging, "FLUSHED_EVERY", 0)
    asyncio.run(note("/articles"))
    assert len(raw.getvalue().splitlines()) == 2


async def test_a_higher_level_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    access_logger("ERROR", "json").info("request", path="/articles")
    assert capsys.readouterr().out == ""
