"""Every change that changes something is remembered, and old ones are forgotten with care."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.services import Services
from app.features.writing.schemas import ArticleCreate, ArticleUpdate
from app.features.writing.service import WritingService
from app.models import Article, Revision, User
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.writing.conftest import ARTICLES, NEW, Change, Write


async def remembered(session: AsyncSession, article_id: int) -> Sequence[Revision]:
    query = select(Revision).where(Revision.article_id == article_id).order_by(Revision.version)
    return (await session.scalars(query)).all()


async def test_the_first_version_is_remembered_whole(
    session: AsyncSession, author: User, write: Write
) -> None:
    article = await write(tags=["boats", "rivers"], note="Begun", meta={"title": "Short"})
    (first,) = await remembered(session, article["id"])
    assert (first.version, first.note, first.published) == (1, "Begun", False)
    assert (first.editor_id, first.made_at) == (author.id, EARLY_2026)
    assert {"title", "content", "tags", "meta"} <= set(first.fields)
    assert "note" not in first.fields
    assert first.state == {
        **NEW,
        "slug": "down-the-river",
        "content_format": "markdown",
        "excerpt": None,
        "tags": ["boats", "rivers"],
        "authors": [author.id],
        "series": None,
        "series_position": None,
        "published": False,
        "published_at": None,
        "featured": False,
        "pinned": False,
        "cover": None,
        "cover_alt": None,
        "canonical_url": None,
        "meta": {"title": "Short"},
        "locale": "en",
        "translation_group": None,
        "comments": None,
    }


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"title": "Up"}, ["title"]),
        ({"content": "Ten characters.", "title": "Up"}, ["title", "content"]),
        ({"tags": ["boats"]}, ["tags"]),
        ({"slug": "up"}, ["slug"]),
        ({"published": True}, ["published", "published_at"]),
        ({"meta": {"robots": "noindex,follow"}}, ["meta"]),
        ({"excerpt": "Short"}, ["excerpt"]),
        ({"locale": "de"}, ["locale"]),
        ({"title": "Up", "cover": None, "tags": []}, ["title"]),
    ],
    ids=str,
)
async def test_a_change_is_one_version_with_the_fields_that_differ(
    session: AsyncSession,
    author: User,
    write: Write,
    change: Change,
    clock: MovableClock,
    given: dict[str, Any],
    fields: list[str],
) -> None:
    article = await write()
    clock.move(timedelta(minutes=1))
    changed = await change(article["id"], **given, note="Why")
    _, second = await remembered(session, article["id"])
    assert (second.version, second.fields) == (changed["version"], fields) == (2, fields)
    assert (second.note, second.editor_id, second.made_at) == ("Why", author.id, clock())
    row = await session.get_one(Article, article["id"], populate_existing=True)
    assert second.state == row.state()
    assert second.published is row.published


@pytest.mark.parametrize(
    "nothing",
    [{}, {"title": "Down the river"}, {"published": False}, {"tags": []}, {"note": "Nothing"},
     {"meta": {}}, {"content_format": "markdown"}, {"authors": ["anna"]}, {"excerpt": None}],
    ids=str,
)  # fmt: skip
async def test_a_change_of_nothing_is_no_version(
    session: AsyncSession, write: Write, change: Change, nothing: dict[str, Any]
) -> None:
    article = await write()
    assert (await change(article["id"], **nothing))["version"] == 1
    assert len(await remembered(session, article["id"])) == 1


async def test_a_refused_change_is_no_version(
    client: httpx.AsyncClient, as_author: dict[str, str], session: AsyncSession, write: Write
) -> None:
    await write(slug="taken")
    article = await write()
    for refused in ({"slug": "taken", "title": "Up"}, {"featured": True, "title": "Up"}):
        address = f"{ARTICLES}/{article['id']}"
        answer = await client.patch(address, headers=as_author, json=refused)
        assert answer.status_code in {400, 403}
    assert len(await remembered(session, article["id"])) == 1


async def test_an_editor_is_named_for_what_an_editor_did(
    client: httpx.AsyncClient,
    as_editor: dict[str, str],
    session: AsyncSession,
    author: User,
    write: Write,
) -> None:
    article = await write()
    address = f"{ARTICLES}/{article['id']}"
    await client.patch(address, headers=as_editor, json={"pinned": True})
    first, second = await remembered(session, article["id"])
    assert first.editor_id == author.id != second.editor_id


# Retention


@pytest.fixture
def writing(session: AsyncSession, settings: Settings, services: Services) -> WritingService:
    """A service that keeps only three versions."""
    few = settings.model_copy(update={"revisions_kept": 3})
    return WritingService(session, few, services.renderer)


async def versions(
    writing: WritingService, session: AsyncSession, author: User, published: str
) -> list[int]:
    """Return which versions stay of so many, each published (`p`) or not (`-`)."""
    new = ArticleCreate(**NEW, published=published[0] == "p")
    article = await writing.create(new, author=author, at=EARLY_2026)
    for number, state in enumerate(published[1:], start=2):
        changes = ArticleUpdate(title=f"Title {number}", published=state == "p")
        await writing.update(str(article.id), changes, editor=author, at=EARLY_2026)
    return [each.version for each in await remembered(session, article.id)]


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        ("---", [1, 2, 3]),
        ("----", [1, 2, 3, 4]),
        ("------", [1, 4, 5, 6]),
        ("-p----p----", [1, 2, 7, 9, 10, 11]),
        ("pppppp", [1, 2, 3, 4, 5, 6]),
        ("--p-----", [1, 3, 6, 7, 8]),
        ("------p", [1, 4, 5, 6, 7]),
    ],
)
async def test_the_first_the_newest_and_the_published_versions_are_kept(
    writing: WritingService, session: AsyncSession, author: User, published: str, kept: list[int]
) -> None:
    assert await versions(writing, session, author, published) == kept


async def test_one_articles_history_is_not_pruned_for_another(
    writing: WritingService, session: AsyncSession, author: User, make: Factory
) -> None:
    other = await make.draft(author, version=2)
    await versions(writing, session, author, "------")
    assert len(await remembered(session, other.id)) == 1


async def test_it_goes_to_the_bin_and_back_by_the_same_rules(
    writing: WritingService, session: AsyncSession, author: User
) -> None:
    article = await writing.create(ArticleCreate(**NEW), author=author, at=EARLY_2026)
    for _ in range(3):
        await writing.delete(str(article.id), editor=author, at=EARLY_2026)
        await writing.undelete(str(article.id), editor=author, at=EARLY_2026)
    kept = await remembered(session, article.id)
    assert [each.version for each in kept] == [1, 5, 6, 7]
    assert {tuple(each.fields) for each in kept[1:]} == {("deleted_at",)}
