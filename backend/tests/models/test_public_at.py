"""Beside each tag and author of an article stands since when it is public, however that came."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, ArticleAuthor, ArticleTag, User
from tests.factories import EARLY_2026, Factory

YESTERDAY, TOMORROW = EARLY_2026 - timedelta(days=1), EARLY_2026 + timedelta(days=1)


@pytest.fixture
async def author(make: Factory) -> User:
    return await make.user()


async def dates(session: AsyncSession, article: Article) -> set[datetime | None]:
    """Return the dates beside the article's tags and authors."""
    queries = (
        select(table.public_at).where(table.article_id == article.id)
        for table in (ArticleTag, ArticleAuthor)
    )
    return {date for query in queries for date in await session.scalars(query)}


@pytest.mark.parametrize(
    ("published", "published_at", "deleted_at", "public_at"),
    [
        (True, YESTERDAY, None, YESTERDAY),
        (True, TOMORROW, None, TOMORROW),
        (True, YESTERDAY, EARLY_2026, None),
        (False, YESTERDAY, None, None),
        (False, None, None, None),
    ],
)
async def test_it_is_the_date_of_what_is_published_and_kept(
    make: Factory,
    author: User,
    session: AsyncSession,
    published: bool,
    published_at: datetime | None,
    deleted_at: datetime | None,
    public_at: datetime | None,
) -> None:
    state: dict[str, Any] = {
        "published": published,
        "published_at": published_at,
        "deleted_at": deleted_at,
    }
    made_so = await make.article(author, tags=["a", "b"], **state)
    made_public = await make.article(author, tags=["a", "b"])
    made_a_draft = await make.draft(author, tags=["a", "b"])
    await session.execute(update(Article).values(state))
    for article in (made_so, made_public, made_a_draft):
        assert await dates(session, article) == {public_at}


async def test_each_step_of_an_article_is_followed(
    make: Factory, author: User, session: AsyncSession
) -> None:
    article = await make.draft(author, tags=["a"])
    session.add(article)
    steps: list[tuple[dict[str, object], datetime | None]] = [
        ({"published": True, "published_at": TOMORROW}, TOMORROW),
        ({"published_at": YESTERDAY}, YESTERDAY),
        ({"title": "Another", "content": "Another"}, YESTERDAY),
        ({"deleted_at": EARLY_2026}, None),
        ({"published_at": TOMORROW}, None),
        ({"deleted_at": None}, TOMORROW),
        ({"published": False}, None),
    ]
    for changes, public_at in steps:
        for name, value in changes.items():
            setattr(article, name, value)
        await session.flush()
        assert await dates(session, article) == {public_at}


async def test_what_moves_to_another_article_has_its_date(
    make: Factory, author: User, session: AsyncSession
) -> None:
    draft, public = await make.draft(author, tags=["a"]), await make.article(author)
    await session.execute(
        update(ArticleTag).where(ArticleTag.article_id == draft.id).values(article_id=public.id)
    )
    assert await dates(session, public) == {public.published_at}


async def test_the_other_articles_keep_theirs(
    make: Factory, author: User, session: AsyncSession
) -> None:
    hidden, kept = await make.article(author, tags=["a"]), await make.article(author, tags=["a"])
    await session.execute(update(Article).where(Article.id == hidden.id).values(published=False))
    assert await dates(session, hidden) == {None}
    assert await dates(session, kept) == {kept.published_at}
