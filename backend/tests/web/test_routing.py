"""The one kind of route: what every read answers to a client that has it already."""

import httpx
import pytest

PATH = "/api/v1/articles"


@pytest.mark.parametrize("known", [0, 1, 2])
async def test_every_line_of_if_none_match_is_read(client: httpx.AsyncClient, known: int) -> None:
    tags = ['"one"', '"two"', '"three"']
    tags[known] = (await client.get(PATH)).headers["ETag"]
    answer = await client.get(PATH, headers=[("If-None-Match", tag) for tag in tags])
    assert (answer.status_code, answer.content) == (304, b"")


async def test_a_client_that_has_something_else_gets_the_answer(client: httpx.AsyncClient) -> None:
    lines = [("If-None-Match", '"one"'), ("If-None-Match", '"two"')]
    assert (await client.get(PATH, headers=lines)).status_code == 200
