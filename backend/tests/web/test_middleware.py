"""What happens around every request, tried on the smallest applications."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.middleware import BodyLimit, Courtesy, RequestContext, TimeLimit

LIMIT = 10


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the method, the path and the whole body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    said = f"{scope['method']} {scope['path']} ".encode() + body
    headers = [(b"content-length", str(len(said)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


async def crash(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("the details are for the log only")


async def crash_halfway(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("too late for another answer")


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def hang_halfway(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await hang(scope, receive, send)


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://galley.test")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("given", ["from-nginx_1.2", "a" * 64])
async def test_a_request_keeps_the_name_that_it_came_with(given: str) -> None:
    answer = await client_of(RequestContext(echo)).get("/", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a" * 65, "two words", "<script>", "\u00e9"])
async def test_a_request_without_a_usable_name_gets_one(given: str) -> None:
    headers = {b"X-Request-ID": given.encode()}
    answer = await client_of(RequestContext(echo)).get("/", headers=headers)
    assert len(answer.headers["X-Request-ID"]) == 32
    assert answer.headers["X-Request-ID"].isalnum()


async def test_a_crash_is_a_problem_that_tells_nothing_but_its_name() -> None:
    answer = await client_of(RequestContext(crash)).get("/")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "internal_error"
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert "details" not in answer.text


async def test_a_crash_after_the_answer_has_begun_breaks_it_off() -> None:
    with pytest.raises(RuntimeError, match="too late"):
        await client_of(RequestContext(crash_halfway)).get("/")


async def test_each_request_is_one_line_in_the_log() -> None:
    captured = structlog.testing.CapturingLogger()
    await client_of(RequestContext(echo, captured)).get("/articles?token=private")
    line = captured.calls[0]
    assert line.method_name == "info"
    shown = {name: line.kwargs[name] for name in ("method", "path", "status")}
    assert shown == {"method": "GET", "path": "/articles", "status": 200}


@pytest.mark.parametrize(
    ("path", "level"),
    [("/health", "debug"), ("/health/live", "debug"), ("/health/ready", "debug"),
     ("/healthy-eating", "info"), ("/health/food", "info")],
)  # fmt: skip
async def test_only_the_health_checks_are_quiet(path: str, level: str) -> None:
    captured = structlog.testing.CapturingLogger()
    await client_of(RequestContext(echo, captured)).get(path)
    assert captured.calls[0].method_name == level


async def test_the_status_in_the_log_is_a_plain_number() -> None:
    captured = structlog.testing.CapturingLogger()
    await client_of(RequestContext(TimeLimit(hang, seconds=0.01), captured)).get("/")
    assert repr(captured.calls[0].kwargs["status"]) == "504"


@pytest.mark.parametrize(
    ("asked", "served"),
    [("/articles/", "/articles"), ("/articles//", "/articles"), ("/articles", "/articles"),
     ("/", "/"), ("//", "/")],
)  # fmt: skip
async def test_a_trailing_slash_means_nothing(asked: str, served: str) -> None:
    answer = await client_of(Courtesy(echo)).post(f"http://galley.test{asked}", content=b"kept")
    assert answer.text == f"POST {served} kept"


async def test_head_is_get_without_the_body() -> None:
    answer = await client_of(Courtesy(echo)).head("/articles/")
    assert answer.content == b""
    assert int(answer.headers["Content-Length"]) == len("GET /articles ")


async def test_what_takes_too_long_is_given_up() -> None:
    answer = await client_of(RequestContext(TimeLimit(hang, seconds=0.01))).get("/")
    assert answer.status_code == 504
    problem = answer.json()
    assert problem["code"] == "timeout"
    assert "not known" in problem["detail"]
    assert "Idempotency-Key" in problem["detail"]


async def test_what_takes_too_long_after_the_answer_has_begun_breaks_off() -> None:
    with pytest.raises(TimeoutError):
        await client_of(RequestContext(TimeLimit(hang_halfway, seconds=0.01))).get("/")


async def test_a_body_up_to_the_limit_is_let_through() -> None:
    app = RequestContext(BodyLimit(echo, LIMIT))
    assert (await client_of(app).post("/", content=b"x" * LIMIT)).status_code == 200
    assert (await client_of(app).post("/", content=chunks(b"xxxxx", b"xxxxx"))).status_code == 200


@pytest.mark.parametrize("length", [str(LIMIT + 1), "9" * 5000])
async def test_a_body_that_is_announced_as_too_large_is_not_read(length: str) -> None:
    app = RequestContext(BodyLimit(crash, LIMIT))
    answer = await client_of(app).post("/", headers={"Content-Length": length}, content=chunks())
    assert answer.status_code == 413
    problem = answer.json()
    assert problem["code"] == "payload_too_large"
    assert problem["detail"] == f"The body is over {LIMIT} bytes"


async def test_what_is_no_http_passes_by() -> None:
    seen: list[str] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_: Message) -> None:
        return

    app = RequestContext(Courtesy(TimeLimit(BodyLimit(note), seconds=1)))
    await app({"type": "lifespan"}, receive, send)
    assert seen == ["lifespan"]
