"""What the items of a list hold is for the client to say; what they cost does not grow."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.policy import Role
from app.features.lists.schemas import INCLUDES
from app.models import Series, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.statements import statements

ARTICLES = "/api/v1/articles"
DAY = timedelta(days=1)
PLAIN = {
    "id", "slug", "title", "excerpt", "word_count", "reading_minutes", "locale", "featured",
    "pinned", "cover", "cover_alt", "published", "published_at", "status", "author_id",
    "comments_count", "favorites_count", "version", "created_at", "updated_at",
}  # fmt: skip
INCLUDED: dict[str, set[str]] = {
    "author": {"author", "authors"},
    "content": {"content", "content_format", "content_html", "toc"},
    "mine": {"favorited", "bookmarked"},
    "series": {"series"},
    "tags": {"tags"},
}
OF_ARTICLES = sorted(INCLUDED.keys() - {"mine"})
ALL_INCLUDES = [
    *(",".join(each) for size in range(5) for each in combinations(OF_ARTICLES, size)),
    "mine",
    "author,mine,tags",
]
FIELDS = ["title", "id", "status,excerpt", "tags", "author,authors", "series", "content,toc",
          "cover,published_at", ",".join(sorted(PLAIN))]  # fmt: skip


@pytest.fixture
async def series(make: Factory, author: User) -> Series:
    """A series of the author's."""
    return await make.series(author, slug="journey")


@pytest.fixture
async def _shelf(make: Factory, author: User, series: Series) -> None:
    """An article with everything, and one with nothing."""
    bert = await make.user(username="bert")
    await make.article(
        author, title="full", slug="full", tags=["x", "y"], with_authors=[bert], cover="/x.jpg",
        series_id=series.id, series_position=1,
    )  # fmt: skip
    await make.article(author, title="bare", slug="bare")


def included(names: str) -> set[str]:
    return set().union(*(INCLUDED[name] for name in names.split(",") if name))


def test_every_include_is_told_of_here() -> None:
    assert set(INCLUDES) == set(INCLUDED)


@pytest.mark.parametrize("include", ALL_INCLUDES)
@pytest.mark.usefixtures("_shelf")
async def test_include_brings_what_it_names(client: httpx.AsyncClient, include: str) -> None:
    for path in (ARTICLES, "/api/v1/users/anna/articles"):
        items = (await client.get(f"{path}?include={include}")).json()
        assert [set(item) for item in items] == [PLAIN | included(include)] * 2


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("include", [None, *ALL_INCLUDES])
@pytest.mark.usefixtures("_shelf")
async def test_fields_leave_only_what_they_name(
    client: httpx.AsyncClient, include: str | None, fields: str
) -> None:
    query = {"fields": fields} | ({} if include is None else {"include": include})
    items = (await client.get(ARTICLES, params=query)).json()
    expected = {"id", *fields.split(",")} | included(include or "")
    assert [set(item) for item in items] == [expected] * 2


@pytest.mark.usefixtures("_shelf")
async def test_authors_and_tags_come_by_themselves(client: httpx.AsyncClient) -> None:
    items = (await client.get(ARTICLES)).json()
    assert [set(item) for item in items] == [PLAIN | {"author", "authors", "tags"}] * 2


@pytest.mark.usefixtures("_shelf")
async def test_an_item_says_what_the_article_itself_says(client: httpx.AsyncClient) -> None:
    items = (await client.get(f"{ARTICLES}?include=author,content,mine,series,tags")).json()
    for item in items:
        whole = (await client.get(f"{ARTICLES}/{item['id']}?include=mine")).json()
        assert item.pop("series") == whole["series"]
        assert item == {name: whole[name] for name in item}


# Which articles


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("author=bert", {"full"}),
        ("author=anna", {"full", "bare"}),
        ("tag=x", {"full"}),
        ("tag=X", {"full"}),
        ("series=journey", {"full"}),
        ("series=journey&tag=y&author=bert", {"full"}),
        ("series=journey&tag=nothing", set()),
    ],
)
@pytest.mark.usefixtures("_shelf")
async def test_a_list_is_narrowed_by_company(
    client: httpx.AsyncClient, query: str, found: set[str]
) -> None:
    items = (await client.get(f"{ARTICLES}?{query}")).json()
    assert {item["title"] for item in items} == found


@pytest.mark.usefixtures("_shelf")
async def test_a_tag_and_a_series_are_named_by_id_as_well(
    client: httpx.AsyncClient, make: Factory, series: Series
) -> None:
    tag = await make.tag("x")
    for query in (f"tag={tag.id}", f"series={series.id}"):
        items = (await client.get(f"{ARTICLES}?{query}")).json()
        assert [item["title"] for item in items] == ["full"]


