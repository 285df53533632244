"""Who can see which article: decided once, in Python and in SQL alike."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, ImportedArticle, Status, User
from tests.factories import EARLY_2026, Factory

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("published", "published_at", "status"),
    [
        (False, None, Status.DRAFT),
        (False, EARLY_2026 - MINUTE, Status.DRAFT),
        (False, EARLY_2026 + MINUTE, Status.DRAFT),
        (True, EARLY_2026 + MINUTE, Status.SCHEDULED),
        (True, EARLY_2026, Status.PUBLISHED),
        (True, EARLY_2026 - MINUTE, Status.PUBLISHED),
    ],
)
async def test_an_article_has_one_status_at_a_moment(
    make: Factory, session: AsyncSession, published: bool, published_at: object, status: Status
) -> None:
    article = await make.article(await make.user(), published=published, published_at=published_at)
    assert article.status(EARLY_2026) is status
    assert article.is_public(EARLY_2026) is (status is Status.PUBLISHED)
    for other in Status:
        condition = Article.has_status(other, EARLY_2026)
        found = await session.scalar(select(Article.id).where(condition))
        assert (found == article.id) is (other is status)


async def test_an_article_is_listed_under_its_publication_or_else_its_making(
    make: Factory, session: AsyncSession
) -> None:
    author = await make.user()
    dated, undated = await make.article(author), await make.draft(author)
    assert dated.dated_at == dated.published_at
    assert undated.dated_at == undated.created_at
    rows = await session.execute(select(Article.id, Article.dated_at))
    assert {row.id: row.dated_at for row in rows} == {
        dated.id: dated.dated_at,
        undated.id: undated.dated_at,
    }


async def test_what_is_published_has_a_date(make: Factory) -> None:
    author = await make.user()
    with pytest.raises(IntegrityError, match="ck_articles_published_is_dated"):
        await make.article(author, published=True, published_at=None)


async def test_two_articles_cannot_have_one_slug(make: Factory) -> None:
    author = await make.user()
    await make.article(author, slug="down-the-river")
    with pytest.raises(IntegrityError, match="uq_articles_slug"):
        await make.article(author, slug="down-the-river")


async def test_with_a_person_go_their_articles_and_what_is_known_of_them(
    make: Factory, session: AsyncSession
) -> None:
    author = await make.user()
    article = await make.article(author)
    session.add(
        ImportedArticle(
            article_id=article.id,
            author_id=author.id,
            source="2026-01-15-river.md",
            digest="0",
            metadata_={"title": "River"},
            imported_at=EARLY_2026,
        )
    )
    await session.flush()
    await session.delete(await session.get_one(User, author.id))
    await session.flush()
    for model in (Article, ImportedArticle):
        assert await session.scalar(select(func.count()).select_from(model)) == 0
