"""What is refused, in which order, and that it is always said as RealWorld says it."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp

from app.core.services import Services
from tests.compat.realworld.conftest import API, Conduit
from tests.conftest import SignIn, client_of
from tests.factories import Factory

MISSING = {"token": ["is missing"]}
INVALID = {"token": ["is invalid"]}

# Everything that needs somebody who is signed in, below things that are not there.
NEEDS_TOKEN = [
    ("GET", "/user"),
    ("PUT", "/user"),
    ("POST", "/profiles/nobody/follow"),
    ("DELETE", "/profiles/nobody/follow"),
    ("GET", "/articles/feed"),
    ("POST", "/articles"),
    ("PUT", "/articles/nothing"),
    ("DELETE", "/articles/nothing"),
    ("POST", "/articles/nothing/favorite"),
    ("DELETE", "/articles/nothing/favorite"),
    ("POST", "/articles/nothing/comments"),
    ("DELETE", "/articles/nothing/comments/1"),
]
TAKES_TOKEN = [
    ("GET", "/articles"),
    ("GET", "/articles/nothing"),
    ("GET", "/articles/nothing/comments"),
    ("GET", "/profiles/nobody"),
    ("GET", "/tags"),
]
HAS_BODY = [
    ("POST", "/users", "user"),
    ("POST", "/users/login", "user"),
    ("PUT", "/user", "user"),
    ("POST", "/articles", "article"),
    ("PUT", "/articles/nothing", "article"),
    ("POST", "/articles/nothing/comments", "comment"),
]
MALFORMED = [
    "Token",
    "Token ",
    "Token x",
    "Token a.b.c",
    "Token null",
    "Token undefined",
    "Token " + "x" * 5000,
    "Token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "Bearer ",
    "Bearer Token x",
    "Bearer galley_nothing",
    "Token \xff\xfe",
]


@pytest.mark.parametrize(("method", "path"), NEEDS_TOKEN)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"article": {"title": ""}}', b"\xff"])
async def test_without_a_token_nothing_is_looked_at(
    method: str, path: str, content: bytes, client: httpx.AsyncClient
) -> None:
    answer = await client.request(method, API + path, content=content)

    assert (answer.status_code, answer.json()) == (401, {"errors": MISSING})
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(("method", "path"), NEEDS_TOKEN)
async def test_nor_with_a_malformed_one(method: str, path: str, client: httpx.AsyncClient) -> None:
    for given in [*MALFORMED, "x", "Basic eDp5", "Token" + "\t" + "x"]:
        headers = [(b"Authorization", given.encode("latin-1"))]
        answer = await client.request(method, API + path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"errors": INVALID}), given


@pytest.mark.parametrize(("method", "path"), TAKES_TOKEN)
async def test_who_may_be_anybody_is_nobody_with_a_malformed_one(
    method: str, path: str, client: httpx.AsyncClient
) -> None:
    for given in MALFORMED[2:8]:
        answer = await client.request(method, API + path, headers={"Authorization": given})
        assert (answer.status_code, answer.json()) == (401, {"errors": INVALID}), given


@pytest.mark.parametrize(("method", "path", "wrapper"), HAS_BODY)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"\xff",
        b'{"user": "x", "article": 1, "comment": []}',
        b'{"user": null, "article": null, "comment": null}',
        b"[" * 100_000,
        b'{"user": {"bio": "\\ud800"}, "article": {"body": "\\ud800"}}',
        b'{"user": {"bio": "\\u0000"}, "article": {"body": "\\u0000"}}',
    ],
)
async def test_bodies_that_are_none(
    method: str, path: str, wrapper: str, content: bytes, conduit: Conduit
) -> None:
    token = await conduit.join("anna")
    headers = {"Authorization": f"Token {token}"}
    answer = await conduit.client.request(method, API + path, content=content, headers=headers)

    assert answer.status_code == 422, answer.text
    errors = answer.json()["errors"]
    assert errors
    assert all(isinstance(said, list) and said for said in errors.values())


@pytest.mark.parametrize(("method", "path", "wrapper"), HAS_BODY)
async def test_a_body_has_its_wrapper(
    method: str, path: str, wrapper: str, conduit: Conduit
) -> None:
    token = await conduit.join("anna")

    errors = await conduit.refused(method, path, {"title": "x"}, token=token, status=422)
    assert errors == {wrapper: ["can't be blank"]}


@pytest.mark.parametrize(
    "path", ["", "/", "/nothing", "/articles/a/b/c", "/user/x", "/articles/a%2Fb/c/d/e"]
)
async def test_unknown_paths(path: str, conduit: Conduit) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        assert await conduit.refused(method, path, status=404) == {"path": ["not found"]}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/user", {"GET", "PUT", "HEAD"}),
        ("DELETE", "/users", {"POST"}),
        ("PUT", "/tags", {"GET", "HEAD"}),
        ("POST", "/articles/feed", {"GET", "HEAD", "PUT", "DELETE"}),
    ],
)
async def test_other_methods(
    method: str, path: str, allowed: set[str], client: httpx.AsyncClient
) -> None:
    answer = await client.request(method, API + path)

    assert answer.status_code == 405
    assert answer.json() == {"errors": {"method": ["is not allowed here"]}}
    assert set(answer.headers["Allow"].split(", ")) == allowed


async def test_too_large_a_body(client: httpx.AsyncClient) -> None:
    async def in_pieces() -> Any:  # noqa: ANN401 - an iterator of bytes
        for _ in range(3):
            yield b"x" * 500_000

    for content in (b"x" * 1_500_000, in_pieces()):
        answer = await client.post(f"{API}/users", content=content)
        assert answer.status_code == 413
        assert answer.json() == {"errors": {"body": ["is too large"]}}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/articles/nope", 404), ("/user", 401), ("/profiles/nope", 404), ("/nope", 404)],
)
async def test_head_is_refused_without_a_body(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    answer = await client.head(f"{API}{path}")
    assert (answer.status_code, answer.content) == (status, b"")


async def test_a_crash_is_told_in_the_same_words(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await session.execute(text("ALTER TABLE tags RENAME TO tags_away"))
    await session.commit()
    answer = await client.get(f"{API}/tags", headers={"X-Request-ID": "here-7"})

    assert answer.status_code == 500
    assert answer.json() == {"errors": {"server": ["has failed; it is in the log"]}}
    assert answer.headers["X-Request-ID"] == "here-7"


async def test_registering_is_limited(app: ASGIApp, services: Services) -> None:
    few = services.settings.model_copy(update={"attempts_per_address": 1})
    async with client_of(app, replace(services, settings=few)) as client:
        conduit = Conduit(client)
        for number in range(10):
            await conduit.join(f"anna{number}")
        user = {"username": "bert", "email": "bert@test.com", "password": "password123"}
        errors = await conduit.refused("POST", "/users", {"user": user}, status=429)

    assert list(errors) == ["request"]


async def test_commenting_is_limited(app: ASGIApp, services: Services) -> None:
    few = services.settings.model_copy(update={"attempts_per_address": 2})
    async with client_of(app, replace(services, settings=few)) as client:
        conduit = Conduit(client)
        token = await conduit.join("anna")
        slug = (await conduit.publish(token))["slug"]
        for words in ("one", "two"):
            await conduit.say(token, slug, words)
        said = {"comment": {"body": "three"}}
        await conduit.refused("POST", f"/articles/{slug}/comments", said, token=token, status=429)


async def test_who_has_to_have_a_second_factor_and_has_none(
    app: ASGIApp, services: Services, make: Factory, sign_in: SignIn
) -> None:
    safe = services.settings.model_copy(update={"second_factor_roles": ("author",)})
    token = sign_in(await make.user())["Authorization"].removeprefix("Bearer ")
    async with client_of(app, replace(services, settings=safe)) as client:
        errors = await Conduit(client).refused("GET", "/user", token=token, status=403)

    assert list(errors) == ["account"]
