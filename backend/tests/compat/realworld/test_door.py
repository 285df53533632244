"""Where RealWorld's API stands: below its own path, beside our own, and only where it is wanted."""

from typing import NoReturn

import httpx
import pytest
from fastapi.openapi.models import OpenAPI
from starlette.routing import Mount

from app.bootstrap import create_app
from app.core.config import Settings
from app.core.services import Services
from tests.compat.realworld.conftest import API, Conduit
from tests.conftest import client_of

ORIGIN = "https://front.example"


async def test_it_is_there_only_where_it_is_wanted(settings: Settings, services: Services) -> None:
    async with client_of(create_app(settings), services) as client:
        answer = await client.get(f"{API}/tags")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_our_own_api_speaks_as_ever(client: httpx.AsyncClient, conduit: Conduit) -> None:
    token = await conduit.join("anna")

    answer = await client.get("/api/v1/articles/nothing")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "article_not_found"
    ours = await client.get("/api/v1/users/me", headers={"Authorization": f"Token {token}"})
    assert ours.status_code == 401
    assert ours.headers["WWW-Authenticate"] == "Bearer"
    ours = await client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    assert ours.json()["username"] == "anna"


async def test_what_only_begins_like_it_is_not_it(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{API}s/nothing")

    assert answer.headers["Content-Type"] == "application/problem+json"


def test_nothing_else_is_asked_before_it(conduit_settings: Settings) -> None:
    first = create_app(conduit_settings).routes[0]

    assert isinstance(first, Mount)
    assert first.path == API


async def test_no_request_looks_for_somebody_who_collects_telemetry(
    conduit: Conduit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> NoReturn:
        pytest.fail("somebody has looked")

    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", look)
    await conduit.ask("GET", "/tags")


async def test_what_is_written_here_is_read_there(
    client: httpx.AsyncClient, conduit: Conduit
) -> None:
    token = await conduit.join("anna")
    slug = (await conduit.publish(token, tagList=["rivers"]))["slug"]
    article = (await client.get(f"/api/v1/articles/{slug}")).json()

    assert article["excerpt"] == "By boat"
    assert article["content"] == "At *five*."
    assert (article["status"], article["version"]) == ("published", 1)
    assert [tag["name"] for tag in article["tags"]] == ["rivers"]


@pytest.mark.parametrize("path", ["/tags/", "/articles/"])
async def test_a_trailing_slash_means_nothing(path: str, conduit: Conduit) -> None:
    await conduit.ask("GET", path)


async def test_head_is_get_without_a_body(client: httpx.AsyncClient) -> None:
    answer = await client.head(f"{API}/tags")

    assert (answer.status_code, answer.content) == (200, b"")


async def test_reads_are_conditional(client: httpx.AsyncClient) -> None:
    etag = (await client.get(f"{API}/tags")).headers["ETag"]

    answer = await client.get(f"{API}/tags", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_a_post_is_repeated_with_its_key(conduit: Conduit, client: httpx.AsyncClient) -> None:
    token = await conduit.join("anna")
    headers = {"Authorization": f"Token {token}", "Idempotency-Key": "once"}
    article = {"article": {"title": "Once", "description": "b", "body": "c"}}
    first, again = [
        await client.post(f"{API}/articles", json=article, headers=headers) for _ in range(2)
    ]

    assert first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert (await conduit.ask("GET", "/articles"))["articlesCount"] == 1


async def test_front_ends_of_other_origins(conduit_settings: Settings, services: Services) -> None:
    settings = conduit_settings.model_copy(update={"backend_cors_origins": (ORIGIN,)})
    async with client_of(create_app(settings), services) as client:
        asked = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        may = await client.options(f"{API}/user", headers=asked)
        refused = await client.get(f"{API}/user", headers={"Origin": ORIGIN})

    assert may.status_code == 200
    assert may.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in may.headers["Access-Control-Allow-Methods"]
    assert refused.status_code == 401
    assert refused.json() == {"errors": {"token": ["is missing"]}}
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert refused.headers["X-Request-ID"]


async def test_it_describes_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{API}/openapi.json")
    document = answer.json()

    assert answer.status_code == 200
    assert document["servers"] == [{"url": API}]
    operations = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert operations == {
        ("POST", "/users"),
        ("POST", "/users/login"),
        ("GET", "/user"),
        ("PUT", "/user"),
        ("GET", "/profiles/{username}"),
        ("POST", "/profiles/{username}/follow"),
        ("DELETE", "/profiles/{username}/follow"),
        ("GET", "/articles"),
        ("POST", "/articles"),
        ("GET", "/articles/feed"),
        ("GET", "/articles/{slug}"),
        ("PUT", "/articles/{slug}"),
        ("DELETE", "/articles/{slug}"),
        ("POST", "/articles/{slug}/favorite"),
        ("DELETE", "/articles/{slug}/favorite"),
        ("GET", "/articles/{slug}/comments"),
        ("POST", "/articles/{slug}/comments"),
        ("DELETE", "/articles/{slug}/comments/{comment_id}"),
        ("GET", "/tags"),
    }
    body = document["paths"]["/articles"]["post"]["requestBody"]["content"]["application/json"]
    fields = body["schema"]["properties"]["article"]["properties"]
    assert set(fields) == {"title", "description", "body", "tagList"}
    assert "$ref" not in str(body)


async def test_its_document_says_how_one_signs_in_here(client: httpx.AsyncClient) -> None:
    document = (await client.get(f"{API}/openapi.json")).json()

    OpenAPI.model_validate(document)
    [(name, scheme)] = document["components"]["securitySchemes"].items()
    assert scheme == {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Token`, a space, and the token that signing in answered.",
    }
    secured = {
        (method, path): operation["security"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "security" in operation
    }
    assert secured.pop(("get", "/articles")) == [{}, {name: []}]
    assert secured.pop(("get", "/user")) == [{name: []}]
    assert {way for ways in secured.values() for each in ways for way in each} == {name}
    assert "login" not in str(secured)
