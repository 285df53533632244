"""While some publish and hide, and others fold the numbers, no number is ever wrong."""

import asyncio
import random

from sqlalchemy import func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.models import Article, ArticleTag, PublicCount, Status, Tag
from tests.factories import EARLY_2026, Factory

WRITERS = 60
AT_ONCE = 12


async def test_folding_is_in_nobodys_way(sessions: Sessions, make: Factory) -> None:
    author = await make.user()
    articles = [await make.article(author, tags=["a", "b"]) for _ in range(20)]
    tag = await make.tag("a")
    turns = asyncio.Semaphore(AT_ONCE)

    async def write(number: int) -> None:
        chance = random.Random(number)
        some = sorted(article.id for article in chance.sample(articles, 3))
        async with turns, sessions.begin() as session:
            for article_id in some:
                change = update(Article).where(Article.id == article_id)
                await session.execute(change.values(published=~Article.published))

    async def fold() -> None:
        async with turns, sessions.begin() as session:
            await session.execute(text("SELECT fold_public_counts()"))

    async def look() -> None:
        async with turns, sessions() as session:
            await _assert_right(session, tag)

    errands = [write(number) for number in range(WRITERS)]
    errands += [each for _ in range(WRITERS // 3) for each in (fold(), look())]
    random.Random(1).shuffle(errands)
    await asyncio.gather(*errands)
    await fold()
    async with sessions() as session:
        await _assert_right(session, tag)
        assert await session.scalar(select(func.count()).select_from(PublicCount)) == 4


async def _assert_right(session: AsyncSession, tag: Tag) -> None:
    """The numbers are what counting finds, in the same statement."""
    is_public = Article.has_status(Status.PUBLISHED, EARLY_2026)
    in_all = select(func.count()).select_from(Article).where(is_public)
    tagged = select(func.count()).select_from(ArticleTag)
    tagged = tagged.where(ArticleTag.tag_id == tag.id, ArticleTag.public_at <= EARLY_2026)
    numbers = PublicCount.in_all(EARLY_2026), PublicCount.with_tag(literal(tag.id), EARLY_2026)
    both = select(*numbers, in_all.scalar_subquery(), tagged.scalar_subquery())
    all_told, tag_told, all_counted, tag_counted = (await session.execute(both)).one()
    assert (all_told, tag_told) == (all_counted, tag_counted)
