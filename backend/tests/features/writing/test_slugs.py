"""The addresses of articles."""

import re

import httpx
import pytest

from app.core.text import MAX_SLUG_LENGTH
from app.models import User
from tests.factories import Factory
from tests.features.writing.conftest import ARTICLES


async def write(client: httpx.AsyncClient, headers: dict[str, str], title: str) -> str:
    new = {"title": title, "content": "We set out at five."}
    answer = await client.post(ARTICLES, headers=headers, json=new)
    assert answer.status_code == 201
    slug: str = answer.json()["slug"]
    assert (await client.get(f"{ARTICLES}/{slug}", headers=headers)).json()["title"] == title
    return slug


@pytest.mark.parametrize(
    ("title", "slugs"),
    [
        ("Down the River", ["down-the-river", "down-the-river-2", "down-the-river-3"]),
        ("\u041f\u0440\u0438\u0432\u0435\u0442", ["privet", "privet-2"]),
        ("\U0001f600\U0001f680", ["article", "article-2"]),
        ("2026", ["article-2026", "article-2026-2"]),
        ("Feed", ["feed-2", "feed-3"]),
        ("New", ["new-2", "new-3"]),
    ],
)
async def test_a_slug_is_made_from_the_title_and_made_unique(
    client: httpx.AsyncClient, as_author: dict[str, str], title: str, slugs: list[str]
) -> None:
    assert [await write(client, as_author, title) for _ in slugs] == slugs


@pytest.mark.parametrize("title", ["x" * 200, "word " * 40])
async def test_long_titles_differ_within_the_longest_slug(
    client: httpx.AsyncClient, as_author: dict[str, str], title: str
) -> None:
    slugs = {await write(client, as_author, title.strip()) for _ in range(11)}
    assert len(slugs) == 11
    assert max(map(len, slugs)) <= MAX_SLUG_LENGTH


async def test_numbers_go_on_from_the_highest(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    for slug in ("river", "river-2", "river-41", "river-bank", "river-99999999999", "rivers-77"):
        await make.article(author, slug=slug)
    assert await write(client, as_author, "River") == "river-42"


async def test_a_slug_can_be_chosen(client: httpx.AsyncClient, as_author: dict[str, str]) -> None:
    new = {"title": "Any", "content": "We set out at five.", "slug": "the-one-i-want"}
    answer = await client.post(ARTICLES, headers=as_author, json=new)
    assert answer.json()["slug"] == "the-one-i-want"
    again = await client.post(ARTICLES, headers=as_author, json=new)
    assert (again.status_code, again.json()["detail"]) == (400, "Slug already taken")


async def test_a_new_title_leaves_the_address_as_it_is(
    client: httpx.AsyncClient, as_author: dict[str, str]
) -> None:
    slug = await write(client, as_author, "Down the river")
    address = f"{ARTICLES}/{slug}"
    answer = await client.patch(address, headers=as_author, json={"title": "Up"})
    assert answer.json()["slug"] == slug


async def test_nobody_can_take_all_the_numbers(
    client: httpx.AsyncClient, as_author: dict[str, str], make: Factory, author: User
) -> None:
    for slug in ("river", "river-999999999", "river-1000000000"):
        await make.article(author, slug=slug)
    assert re.fullmatch("river-[0-9a-f]{8}", await write(client, as_author, "River"))
