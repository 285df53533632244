"""How many articles are public is known without counting, and right however it has changed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Text,
    cast,
    delete,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Executable

from app.core.policy import Role
from app.models import Article, ArticleAuthor, ArticleTag, PublicCount, Status, Tag, User
from tests.factories import EARLY_2026, Factory

AT, TOMORROW = EARLY_2026, EARLY_2026 + timedelta(days=1)
NEXT_MONTH, LONG_AGO = AT + timedelta(days=31), datetime(1969, 12, 31, 23, 59, tzinfo=UTC)
PUBLIC = Article.has_status(Status.PUBLISHED, AT)


@pytest.fixture
async def session(session: AsyncSession, make: Factory) -> AsyncSession:
    """A session of a database with articles of every kind."""
    anna, bert = await make.user(username="anna"), await make.user(username="bert")
    await make.user(Role.READER, username="carl")
    for number in range(3):
        await make.article(anna, tags=["a", "b"], slug=f"public-{number}")
        await make.article(bert, tags=["b"], with_authors=[anna], slug=f"by-two-{number}")
    await make.draft(anna, tags=["a"], slug="draft")
    await make.article(anna, tags=["a"], published_at=TOMORROW, slug="scheduled")
    await make.article(anna, tags=["a"], deleted_at=EARLY_2026, slug="binned")
    await make.tag("c")
    return session


async def told(session: AsyncSession) -> dict[str, int]:
    """Return what the numbers say; months are named by how many there were since the year 0."""
    tags = select(Tag.name, PublicCount.with_tag(Tag.id.expression, AT))
    people = select(User.username, PublicCount.by_author(User.id.expression, AT))
    in_all = select(literal("in all"), PublicCount.in_all(AT))
    by_month = PublicCount.by_month(AT)
    months = select(cast(by_month.c.month, Text), by_month.c.amount)
    queries = (tags, people, in_all, months)
    rows = [row for query in queries for row in await session.execute(query)]
    return {name: number for name, number in rows if number}


async def counted(session: AsyncSession) -> dict[str, int]:
    """Return what counting says."""
    tags = select(Tag.name, func.count()).join(ArticleTag, ArticleTag.tag_id == Tag.id)
    tags = tags.join(Article, Article.id == ArticleTag.article_id).group_by(Tag.name)
    people = select(User.username, func.count()).join(
        ArticleAuthor, ArticleAuthor.user_id == User.id
    )
    people = people.join(Article, Article.id == ArticleAuthor.article_id).group_by(User.username)
    in_all = select(literal("in all"), func.count()).select_from(Article)
    queries = (query.where(PUBLIC) for query in (tags, people, in_all))
    rows = [row for query in queries for row in await session.execute(query)]
    moments = await session.scalars(select(Article.published_at).where(PUBLIC))
    months = Counter(str(at.year * 12 + at.month - 1) for at in moments if at)
    return {name: number for name, number in [*rows, *months.items()] if number}


def _article(slug: str) -> ColumnElement[bool]:
    return Article.slug == slug


def _id(slug: str) -> Any:  # noqa: ANN401 - whatever a column is compared with
    return select(Article.id).where(_article(slug)).scalar_subquery()


CHANGES: dict[str, Executable] = {
    "nothing": update(Article).values(title=Article.title),
    "a draft is published": update(Article)
    .where(_article("draft"))
    .values(published=True, published_at=AT),
    "a draft is scheduled": update(Article)
    .where(_article("draft"))
    .values(published=True, published_at=TOMORROW),
    "what was scheduled is public": update(Article)
    .where(_article("scheduled"))
    .values(published_at=AT),
    "what is public is put off": update(Article)
    .where(_article("public-1"))
    .values(published_at=TOMORROW),
    "what is public is put off for long": update(Article)
    .where(_article("public-1"))
    .values(published_at=NEXT_MONTH),
    "an article moves within its month": update(Article)
    .where(_article("public-1"))
    .values(published_at=AT - timedelta(days=1)),
    "an article moves to another month": update(Article)
    .where(_article("public-1"))
    .values(published_at=LONG_AGO),
    "all moves to another month": update(Article).values(published_at=LONG_AGO),
    "a draft moves to another month": update(Article)
    .where(_article("draft"))
    .values(published_at=LONG_AGO),
    "an article moves and is hidden": update(Article)
    .where(_article("public-1"))
    .values(published_at=LONG_AGO, published=False),
    "a draft moves and is published": update(Article)
    .where(_article("draft"))
    .values(published_at=LONG_AGO, published=True),
    "an article has no date any more": update(Article)
    .where(_article("public-1"))
    .values(published_at=None, published=False),
    "all is hidden": update(Article).values(published=False),
    "all goes to the bin": update(Article).values(deleted_at=AT),
    "all comes out of the bin": update(Article).values(deleted_at=None),
    "an article is deleted": delete(Article).where(_article("public-1")),
    "a draft is deleted": delete(Article).where(_article("draft")),
    "a tag is taken": delete(ArticleTag).where(ArticleTag.article_id == _id("public-1")),
    "a tag is deleted": delete(Tag).where(Tag.name == "a"),
    "a row has another tag": update(ArticleTag)
    .where(ArticleTag.tag_id == select(Tag.id).where(Tag.name == "a").scalar_subquery())
    .values(tag_id=select(Tag.id).where(Tag.name == "c").scalar_subquery()),
    "a row has another article": update(ArticleTag)
    .where(ArticleTag.article_id == _id("draft"))
    .values(article_id=_id("by-two-1")),
    "an author goes": delete(User).where(User.username == "bert"),
    "a row has another author": update(ArticleAuthor)
    .where(ArticleAuthor.article_id == _id("public-1"))
    .values(user_id=select(User.id).where(User.username == "carl").scalar_subquery()),
}


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize("name", CHANGES)
async def test_the_numbers_are_what_counting_finds(
    session: AsyncSession, name: str, is_folded: bool
) -> None:
    assert await told(session) == await counted(session)
    if is_folded:
        await session.execute(text("SELECT fold_public_counts()"))
    await session.execute(CHANGES[name], execution_options={"synchronize_session": False})
    assert await told(session) == await counted(session)
    await session.execute(text("SELECT fold_public_counts()"))
    assert await told(session) == await counted(session)


async def test_what_is_scheduled_is_counted_from_its_time_on(session: AsyncSession) -> None:
    before, then = (PublicCount.in_all(at) for at in (AT, TOMORROW))
    row = (await session.execute(select(before, then))).one()
    assert tuple(row) == (6, 7)


async def test_folding_leaves_a_row_for_each_number(session: AsyncSession) -> None:
    rows = select(PublicCount.kind, PublicCount.amount)
    assert len((await session.execute(rows)).all()) == 7 + 10 + 10
    await session.execute(text("SELECT fold_public_counts()"))
    folded = {tuple(row) for row in await session.execute(rows)}
    assert folded == {("all", 7), ("tag", 4), ("tag", 6), ("author", 7), ("author", 3)}


async def test_folding_leaves_a_row_for_each_month_that_has_any(session: AsyncSession) -> None:
    moves = {"public-1": LONG_AGO, "by-two-1": LONG_AGO, "by-two-2": NEXT_MONTH}
    for slug, moment in moves.items():
        await session.execute(update(Article).where(_article(slug)).values(published_at=moment))
    await session.execute(delete(Article).where(_article("by-two-2")))
    await session.execute(text("SELECT fold_public_counts()"))
    rows = select(PublicCount.month, PublicCount.amount).where(PublicCount.kind == "all")
    assert {tuple(row) for row in await session.execute(rows)} == {
        (1969 * 12 + 11, 2),
        (2026 * 12, 4),
    }


async def test_a_month_has_what_is_scheduled_from_its_time_on(session: AsyncSession) -> None:
    change = update(Article).where(_article("scheduled"))
    await session.execute(change.values(published_at=NEXT_MONTH))
    by_month = [select(PublicCount.by_month(at)) for at in (AT, NEXT_MONTH)]
    before, then = [{tuple(row) for row in await session.execute(each)} for each in by_month]
    assert before == {(2026 * 12, 6)}
    assert then == {(2026 * 12, 6), (2026 * 12 + 1, 1)}


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(1, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1, 2, 1, tzinfo=UTC),
        LONG_AGO,
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
        datetime(9999, 12, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
async def test_the_month_of_a_moment_is_that_of_utc(
    session: AsyncSession, moment: datetime
) -> None:
    """The first and the last moment of all are infinite to the database."""
    await session.execute(text("SET LOCAL TIME ZONE 'Pacific/Kiritimati'"))
    month = func.calendar_month(literal(moment, DateTime(timezone=True)))
    assert await session.scalar(select(month)) == moment.year * 12 + moment.month - 1
