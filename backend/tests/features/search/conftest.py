"""Who writes, and a short way to ask."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.models import User
from tests.factories import Factory

SEARCH = "/api/v1/search"

Ask = Callable[..., Awaitable[list[dict[str, Any]]]]
Titles = Callable[..., Awaitable[list[str]]]


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user(username="anna", full_name="Anna Liffey")


@pytest.fixture
def search(client: httpx.AsyncClient) -> Ask:
    """Returns what is found."""

    async def ask(q: str, **parameters: str | int) -> list[dict[str, Any]]:
        answer = await client.get(SEARCH, params={"q": q, **parameters})
        assert answer.status_code == 200, answer.text
        hits: list[dict[str, Any]] = answer.json()
        return hits

    return ask


@pytest.fixture
def titles(search: Ask) -> Titles:
    """Returns the titles of what is found, the best first."""

    async def ask(q: str, **parameters: str | int) -> list[str]:
        return [hit["title"] for hit in await search(q, **parameters)]

    return ask


@pytest.fixture
def facets(client: httpx.AsyncClient) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Returns what the articles found have in common."""

    async def ask(q: str, **parameters: str | int) -> dict[str, Any]:
        answer = await client.get(f"{SEARCH}/facets", params={"q": q, **parameters})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return ask