@pytest.mark.usefixtures("_shelf")
async def test_a_former_name_of_a_tag_finds_the_same(
    client: httpx.AsyncClient, as_editor: dict[str, str]
) -> None:
    await client.patch("/api/v1/tags/x", headers=as_editor, json={"name": "Rivers"})
    for name in ("x", "rivers", "Rivers", "X"):
        items = (await client.get(f"{ARTICLES}?tag={name}")).json()
        assert [item["title"] for item in items] == ["full"]
    assert items[0]["tags"][0]["name"] == "Rivers"


async def test_a_list_is_narrowed_by_language_and_by_what_editors_chose(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    await make.article(author, title="de", locale="de")
    await make.article(author, title="pt-BR", locale="pt-BR", featured=True)
    await make.article(author, title="en", pinned=True)
    for query, found in (
        ("locale=de", {"de"}),
        ("locale=pt-br", {"pt-BR"}),
        ("featured=true", {"pt-BR"}),
        ("featured=false", {"de", "en"}),
        ("pinned=true", {"en"}),
        ("pinned=true&featured=true", set()),
    ):
        items = (await client.get(f"{ARTICLES}?{query}")).json()
        assert {item["title"] for item in items} == found


async def test_the_bin_is_listed_for_authors_and_editors(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    as_stranger: dict[str, str],
) -> None:
    bert = await make.user()
    await make.article(author, title="gone", with_authors=[bert], deleted_at=EARLY_2026)
    await make.article(author, title="there")
    for headers, found in (
        (as_author, ["gone"]),
        (as_editor, ["gone"]),
        (as_stranger, []),
        ({}, []),
    ):
        items = (await client.get(f"{ARTICLES}?status=deleted", headers=headers)).json()
        assert [item["title"] for item in items] == found


# When its time has come


async def test_a_scheduled_article_appears_everywhere_at_once(
    client: httpx.AsyncClient, make: Factory, author: User, series: Series, clock: MovableClock
) -> None:
    here = await make.article(author, slug="here", tags=["x"], translation_group=7)
    values: dict[str, Any] = {"tags": ["x"], "series_id": series.id, "published_at": clock() + DAY}
    await make.article(author, title="soon", **values)
    await make.article(author, title="bald", locale="de", translation_group=7, **values)
    lists = [
        "", "tag=x", "author=anna", "series=journey", "locale=en", "q=soon", "status=all",
        "sort=title", "sort=-updated_at",
    ]  # fmt: skip

    async def seen() -> list[bool]:
        found = ["soon" in (await client.get(f"{ARTICLES}?{query}")).text for query in lists]
        page = (await client.get(f"{ARTICLES}/{here.id}?include=next,related")).json()
        tags = (await client.get("/api/v1/tags")).json()
        return [
            *found,
            page["next"] is not None,
            page["related"] != [],
            page["translations"] != [],
            tags[0]["article_count"] == 3,
            (await client.get("/api/v1/series/journey")).status_code == 200,
        ]

    assert set(await seen()) == {False}
    clock.move(DAY)
    assert set(await seen()) == {True}


# What it costs


QUERIES = [
    "/articles",
    "/articles?include=author,content,mine,series,tags&total=true",
    "/articles?favorited_by=anna&skip=1",
    "/articles?fields=title",
    "/articles?tag=x&author=anna&series=journey&locale=en",
    "/articles?status=all",
    "/users/anna/articles?include=author,tags",
    "/articles/it",
    "/articles/it?include=previous,next,related,mine",
    "/articles/it?draft=true",
]


@pytest.mark.parametrize("role", [None, Role.EDITOR])
@pytest.mark.parametrize("query", QUERIES)
async def test_the_number_of_statements_does_not_grow_with_the_articles(
    client: httpx.AsyncClient, make: Factory, author: User, series: Series, engine: AsyncEngine,
    sign_in: SignIn, role: Role | None, query: str,
) -> None:  # fmt: skip
    headers = sign_in(await make.user(role)) if role else {}
    others = [await make.user() for _ in range(3)]
    values: dict[str, Any] = {"series_id": series.id, "translation_group": 7}

    async def needed() -> int:
        with statements(engine) as executed:
            answer = await client.get(f"/api/v1{query}", headers=headers)
        assert answer.status_code == (401 if "draft" in query and not role else 200)
        return len(executed)

    await make.article(author, slug="it", tags=["x"], series_position=1, **values)
    await make.article(author, tags=["x"], series_position=2, series_id=series.id)
    few = await needed()
    for number in range(20):
        locale = "en" if number else "de"
        await make.article(
            author, tags=["x", f"y{number}"], with_authors=others, series_position=number,
            locale=locale, **(values if locale == "de" else {"series_id": series.id}),
        )  # fmt: skip
    assert await needed() == few
    assert few <= 14
