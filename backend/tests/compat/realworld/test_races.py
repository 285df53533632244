"""Requests of front ends that run at once, over connections that really commit."""

import asyncio
from collections import Counter

import httpx
import pytest

from app.core.db import Sessions
from tests.compat.realworld.conftest import API, ARTICLE, PASSWORD, Conduit

CROWD = 20


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Sessions that really commit, so that requests run against each other."""
    return committing_sessions


async def at_once(client: httpx.AsyncClient, *asked: tuple[str, str, str, object]) -> Counter[int]:
    """Send these together (method, path, token, body), and count the statuses."""
    answers = await asyncio.gather(
        *(
            client.request(
                method,
                f"{API}{path}",
                json=body,
                headers={"Authorization": f"Token {token}"} if token else {},
            )
            for method, path, token, body in asked
        )
    )
    return Counter(answer.status_code for answer in answers)


async def test_one_of_many_gets_a_name(client: httpx.AsyncClient) -> None:
    asked = [
        ("POST", "/users", "", {"user": {**_user(number), "username": "anna"}})
        for number in range(8)
    ]

    assert await at_once(client, *asked) == {201: 1, 409: 7}


async def test_each_of_the_same_title_has_its_slug(
    client: httpx.AsyncClient, conduit: Conduit
) -> None:
    token = await conduit.join("anna")
    asked = [("POST", "/articles", token, {"article": ARTICLE})] * CROWD

    assert await at_once(client, *asked) == {201: CROWD}
    answer = await conduit.ask("GET", "/articles?limit=100")
    assert len({article["slug"] for article in answer["articles"]}) == CROWD


async def test_favourites_and_follows_are_counted_exactly(
    client: httpx.AsyncClient, conduit: Conduit
) -> None:
    tokens = [await conduit.join(f"person{number}") for number in range(6)]
    slug = (await conduit.publish(tokens[0]))["slug"]
    favorite, follow = f"/articles/{slug}/favorite", "/profiles/person0/follow"
    asked = [
        (method, path, token, None)
        for token in tokens[1:]
        for path in (favorite, follow)
        for method in ("POST", "DELETE", "POST", "POST", "DELETE")
    ]
    assert await at_once(client, *asked) == {200: len(asked)}
    await at_once(client, *[("POST", favorite, token, None) for token in tokens * 3])

    answer = await conduit.ask("GET", f"/articles/{slug}", token=tokens[1])
    assert answer["article"]["favoritesCount"] == 6
    assert answer["article"]["favorited"] is True


async def test_comments_come_while_their_article_goes(
    client: httpx.AsyncClient, conduit: Conduit
) -> None:
    token = await conduit.join("anna")
    slug = (await conduit.publish(token))["slug"]
    path = f"/articles/{slug}"
    said = [
        ("POST", f"{path}/comments", token, {"comment": {"body": f"word {number}"}})
        for number in range(CROWD)
    ]
    counted = await at_once(client, *said[:10], ("DELETE", path, token, None), *said[10:])

    assert counted[204] == 1
    assert counted[201] + counted[404] == CROWD


def _user(number: int) -> dict[str, str]:
    return {"email": f"person{number}@test.com", "password": PASSWORD}
