"""However many write at once: nobody waits in a circle, and whoever sees data sees its stamp."""

import asyncio
import random

import pytest
from sqlalchemy import (
    ColumnElement,
    Update,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.models import (
    Article,
    ArticleAuthor,
    ArticleTag,
    Change,
    Favorite,
    Tag,
    User,
)
from tests.factories import EARLY_2026, Factory

WRITERS = 100
AT_ONCE = 15
MOST_AT_ONCE = 2**32
EVERYBODY_LIKES_EVERYTHING = text(
    "INSERT INTO favorites SELECT users.id, articles.id, articles.created_at FROM users, articles"
)


@pytest.fixture
async def articles(make: Factory) -> list[Article]:
    """Some public articles with a tag, by one author."""
    author = await make.user()
    return [await make.article(author, tags=["a", "b"]) for _ in range(8)]


async def stamp(session: AsyncSession) -> str | None:
    return await session.scalar(select(Change.stamp(counts=False)))


async def test_what_is_not_committed_moves_nothing(
    sessions: Sessions, articles: list[Article]
) -> None:
    async with sessions() as writer, sessions() as reader:
        before = await stamp(reader)
        await writer.execute(update(Article).values(title="Another", version=2))
        assert await stamp(reader) == before
        assert await stamp(writer) == before
        await writer.rollback()
        assert await stamp(reader) == before
        await writer.execute(update(Article).values(title="Another", version=2))
        await writer.commit()
        assert await stamp(reader) != before


async def test_a_part_that_is_taken_back_leaves_the_rest_counted(
    sessions: Sessions, articles: list[Article]
) -> None:
    async with sessions() as writer:
        before = await stamp(writer)
        await writer.execute(update(Tag).values(name=func.concat(Tag.name, "-b")))
        await writer.execute(text("SAVEPOINT part"))
        await writer.execute(update(Article).values(title="Another", version=2))
        await writer.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        await writer.execute(text("ROLLBACK TO SAVEPOINT part"))
        await writer.commit()
        assert await stamp(writer) != before


async def test_a_transaction_counts_once_however_much_it_changes(
    sessions: Sessions, articles: list[Article]
) -> None:
    async with sessions.begin() as session:
        await session.execute(delete(Change))
    async with sessions.begin() as session:
        for _ in range(9):
            await session.execute(update(Article).values(version=Article.version + 1))
        await session.execute(delete(ArticleTag))
        await session.execute(EVERYBODY_LIKES_EVERYTHING)
    async with sessions() as session:
        part = (await session.scalars(select(Change))).one()
    assert 0 < part.content <= MOST_AT_ONCE
    assert 0 < part.counts <= MOST_AT_ONCE


# What a list shows of all articles, as one text. Hidden ones are in none.
DATA: ColumnElement[str] = literal_column("""concat(
    (
        SELECT string_agg(concat(id, title, version), ',' ORDER BY id) FROM articles
        WHERE published AND deleted_at IS NULL
    ), ';',
    (SELECT count(public_at) FROM article_tags), ';',
    (SELECT string_agg(name, ',' ORDER BY id) FROM tags), ';',
    (SELECT sum(favorites) FROM article_counts)
)""")
SHOWN = select(DATA, Change.stamp(counts=True))


async def test_the_same_stamp_is_never_seen_with_other_data(
    sessions: Sessions, make: Factory, articles: list[Article]
) -> None:
    people = [await make.user() for _ in range(WRITERS)]
    turns = asyncio.Semaphore(AT_ONCE)
    seen: dict[str, str] = {}
    done = asyncio.Event()

    async def write(person: User, number: int) -> None:
        chance = random.Random(number)
        async with turns, sessions() as session:
            article = chance.choice(articles).id
            await _one_change(session, chance.randrange(6), article, person)
            await (session.commit() if chance.random() < 0.9 else session.rollback())

    async def read() -> None:
        while not done.is_set():
            async with sessions() as session:
                shown, stamped = (await session.execute(SHOWN)).one()
            assert seen.setdefault(stamped, shown) == shown

    async with asyncio.TaskGroup() as readers:
        for _ in range(3):
            readers.create_task(read())
        async with asyncio.TaskGroup() as writers:
            for number, person in enumerate(people):
                writers.create_task(write(person, number))
        done.set()
    async with sessions() as session:
        shown, stamped = (await session.execute(SHOWN)).one()
    assert seen.setdefault(stamped, shown) == shown
    assert len(seen) > 1


async def _one_change(session: AsyncSession, kind: int, article: int, person: User) -> None:
    """Make one of several changes, each as the house does: tags first, then articles."""
    this = Article.id == article
    version = Article.version + 1
    if kind == 0:
        renamed = update(Tag).where(Tag.name.like("a%")).values(name=f"a{person.id}")
        await session.execute(renamed)
    elif kind == 1:
        titled = update(Article).where(this).values(title=f"By {person.id}", version=version)
        await session.execute(titled)
    elif kind == 2:
        toggled = update(Article).where(this).values(published=~Article.published, version=version)
        await session.execute(toggled)
    elif kind == 3:
        await session.execute(select(Article.id).where(this).with_for_update())
        await session.execute(delete(ArticleTag).where(ArticleTag.article_id == article))
    else:
        liked = insert(Favorite).values(user_id=person.id, article_id=article)
        await session.execute(liked.values(created_at=EARLY_2026))


async def test_who_tags_while_another_publishes_waits_and_has_the_date(
    sessions: Sessions, make: Factory, articles: list[Article]
) -> None:
    draft = await make.draft(await make.user())
    tag = await make.tag("a")
    async with sessions() as publisher, sessions() as tagger:
        await publisher.execute(_publication(draft))
        tagging = asyncio.create_task(_tag(tagger, draft, tag))
        await _waits(sessions)
        await publisher.commit()
        await tagging
        await tagger.commit()
    assert await wrong(sessions) == []


async def test_who_publishes_while_another_tags_waits_and_dates_it(
    sessions: Sessions, make: Factory, articles: list[Article]
) -> None:
    draft = await make.draft(await make.user())
    tag = await make.tag("a")
    async with sessions() as publisher, sessions() as tagger:
        await _tag(tagger, draft, tag)
        publishing = asyncio.create_task(publisher.execute(_publication(draft)))
        await _waits(sessions)
        await tagger.commit()
        await publishing
        await publisher.commit()
    assert await wrong(sessions) == []


async def test_however_they_mix_the_dates_are_right(
    sessions: Sessions, make: Factory, articles: list[Article]
) -> None:
    tags = [await make.tag(f"t{number}") for number in range(WRITERS)]
    turns = asyncio.Semaphore(AT_ONCE)

    async def write(number: int) -> None:
        chance = random.Random(number)
        article = chance.choice(articles)
        async with turns, sessions.begin() as session:
            if number % 2:
                await _tag(session, article, tags[number])
            else:
                values = {"published": chance.random() < 0.5, "published_at": EARLY_2026}
                change = update(Article).where(Article.id == article.id).values(values)
                await session.execute(change)

    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    assert await wrong(sessions) == []


def _publication(draft: Article) -> Update:
    values = {"published": True, "published_at": EARLY_2026}
    return update(Article).where(Article.id == draft.id).values(values)


async def _tag(session: AsyncSession, article: Article, tag: Tag) -> None:
    """Write a tag without locking the article, which nobody does."""
    values = {"article_id": article.id, "tag_id": tag.id, "position": 9}
    await session.execute(insert(ArticleTag).values(values))


async def _waits(sessions: Sessions) -> None:
    """Wait until somebody waits for a lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(1000):
        async with sessions() as session:
            if await session.scalar(waiting):
                return
        await asyncio.sleep(0.01)
    pytest.fail("nobody waits")


async def wrong(sessions: Sessions) -> list[object]:
    """Return what stands beside a tag or an author and is not its article's date."""
    found: list[object] = []
    async with sessions() as session:
        for table in (ArticleTag, ArticleAuthor):
            public = Article.published & Article.deleted_at.is_(None)
            right = case((public, Article.published_at))
            query = select(table.article_id).join(Article, Article.id == table.article_id)
            found += await session.scalars(query.where(table.public_at.is_distinct_from(right)))
    return found
