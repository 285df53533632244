"""Old versions that come back at the same moment, or while somebody edits, lose nothing."""

import asyncio
from collections import Counter
from itertools import pairwise

import httpx
import pytest

from tests.conftest import SignIn
from tests.factories import Factory

CROWD = 20
TITLES = ["First", "Second", "Third"]

Headers = dict[str, str]


@pytest.fixture
async def headers(make: Factory, sign_in: SignIn) -> Headers:
    """The author's headers."""
    return sign_in(await make.user(username="anna"))


@pytest.fixture
async def address(client: httpx.AsyncClient, headers: Headers) -> str:
    """The address of an article that had each of the titles, and tags of the same name."""
    address = ""
    for title in TITLES:
        changes = {"title": title, "tags": [title], "content": f"What the {title} says."}
        if address:
            answer = await client.patch(address, headers=headers, json=changes)
        else:
            answer = await client.post("/api/v1/articles", headers=headers, json=changes)
            address = answer.headers["Location"]
        assert answer.is_success
    return address


async def versions(client: httpx.AsyncClient, address: str, headers: Headers) -> list[int]:
    """Return the versions that the history has, which must tell one story, the oldest first.

    What each says that it changed is what differs from the version before.
    """
    history = f"{address}/revisions"
    listed = (await client.get(f"{history}?limit=100", headers=headers)).json()[::-1]
    for before, after in pairwise(listed):
        pair = f"{before['version']}...{after['version']}"
        difference = (await client.get(f"{history}/{pair}", headers=headers)).json()
        assert [each["name"] for each in difference["fields"]] == after["fields"]
    return [each["version"] for each in listed]


async def test_two_versions_restored_at_once_become_two_versions_in_order(
    client: httpx.AsyncClient, address: str, headers: Headers
) -> None:
    first, second = await asyncio.gather(
        *(
            client.post(f"{address}/revisions/{version}/restore", headers=headers)
            for version in (1, 2)
        )
    )
    assert (first.status_code, second.status_code) == (200, 200)
    assert {first.json()["version"], second.json()["version"]} == {4, 5}
    last = max(first.json(), second.json(), key=lambda answer: int(answer["version"]))
    now = (await client.get(address, headers=headers)).json()
    assert [now[name] for name in ("version", "title", "content_html")] == [
        last[name] for name in ("version", "title", "content_html")
    ]
    assert [tag["name"] for tag in now["tags"]] == [now["title"]]
    assert await versions(client, address, headers) == [1, 2, 3, 4, 5]


async def test_a_crowd_that_restores_leaves_no_gap_and_no_two_versions_alike(
    client: httpx.AsyncClient, address: str, headers: Headers
) -> None:
    answers = await asyncio.gather(
        *(
            client.post(f"{address}/revisions/{number % 3 + 1}/restore", headers=headers)
            for number in range(CROWD)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    found = await versions(client, address, headers)
    assert found == list(range(1, max(answer.json()["version"] for answer in answers) + 1))


async def test_of_a_crowd_with_one_etag_one_restores(
    client: httpx.AsyncClient, address: str, headers: Headers
) -> None:
    etag = (await client.get(address, headers=headers)).headers["ETag"]
    answers = await asyncio.gather(
        *(
            client.post(f"{address}/revisions/1/restore", headers=headers | {"If-Match": etag})
            for _ in range(CROWD)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: CROWD - 1}
    assert await versions(client, address, headers) == [1, 2, 3, 4]


async def test_of_a_restoration_and_an_edit_with_one_etag_one_is_told_that_it_is_late(
    client: httpx.AsyncClient, address: str, headers: Headers
) -> None:
    etag = (await client.get(address, headers=headers)).headers["ETag"]
    conditional = headers | {"If-Match": etag}
    answers = await asyncio.gather(
        client.post(f"{address}/revisions/1/restore", headers=conditional),
        client.patch(address, headers=conditional, json={"title": "Edited"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    now = (await client.get(address, headers=headers)).json()
    assert (now["title"], now["version"]) == (winner["title"], 4)


async def test_one_field_comes_back_while_others_are_edited_and_nothing_is_lost(
    client: httpx.AsyncClient, address: str, headers: Headers
) -> None:
    restore, body = f"{address}/revisions/1/restore", {"fields": ["content"]}
    answers = await asyncio.gather(
        client.post(restore, headers=headers, json=body),
        client.patch(address, headers=headers, json={"title": "Edited"}),
        client.patch(address, headers=headers, json={"tags": ["Other"]}),
    )
    assert {answer.status_code for answer in answers} == {200}
    now = (await client.get(address, headers=headers)).json()
    told = (now["title"], now["content"], [tag["name"] for tag in now["tags"]])
    assert told == ("Edited", "What the First says.", ["Other"])
    assert now["content_html"] == "<p>What the First says.</p>\n"
    assert await versions(client, address, headers) == [1, 2, 3, 4, 5, 6]
