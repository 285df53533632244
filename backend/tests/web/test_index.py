"""The root of the API."""

import httpx
import pytest


@pytest.mark.parametrize("path", ["/", "/api/v1", "/api/v1/"])
async def test_it_says_where_to_begin(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.json()["name"] == "Galley"
    for name in ("articles", "documentation", "openapi", "health"):
        assert (await client.get(answer.json()[name])).status_code == 200


async def test_the_feed_is_where_it_says(client: httpx.AsyncClient) -> None:
    index = (await client.get("/api/v1")).json()
    assert (await client.get(index["feed"])).status_code == 401
