"""One request has everything that the page of an article shows."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

ARTICLES = "/api/v1/articles"
SITE = "http://localhost:8080"
DAY = timedelta(days=1)
TEXT = "# Dawn\n\nWe set out at *five*.\n\n## The boat\n\nIt was small."

Write = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def write(client: httpx.AsyncClient, as_author: dict[str, str]) -> Write:
    """Writes a public article as its author, and returns what its readers get."""

    async def create(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of any field
        new = {"title": "Down the river", "content": TEXT, "published": True, **fields}
        answer = await client.post(ARTICLES, headers=as_author, json=new)
        assert answer.status_code == 201, answer.text
        page = await client.get(answer.headers["Location"])
        shown: dict[str, Any] = page.json()
        return shown

    return create


def titles(articles: list[dict[str, Any]]) -> list[str]:
    return [article["title"] for article in articles]


async def test_it_has_the_text_as_written_and_as_shown(write: Write) -> None:
    page = await write()
    assert (page["content"], page["content_format"]) == (TEXT, "markdown")
    assert page["content_html"].startswith('<h1 id="at-dawn">Dawn</h1>\n<p>We set out at <em>five')
    (dawn,) = page["toc"]
    assert (dawn["id"], dawn["title"], dawn["level"]) == ("at-dawn", "Dawn", 1)
    assert [child["title"] for child in dawn["children"]] == ["The boat"]
    assert page["excerpt"].startswith("We set out at five.")
    assert (page["has_own_excerpt"], page["word_count"], page["reading_minutes"]) == (False, 11, 1)


async def test_it_has_who_wrote_it_and_the_tags_in_their_order(
    client: httpx.AsyncClient, make: Factory, author: User, write: Write
) -> None:
    bert = await make.user(username="bert", full_name=None)
    await make.tag("rivers", colour="#1f6f8b")
    page = await write(authors=["anna", "bert"], tags=["Boats", "rivers", "Afternoon"])
    anna = {"id": author.id, "username": "anna", "full_name": "Anna Liffey", "avatar": None}
    assert page["author"] == anna
    assert page["authors"] == [
        anna,
        {"id": bert.id, "username": "bert", "full_name": None, "avatar": None},
    ]
    assert [(tag["name"], tag["slug"], tag["colour"]) for tag in page["tags"]] == [
        ("Boats", "boats", None), ("rivers", "rivers", "#1f6f8b"), ("Afternoon", "afternoon", None),
    ]  # fmt: skip
    assert "@" not in str(page)


async def test_it_has_its_place_in_its_series(
    client: httpx.AsyncClient, make: Factory, author: User, clock: MovableClock, write: Write
) -> None:
    series = await make.series(author, slug="journey", title="Journey")
    await write(title="first", series="journey", locale="de")
    await write(title="hidden", series="journey", published=False)
    later = (clock() + DAY).isoformat()
    await write(title="scheduled", series="journey", published_at=later)
    second = await write(title="second", series="journey")
    await write(title="third", series="journey")
    second = (await client.get(f"{ARTICLES}/{second['id']}")).json()
    place = second["series"]
    assert (place["id"], place["slug"], place["title"]) == (series.id, "journey", "Journey")
    assert (place["position"], place["previous"]["title"], place["next"]["title"]) == (
        4, "first", "third",
    )  # fmt: skip
    clock.move(DAY)
    again = (await client.get(f"{ARTICLES}/{second['id']}")).json()
    assert again["series"]["previous"]["title"] == "scheduled"


async def test_at_the_ends_of_a_series_nothing_is_beyond(
    make: Factory, author: User, write: Write
) -> None:
    await make.series(author, slug="journey")
    only = await write(series="journey")
    assert (only["series"]["previous"], only["series"]["next"]) == (None, None)
    assert (await write())["series"] is None


# Translations


async def test_it_has_the_translations_that_its_reader_may_see(
    client: httpx.AsyncClient, as_author: dict[str, str], clock: MovableClock, write: Write,
    author: User, sign_in: SignIn,
) -> None:  # fmt: skip
    english = await write(slug="river")
    await write(title="Fluss", locale="de", translation_of="river")
    draft = {"title": "Fleuve", "content": TEXT, "locale": "fr", "translation_of": "river"}
    await client.post(ARTICLES, headers=as_author, json=draft)
    later = (clock() + DAY).isoformat()
    await write(title="Fiume", locale="it", translation_of="river", published_at=later)
    address = f"{ARTICLES}/{english['id']}"
    public = (await client.get(address)).json()["translations"]
    assert [(each["locale"], each["title"]) for each in public] == [("de", "Fluss")]
    own = (await client.get(address, headers=as_author)).json()["translations"]
    assert titles(own) == ["Fluss", "Fleuve", "Fiume"]
    clock.move(DAY)
    assert titles((await client.get(address)).json()["translations"]) == ["Fluss", "Fiume"]


# Its neighbours


@pytest.fixture
async def _row(make: Factory, author: User) -> None:
    """Public articles of each day before today, and some that do not count."""
    for days in (5, 4, 3, 2, 1):
        at = EARLY_2026 - days * DAY
        await make.article(author, title=str(days), slug=f"day-{days}-ago", published_at=at)
    between = EARLY_2026 - 3 * DAY + timedelta(hours=1)
    await make.article(author, title="de", locale="de", published_at=between)
    await make.draft(author, title="draft", published_at=between)
    await make.article(author, title="deleted", published_at=between, deleted_at=EARLY_2026)
    await make.article(author, title="tomorrow", published_at=EARLY_2026 + DAY)


async def neighbours(
    client: httpx.AsyncClient, slug: str, headers: dict[str, str] | None = None
) -> list[str | None]:
    address = f"{ARTICLES}/{slug}?include=previous,next"
    page = (await client.get(address, headers=headers)).json()
    return [page[name] and page[name]["title"] for name in ("previous", "next")]


@pytest.mark.parametrize(
    ("days", "expected"), [(5, [None, "4"]), (3, ["4", "2"]), (1, ["2", None])]
)
@pytest.mark.usefixtures("_row")
async def test_the_neighbours_are_the_next_by_date_in_the_same_language(
    client: httpx.AsyncClient, as_editor: dict[str, str], days: int, expected: list[str | None]
) -> None:
    for headers in ({}, as_editor):
        assert await neighbours(client, f"day-{days}-ago", headers) == expected


@pytest.mark.usefixtures("_row")
async def test_a_neighbour_comes_when_its_time_has_come(
    client: httpx.AsyncClient, clock: MovableClock
) -> None:
    assert await neighbours(client, "day-1-ago") == ["2", None]
    clock.move(DAY)
    assert await neighbours(client, "day-1-ago") == ["2", "tomorrow"]


async def test_those_of_one_moment_stand_in_the_order_of_their_making(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    for name in "abc":
        await make.article(author, title=name, slug=name, published_at=EARLY_2026)
    assert [await neighbours(client, name) for name in "abc"] == [
        [None, "b"], ["a", "c"], ["b", None],
    ]  # fmt: skip


async def test_what_is_not_asked_for_is_not_there(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    for name in "ab":
        await make.article(author, slug=name, tags=["x"])
    page = (await client.get(f"{ARTICLES}/b")).json()
    assert (page["previous"], page["next"], page["related"]) == (None, None, [])


# What is related


@pytest.fixture
async def _related(make: Factory, author: User) -> None:
    """An article with three tags, and others that share some."""
    await make.article(author, slug="it", tags=["x", "y", "z"])
    for title, tags in (("one", ["x"]), ("two", ["y", "x"]), ("three", ["z", "y", "x", "w"])):
        await make.article(author, title=title, tags=tags)
    await make.article(author, title="none", tags=["w"])
    await make.article(author, title="de", tags=["x", "y", "z"], locale="de")
    await make.draft(author, title="draft", tags=["x", "y", "z"])
    await make.article(author, title="gone", tags=["x", "y"], deleted_at=EARLY_2026)
    await make.article(
        author, title="tomorrow", tags=["x", "y", "z"], published_at=EARLY_2026 + DAY
    )


@pytest.mark.usefixtures("_related")
async def test_what_shares_most_tags_is_related_most(
    client: httpx.AsyncClient, as_author: dict[str, str], clock: MovableClock
) -> None:
    address = f"{ARTICLES}/it?include=related"
    for headers in ({}, as_author):
        page = (await client.get(address, headers=headers)).json()
        assert titles(page["related"]) == ["three", "two", "one"]
    clock.move(DAY)
    page = (await client.get(address)).json()
    assert titles(page["related"]) == ["tomorrow", "three", "two", "one"]


async def test_there_are_five_related_ones_at_the_most_the_newest_first(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    await make.article(author, slug="it", tags=["x"])
    for days in range(1, 8):
        at = EARLY_2026 - days * DAY
        await make.article(author, title=str(days), tags=["x"], published_at=at)
    page = (await client.get(f"{ARTICLES}/it?include=related")).json()
    assert titles(page["related"]) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("published", [True, False])
async def test_without_tags_nothing_is_related(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    published: bool,
) -> None:
    await make.article(author)
    await make.article(author, slug="it", published=published)
    page = await client.get(f"{ARTICLES}/it?include=related", headers=as_author)
    assert (page.status_code, page.json()["related"]) == (200, [])


@pytest.mark.parametrize(
    "include",
    ["everything", "next,everything", "Next", "author", "content", "next;previous", "%00"],
)
async def test_what_cannot_be_included_is_refused(
    client: httpx.AsyncClient, make: Factory, author: User, include: str
) -> None:
    await make.article(author, slug="it")
    answer = await client.get(f"{ARTICLES}/it?include={include}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", "include"]


@pytest.mark.parametrize("include", ["", "next", "next,next", "related,previous,next"])
async def test_what_can_be_is_included_in_any_order(
    client: httpx.AsyncClient, make: Factory, author: User, include: str
) -> None:
    await make.article(author, slug="it")
    assert (await client.get(f"{ARTICLES}/it?include={include}")).status_code == 200


# For the head of the page


async def test_the_head_of_the_page_is_final_without_any_meta(write: Write) -> None:
    page = await write(slug="river", tags=["boats"])
    head = {"title": "Down the river", "description": page["excerpt"], "image": None}
    assert page["seo"] == {
        "title": "Down the river",
        "description": page["excerpt"],
        "canonical_url": f"{SITE}/articles/river",
        "robots": "index,follow",
        "open_graph": {
            **head,
            "type": "article",
            "url": f"{SITE}/articles/river",
            "image_alt": None,
            "locale": "en",
            "site_name": "Galley",
            "published_time": "2026-01-15T12:00:00Z",
            "modified_time": "2026-01-15T12:00:00Z",
            "authors": ["Anna Liffey"],
            "tags": ["boats"],
        },
        "twitter": {"card": "summary", **head},
    }


async def test_an_image_and_a_language_are_told_as_others_want_them(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, write: Write
) -> None:
    as_admin = sign_in(await make.user(Role.ADMIN))
    await client.patch("/api/v1/site", headers=as_admin, json={"title": "Notes from the water"})
    page = await write(cover="/images/river.jpg", cover_alt="Dawn", locale="en-GB")
    open_graph = page["seo"]["open_graph"]
    assert open_graph["image"] == f"{SITE}/images/river.jpg"
    assert (open_graph["image_alt"], open_graph["locale"]) == ("Dawn", "en_GB")
    assert open_graph["site_name"] == "Notes from the water"
    twitter = page["seo"]["twitter"]
    assert (twitter["image"], twitter["card"]) == (open_graph["image"], "summary_large_image")


OVERRIDES: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"title": "T"}, {"title": "T", "open_graph.title": "T", "twitter.title": "T"}),
    ({"title": "T", "og_title": "O"},
     {"title": "T", "open_graph.title": "O", "twitter.title": "O"}),
    ({"og_title": "O", "twitter_title": "W"},
     {"title": "Down the river", "open_graph.title": "O", "twitter.title": "W"}),
    ({"description": "D"},
     {"description": "D", "open_graph.description": "D", "twitter.description": "D"}),
    ({"og_description": "O"},
     {"description": "In short", "open_graph.description": "O", "twitter.description": "O"}),
    ({"twitter_description": "W"},
     {"open_graph.description": "In short", "twitter.description": "W"}),
    ({"og_image": "/o.jpg"},
     {"open_graph.image": f"{SITE}/o.jpg", "twitter.image": f"{SITE}/o.jpg"}),
    ({"twitter_image": "https://example.com/w.jpg"},
     {"open_graph.image": f"{SITE}/cover.jpg", "twitter.image": "https://example.com/w.jpg"}),
    ({"twitter_card": "summary"}, {"twitter.card": "summary"}),
    ({"robots": "noindex,nofollow"}, {"robots": "noindex,nofollow"}),
]  # fmt: skip


@pytest.mark.parametrize(("meta", "expected"), OVERRIDES, ids=[str(each[0]) for each in OVERRIDES])
async def test_meta_comes_before_the_articles_own(
    write: Write, meta: dict[str, str], expected: dict[str, str]
) -> None:
    seo = (await write(excerpt="In short", cover="/cover.jpg", meta=meta))["seo"]
    flat = {**seo, **{f"{part}.{name}": value for part in ("open_graph", "twitter")
                      for name, value in seo[part].items()}}  # fmt: skip
    assert {name: flat[name] for name in expected} == expected


async def test_what_appeared_elsewhere_first_points_there(write: Write) -> None:
    page = await write(canonical_url="https://example.com/first")
    assert page["seo"]["canonical_url"] == "https://example.com/first"
    assert page["seo"]["open_graph"]["url"] == "https://example.com/first"
