"""Demo content: believable, repeatable, and at home beside what is there already."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.passwords import PasswordHasher
from app.features.portability.adapters.demo import FakerWriter
from app.features.portability.service import DemoContent
from app.models import Article, Status, User
from tests.factories import EARLY_2026


async def add(session: AsyncSession, passwords: PasswordHasher, people: int, articles: int) -> int:
    content = DemoContent(session, FakerWriter(1))
    authors = await content.add_people(people, passwords=passwords, at=EARLY_2026)
    written: list[int] = []
    await content.add_articles(articles, authors=authors, at=EARLY_2026, progress=written.append)
    return sum(written)


def test_the_same_seed_gives_the_same_content() -> None:
    first, second, other = (
        (list(writer.people(5)), list(writer.articles(20, at=EARLY_2026)))
        for writer in (FakerWriter(1), FakerWriter(1), FakerWriter(2))
    )
    assert first == second != other


def test_articles_look_like_articles() -> None:
    articles = list(FakerWriter(1).articles(400, at=EARLY_2026))
    everything = "\n".join(article.content for article in articles)
    assert all(mark in everything for mark in ("\n## ", "\n- ", "\n> ", "\n1. ", "\n```"))
    published = [one for one in articles if one.published_at and one.published_at <= EARLY_2026]
    scheduled = [one for one in articles if one.published_at and one.published_at > EARLY_2026]
    assert 0.8 < len(published) / len(articles) < 0.9
    assert 0 < len(scheduled) / len(articles) < 0.06
    dates = [one.created_at for one in published]
    assert (max(dates) - min(dates)).days > 1000
    assert len({tag for article in articles for tag in article.tags}) > 10


async def test_running_twice_adds_more(session: AsyncSession, passwords: PasswordHasher) -> None:
    assert await add(session, passwords, people=4, articles=1100) == 1100
    assert await add(session, passwords, people=4, articles=1100) == 1100
    assert await session.scalar(select(func.count()).select_from(User)) == 8
    statuses = {article.status(EARLY_2026) for article in await session.scalars(select(Article))}
    assert statuses == set(Status)


async def test_nobody_can_sign_in_as_a_demo_person(
    session: AsyncSession, passwords: PasswordHasher
) -> None:
    await add(session, passwords, people=1, articles=0)
    user = (await session.scalars(select(User))).one()
    assert not (await passwords.verify(user.username, user.password_hash)).valid
