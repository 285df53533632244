"""What is found, by whom, in which language, and in what order."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.features.search import repository
from app.models import User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.search.conftest import SEARCH, Ask, Titles

DAY = timedelta(days=1)


@pytest.mark.parametrize("role", [None, Role.AUTHOR, Role.ADMIN])
async def test_only_what_everybody_can_see_is_found(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    sign_in: SignIn,
    clock: MovableClock,
    role: Role | None,
) -> None:
    await make.article(author, title="A public river")
    await make.draft(author, title="A river in draft")
    await make.article(author, title="A binned river", deleted_at=clock())
    await make.article(author, title="A river tomorrow", published_at=clock() + DAY)
    headers = sign_in(await make.user(role)) if role else {}

    async def found() -> set[str]:
        answer = await client.get(SEARCH, params={"q": "river"}, headers=headers)
        return {hit["title"] for hit in answer.json()}

    assert await found() == {"A public river"}
    clock.move(DAY * 2)
    assert await found() == {"A public river", "A river tomorrow"}


async def test_a_hit_says_what_a_list_of_results_shows(
    make: Factory, author: User, search: Ask
) -> None:
    content = "Early in the morning the river is quiet."
    article = await make.article(
        author, title="Down it", content=content, given_excerpt="Upstream.", tags=["rivers"]
    )
    [hit] = await search("river")
    tag = hit["tags"][0]
    assert hit == {
        "id": article.id,
        "slug": article.slug,
        "title": "Down it",
        "title_html": "Down it",
        "excerpt": "Upstream.",
        "fragments": ["Early in the morning the <mark>river</mark> is quiet"],
        "author": {
            "id": author.id, "username": "anna", "full_name": "Anna Liffey", "avatar": None,
        },
        "tags": [{"id": tag["id"], "slug": "rivers", "name": "rivers", "colour": None}],
        "published_at": hit["published_at"],
    }  # fmt: skip


async def test_title_counts_most_then_tags_then_excerpt_then_text(
    make: Factory, author: User, titles: Titles
) -> None:
    await make.article(author, title="In its text", content="Nothing but the river there.")
    await make.article(author, title="In its excerpt", content="No", given_excerpt="The river.")
    await make.article(author, title="In its tags", content="No", tags=["river"])
    await make.article(author, title="River in its title", content="No")
    await make.article(author, title="Nowhere", content="No")
    expected = ["River in its title", "In its tags", "In its excerpt", "In its text"]
    assert await titles("river") == expected


async def test_among_equals_the_newest_comes_first(
    make: Factory, author: User, titles: Titles
) -> None:
    for age in (2, 3, 1):
        await make.article(
            author, title=f"{age} days old", content="A river.",
            published_at=EARLY_2026 - DAY * age,
        )  # fmt: skip
    assert await titles("river") == ["1 days old", "2 days old", "3 days old"]


@pytest.mark.parametrize(
    ("q", "is_found"),
    [
        ("rivers", True),
        ("RUNNING", True),
        ("run", True),
        ("cafe", True),
        ("café", True),
        ("the river", True),
        ("the", False),
        ('"quiet river"', True),
        ('"river quiet"', False),
        ("quiet lake", False),
        ("lake or river", True),
        ("lake OR river -quiet", False),
        ("river -lake", True),
        ("river -runs", False),
        ('river -"river quiet"', True),
        ('river -"quiet river"', False),
        ("-lake", True),
        ("-river", False),
        ("-river or cafés", True),
        ('"quiet river', True),
        ("riv", False),
        ("river%", True),
        ("r_ver", False),
        ("quiet-river", False),
        ("up-to-date", True),
    ],
)
async def test_words_are_read_as_by_search_engines(
    make: Factory, author: User, titles: Titles, q: str, is_found: bool
) -> None:
    content = "The quiet river runs past two cafés. It is up-to-date."
    await make.article(author, title="It", content=content)
    assert await titles(q) == (["It"] if is_found else [])


@pytest.mark.parametrize(
    "q",
    ["-", "--", '"', '""', '"" or', "or", "OR or", "- -", "%%%%", "_", "&|!", "<->", ":*", "'",
     "\\", "()", "!!!", "\u0301", "\U0001f600", '-"', "' & '", "or -"],
)  # fmt: skip
async def test_operators_alone_find_nothing(
    make: Factory, author: User, client: httpx.AsyncClient, q: str
) -> None:
    await make.article(author, title="A river")
    for path in ("", "/suggest"):
        answer = await client.get(SEARCH + path, params={"q": q})
        assert (answer.status_code, answer.json()) == (200, [])
    answer = await client.get(f"{SEARCH}/facets", params={"q": q})
    assert (answer.status_code, answer.json()["total"]) == (200, 0)


@pytest.mark.parametrize(
    "q",
    ["a or " * 39 + "river", "-a " * 66, '"a b" ' * 33, "a-b-c " * 33, "x" * 200, "or " * 66,
     "' & 'a", "river' | 'a", "or -or", "a.b/c?d=e&f@g.h " * 12, "river " * 33,
     "\u00fc" * 200, "\U0001d4d0 " * 100],
)  # fmt: skip
async def test_the_longest_words_are_answered(
    client: httpx.AsyncClient, make: Factory, author: User, q: str
) -> None:
    await make.article(author, title="A river")
    for path in ("", "/facets", "/suggest"):
        assert (await client.get(SEARCH + path, params={"q": q[:200]})).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["", "q=", f"q={'x' * 201}", "q=%00", "q=a&limit=101", "q=a&year=999", "q=a&year=9999",
     "q=a&tag=", "q=a&locale=x", "q=a&locale=not a locale", "q=a&cursor=x", "q=a&year=x"],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{SEARCH}?{query}")).status_code == 422


async def test_an_article_is_found_by_the_grammar_of_its_language(
    make: Factory, author: User, titles: Titles
) -> None:
    await make.article(author, title="Es", content="Die Häuser am Fluss.", locale="de-AT")
    assert await titles("Haus", locale="de") == ["Es"]
    assert await titles("hauser", locale="de-CH") == ["Es"]
    assert await titles("die", locale="de") == []


async def test_in_any_language_titles_and_tags_are_found_as_they_are_written(
    make: Factory, author: User, titles: Titles
) -> None:
    await make.article(author, title="Häuser", content="x", locale="de", tags=["Städte"])
    assert await titles("häuser städte", locale="en") == ["Häuser"]
    assert await titles("HAUSER") == ["Häuser"]


async def test_a_language_without_a_dictionary_is_taken_by_the_letter(
    make: Factory, author: User, titles: Titles
) -> None:
    await make.article(author, title="Rzeki", content="Piszemy o rzekach i łódkach.", locale="pl")
    for locale in ("pl", "en", "tlh"):
        assert await titles("rzekach lodkach", locale=locale) == ["Rzeki"]
    assert await titles("łódka", locale="pl") == []


async def test_without_a_locale_the_sites_counts(
    make: Factory, author: User, titles: Titles, session: AsyncSession
) -> None:
    await make.article(author, title="Es", content="Eine Zeitung.", locale="de")
    assert await titles("Zeitungen") == []
    await session.execute(
        text(
            "INSERT INTO site (id, edits, created_at, updated_at, version)"
            """ VALUES (1, '{"locale": "de"}', now(), now(), 1)"""
        )
    )
    await session.commit()
    assert await titles("Zeitungen") == ["Es"]


async def test_a_search_is_narrowed(make: Factory, author: User, titles: Titles) -> None:
    bert = await make.user(username="bert")
    await make.article(author, title="one", content="A river.", tags=["Wide Water"])
    await make.article(bert, title="two", content="A river.", with_authors=[author])
    await make.article(bert, title="three", content="A river.", published_at=EARLY_2026 - 400 * DAY)
    year = EARLY_2026.year
    assert await titles("river", tag="wide-water") == await titles("river", tag="wide water")
    assert await titles("river", tag="wide-water") == ["one"]
    assert set(await titles("river", author="anna")) == {"one", "two"}
    assert set(await titles("river", author=str(bert.id))) == {"two", "three"}
    assert set(await titles("river", author="bert", year=year)) == {"two"}
    assert set(await titles("-lake", author="bert", year=year)) == {"two"}
    assert set(await titles('"a river"', author="bert", year=year)) == {"two"}
    assert await titles("river", tag="nothing") == await titles("river", author="nobody") == []


async def test_a_year_begins_where_the_site_is(
    make: Factory, author: User, titles: Titles, session: AsyncSession
) -> None:
    new_year = EARLY_2026.replace(month=1, day=1, hour=0, minute=0)
    await make.article(author, title="It", content="A river.", published_at=new_year - DAY / 24)
    assert await titles("river", year=new_year.year) == []
    await session.execute(
        text(
            "INSERT INTO site (id, edits, created_at, updated_at, version)"
            """ VALUES (1, '{"timezone": "Europe/Helsinki"}', now(), now(), 1)"""
        )
    )
    await session.commit()
    assert await titles("river", year=new_year.year) == ["It"]


async def test_of_what_is_very_common_the_newest_is_found(
    make: Factory, author: User, titles: Titles, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age in range(5):
        await make.article(
            author, title=f"{age}", content="A quiet river.", published_at=EARLY_2026 - DAY * age
        )
    monkeypatch.setattr(repository, "MOST_HITS", 3)
    monkeypatch.setattr(repository, "MOST_READ", 2)
    assert await titles("river") == ["0", "1", "2"]
    assert await titles('"quiet river"') == await titles("-lake") == ["0", "1"]
