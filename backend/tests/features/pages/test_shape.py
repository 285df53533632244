"""The bytes of a page are what the documented shape says, for everybody and every wish."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.policy import Role
from app.features.pages.schemas import MINE, NEXT, PREVIOUS, RELATED, ArticleRead
from app.models import Article, Series, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.statements import statements

ARTICLES = "/api/v1/articles"
INCLUDES = [
    ",".join(each)
    for size in range(5)
    for each in combinations((MINE, NEXT, PREVIOUS, RELATED), size)
]
AWKWARD = 'A "q" \\ slash, tab\t, <b>&amp;</b>, \u2028, \x07, 🚣, \u202eright\u202c, </script>'


@pytest.fixture
async def author(make: Factory) -> User:
    """Who writes."""
    return await make.user(Role.AUTHOR, username="anna", full_name='Anna "Liffey"')


@pytest.fixture
async def series(make: Factory, author: User) -> Series:
    """A series of three."""
    return await make.series(author, slug="journey")


@pytest.fixture
async def article(make: Factory, author: User, series: Series, clock: MovableClock) -> Article:
    """An article with something in every field, between others of everything."""
    bert = await make.user(username="bert")
    around: dict[str, Any] = {"tags": ["boats", "lakes"], "series_id": series.id}
    await make.article(author, slug="before", series_position=1, **around)
    clock.move(timedelta(hours=1))
    article = await make.article(
        author, slug="here", title=AWKWARD, with_authors=[bert], series_position=2,
        translation_group=7, seo={"title": AWKWARD, "twitter_card": "summary"}, cover="/river.jpg",
        cover_alt="River", canonical_url="https://example.com/river", comment_policy="members",
        given_excerpt=AWKWARD, **around,
    )  # fmt: skip
    await make.article(author, slug="ici", locale="fr", translation_group=7)
    clock.move(timedelta(hours=1, microseconds=120))
    await make.article(author, slug="after", series_position=3, **around)
    clock.move(timedelta(hours=1))
    return article


def schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the schema of the answer as the OpenAPI document has it."""
    document = app.openapi()
    content = document["paths"][f"{ARTICLES}/{{ref}}"]["get"]["responses"]["200"]["content"]
    return {**content["application/json"]["schema"], "components": document["components"]}


@pytest.mark.parametrize("include", INCLUDES)
@pytest.mark.parametrize("who", [None, "anna", "somebody", "an editor"])
@pytest.mark.usefixtures("article")
async def test_every_wish_of_everybody_is_answered_as_documented(
    client: httpx.AsyncClient, app: FastAPI, make: Factory, author: User, sign_in: SignIn,
    include: str, who: str | None,
) -> None:  # fmt: skip
    people = {"anna": author, "somebody": None, "an editor": None}
    headers: dict[str, str] = {}
    if who is not None:
        role = Role.EDITOR if who == "an editor" else Role.READER
        headers = sign_in(people[who] or await make.user(role))
    answer = await client.get(f"{ARTICLES}/here?include={include}", headers=headers)
    page = answer.json()
    assert list(Draft202012Validator(schema_of(app)).iter_errors(page)) == []
    ArticleRead.model_validate_json(answer.content, strict=False)
    names = set(ArticleRead.model_fields) - (
        set() if MINE in include else {"favorited", "bookmarked"}
    )
    assert set(page) == names
    assert page["title"] == page["excerpt"] == page["meta"]["title"] == AWKWARD
    assert page["seo"]["open_graph"]["authors"] == [
        'Anna "Liffey"',
        page["authors"][1]["full_name"],
    ]
    assert (page["previous"] is not None) == (PREVIOUS in include)
    assert [each["slug"] for each in page["related"]] == (
        ["after", "before"] if RELATED in include else []
    )
    assert [each["slug"] for each in page["translations"]] == ["ici"]
    assert (page["series"]["previous"]["slug"], page["series"]["next"]["slug"]) == (
        "before",
        "after",
    )


@pytest.mark.parametrize("include", ["", "mine,next,previous,related"])
async def test_a_page_takes_one_statement_and_no_transaction(
    client: httpx.AsyncClient, article: Article, engine: AsyncEngine, include: str
) -> None:
    for ref in ("here", article.id):
        with statements(engine) as sent:
            await client.get(f"{ARTICLES}/{ref}?include={include}")
        assert len(sent) == 1


async def test_who_is_signed_in_is_found_out_by_one_statement_more(
    client: httpx.AsyncClient, article: Article, author: User, sign_in: SignIn, engine: AsyncEngine
) -> None:
    with statements(engine) as sent:
        await client.get(f"{ARTICLES}/{article.id}?include=mine", headers=sign_in(author))
    assert len(sent) == 2


async def test_whoever_writes_is_answered_with_the_bytes_that_they_read_next(
    client: httpx.AsyncClient, author: User, sign_in: SignIn, article: Article
) -> None:
    headers, path = sign_in(author), f"{ARTICLES}/{article.id}"
    for changes in ({"title": "Wider"}, {"tags": ["seas"]}, {"published": False}):
        written = await client.patch(path, headers=headers, json=changes)
        read = await client.get(path, headers=headers)
        assert (written.content, written.headers["ETag"]) == (read.content, read.headers["ETag"])


async def test_whoever_leaves_an_article_hears_what_they_have_done(
    client: httpx.AsyncClient, make: Factory, author: User, sign_in: SignIn
) -> None:
    bert = await make.user(username="bert")
    draft = await make.article(author, published=False, with_authors=[bert])
    headers, path = sign_in(bert), f"{ARTICLES}/{draft.id}"
    left = await client.patch(path, headers=headers, json={"authors": ["anna"]})
    assert [each["username"] for each in left.json()["authors"]] == ["anna"]
    assert left.json()["working_copy"] is None
    assert (await client.get(path, headers=headers)).status_code == 404


@pytest.mark.parametrize("microsecond", [0, 1, 120, 500_000, 999_999])
async def test_times_are_written_as_everywhere_else(
    client: httpx.AsyncClient, make: Factory, author: User, microsecond: int
) -> None:
    at = datetime(2025, 12, 31, 23, 59, 59, microsecond, tzinfo=UTC)
    article = await make.article(author, published_at=at)
    page = (await client.get(f"{ARTICLES}/{article.id}")).json()
    fraction = f".{microsecond:06}" if microsecond else ""
    assert page["published_at"] == f"2025-12-31T23:59:59{fraction}Z"
    assert page["seo"]["open_graph"]["published_time"] == page["published_at"]
