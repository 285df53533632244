"""While some publish, hide, move and delete, and others fold the numbers, no number is wrong."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, distinct, func, literal, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.models import Article, ArticleTag, PublicCount, Status, Tag
from tests.factories import EARLY_2026, Factory

WRITERS = 90
AT_ONCE = 12
FEW_DAYS, A_MONTH = timedelta(days=11), timedelta(days=31)
SOON = EARLY_2026 + FEW_DAYS


async def test_folding_is_in_nobodys_way(sessions: Sessions, make: Factory) -> None:
    author = await make.user()
    articles = [await make.article(author, tags=["a", "b"]) for _ in range(30)]
    for months_ago in range(3):  # These stay as they are.
        await make.article(author, published_at=EARLY_2026 - months_ago * A_MONTH)
    tag = await make.tag("a")
    turns = asyncio.Semaphore(AT_ONCE)

    async def write(number: int) -> None:
        chance = random.Random(number)
        some = sorted(article.id for article in chance.sample(articles, 3))
        async with turns, sessions.begin() as session:
            await _write(session, some, chance)

    async def fold() -> None:
        async with turns, sessions.begin() as session:
            await session.execute(text("SELECT fold_public_counts()"))

    async def look() -> None:
        async with turns, sessions() as session:
            await _assert_right(session, tag)
            await _assert_months_are_right(session)

    errands = [write(number) for number in range(WRITERS)]
    errands += [each for _ in range(WRITERS // 3) for each in (fold(), look())]
    random.Random(1).shuffle(errands)
    await asyncio.gather(*errands)
    await fold()
    async with sessions() as session:
        await _assert_right(session, tag)
        assert await _assert_months_are_right(session) >= 3
        number = tuple_(PublicCount.kind, PublicCount.subject_id, PublicCount.month)
        counts = select(func.count(), func.count(distinct(number)))
        parts, numbers = (await session.execute(counts)).one()
        assert parts == numbers


async def _write(session: AsyncSession, article_ids: Sequence[int], chance: random.Random) -> None:
    """Publish, hide, move or delete some articles."""
    for article_id in article_ids:
        moved = EARLY_2026 - chance.randrange(6) * FEW_DAYS
        values = chance.choice(
            ({"published": ~Article.published}, {"published_at": moved}, {"published_at": SOON})
        )
        change = update(Article).values(values) if chance.randrange(30) else delete(Article)
        await session.execute(change.where(Article.id == article_id))


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


async def _assert_months_are_right(session: AsyncSession) -> int:
    """The numbers of the months are what counting finds, in the same statement: return how many."""
    told = PublicCount.by_month(EARLY_2026)
    month = func.date_trunc("month", func.timezone("UTC", Article.published_at))
    number = func.extract("year", month) * 12 + func.extract("month", month) - 1
    counted = (
        select(number.label("month"), func.count().label("amount"))
        .where(Article.has_status(Status.PUBLISHED, EARLY_2026))
        .group_by(number)
        .subquery()
    )
    both = select(told.c.amount, counted.c.amount).select_from(
        told.join(counted, told.c.month == counted.c.month, full=True)
    )
    rows = [tuple(row) for row in await session.execute(both)]
    assert [row for row in rows if row[0] != row[1]] == []
    return len(rows)
