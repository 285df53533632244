"""Errors on the wire."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, ProgrammingError
from starlette.exceptions import HTTPException

from app.core import errors
from app.web import problems
from app.web.middleware import RequestContext
from tests.conftest import SignIn
from tests.factories import Factory

MANY_PROBLEMS = RequestValidationError(
    [{"loc": ("body", number), "type": "missing", "msg": "Field required"} for number in range(999)]
)
CASES = [
    (errors.Rejected(), 400, "rejected"),
    (errors.Unauthenticated(), 401, "unauthenticated"),
    (errors.Forbidden(), 403, "forbidden"),
    (errors.NotFound(), 404, "not_found"),
    (errors.Conflict(), 409, "conflict"),
    (errors.Stale(), 412, "stale"),
    (errors.Invalid(), 422, "invalid"),
    (errors.Unavailable(), 503, "unavailable"),
    (MANY_PROBLEMS, 422, "invalid"),
    (HTTPException(413), 413, "payload_too_large"),
    (HTTPException(418), 418, "im_a_teapot"),
    (ConnectionRefusedError("db:5432"), 503, "unavailable"),
    (InterfaceError("SELECT", {}, OSError()), 500, "internal_error"),
    (ProgrammingError("SELECT secret", {}, Exception()), 500, "internal_error"),
    (KeyError("secret"), 500, "internal_error"),
]


@pytest.fixture
async def failing() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose every path fails in another way."""
    app = FastAPI()
    problems.install(app)
    app.add_middleware(RequestContext)

    @app.get("/{number}")
    async def fail(number: int) -> None:
        raise CASES[number][0]

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://galley.test") as client:
        yield client


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: repr(CASES[n][0])[:40])
async def test_every_kind_of_error_has_its_status(failing: httpx.AsyncClient, number: int) -> None:
    _, status, code = CASES[number]
    answer = await failing.get(f"/{number}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = answer.json()
    assert problem.keys() - {"errors"} == {
        "type", "title", "status", "detail", "code", "request_id",
    }  # fmt: skip
    assert (problem["type"], problem["status"], problem["code"]) == ("about:blank", status, code)
    assert isinstance(problem["detail"], str)
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert "secret" not in answer.text


def test_every_kind_of_domain_error_is_in_the_table() -> None:
    assert set(errors.GalleyError.__subclasses__()) == set(problems.STATUSES)


async def test_401_says_how_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/users/me")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_503_says_when_to_come_back(failing: httpx.AsyncClient) -> None:
    number = next(number for number, case in enumerate(CASES) if case[1] == 503)
    assert (await failing.get(f"/{number}")).headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/api/v1/articles/1/2", "/docs/x"])
async def test_an_unknown_path_is_a_problem_as_well(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/articles", {"GET", "HEAD", "POST"}),
        ("POST", "/api/v1/articles/1", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("POST", "/api/v1/articles/1/", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("PUT", "/api/v1/users/me", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("DELETE", "/api/v1/users", {"GET", "HEAD", "POST"}),
        ("DELETE", "/api/v1/users/1", {"GET", "HEAD", "PATCH"}),
        ("GET", "/api/v1/auth/login", {"POST"}),
        ("HEAD", "/api/v1/auth/login", {"POST"}),
        ("OPTIONS", "/api/v1/auth/login", {"POST"}),
        ("BREW", "/api/v1/articles", {"GET", "HEAD", "POST"}),
        ("POST", "/health/ready", {"GET", "HEAD"}),
        ("POST", "/docs", {"GET", "HEAD"}),
        ("POST", "/docs/start.js", {"GET", "HEAD"}),
    ],
)
async def test_405_names_every_method_that_the_path_knows(
    client: httpx.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.headers["Allow"].split(", ")) == allowed


async def test_every_invalid_field_is_named_once(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/articles?limit=101&skip=-1&total=perhaps")
    assert answer.status_code == 422
    assert [(problem["loc"], problem["code"]) for problem in answer.json()["errors"]] == [
        (["query", "limit"], "less_than_equal"),
        (["query", "skip"], "greater_than_equal"),
        (["query", "total"], "bool_parsing"),
    ]


async def test_an_answer_does_not_grow_with_the_nonsense_that_was_sent(
    client: httpx.AsyncClient, failing: httpx.AsyncClient
) -> None:
    nonsense = {f"unknown_{number}": number for number in range(1000)}
    answer = await client.post("/api/v1/users", json=nonsense)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) <= 100
    number = next(number for number, case in enumerate(CASES) if case[0] is MANY_PROBLEMS)
    assert len((await failing.get(f"/{number}")).json()["errors"]) == 100


async def test_what_was_sent_is_never_repeated(client: httpx.AsyncClient) -> None:
    secret = {"email": "secret-email", "password": "secret", "current_password": "secret"}
    answer = await client.post("/api/v1/users", json=secret)
    assert answer.status_code == 422
    assert {problem["loc"][1] for problem in answer.json()["errors"]} == set(secret)
    assert "secret" not in answer.text


async def test_a_rule_beyond_one_fields_shape_names_its_field_too(
    client: httpx.AsyncClient,
) -> None:
    new = {"email": "anna@example.com", "password": "password1"}
    problem = (await client.post("/api/v1/users", json=new)).json()
    assert problem["code"] == "weak_password"
    assert [each["loc"] for each in problem["errors"]] == [["body", "password"]]


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"[]", b"null", b"\xff", b'{"title": NaN}', b'{"\\ud800": 1}',
     json.dumps({"x" * 5000: 1}).encode(), b"[" * 10_000],
    ids=lambda body: body[:12],
)  # fmt: skip
async def test_a_body_that_is_not_the_expected_object_is_refused(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, body: bytes
) -> None:
    headers = {**sign_in(await make.user()), "Content-Type": "application/json"}
    answer = await client.post("/api/v1/articles", headers=headers, content=body)
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.content) < 2000


async def test_a_body_over_a_mebibyte_is_refused_however_it_comes(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * 256 * 1024

    headers = {**sign_in(await make.user()), "Content-Type": "application/json"}
    for content in (b"x" * (1024 * 1024 + 1), stream()):
        answer = await client.post("/api/v1/articles", headers=headers, content=content)
        assert answer.status_code == 413
        assert answer.json()["code"] == "payload_too_large"
