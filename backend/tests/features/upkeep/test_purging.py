"""Deleting for good what nobody can ask for any more."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.features.upkeep import repository
from app.features.upkeep.schemas import Level, Waste
from app.features.upkeep.service import UpkeepService
from app.models import Address, Article, Preview, Revision, StoredAnswer
from tests.factories import EARLY_2026, Factory

NOTHING = Counter[Waste]()


def preview(article: Article, name: str, expires_at: datetime) -> Preview:
    return Preview(id=name, article_id=article.id, created_at=EARLY_2026, expires_at=expires_at)


def answer(key: str, expires_at: datetime) -> StoredAnswer:
    return StoredAnswer(key=key, fingerprint="", expires_at=expires_at)


async def count(session: AsyncSession, kind: type) -> int:
    return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_the_bin_is_emptied_of_what_has_lain_there_long_enough(
    upkeep: UpkeepService, session: AsyncSession, settings: Settings, make: Factory
) -> None:
    author = await make.user()
    limit = EARLY_2026 - timedelta(days=settings.bin_days)
    await make.article(author)
    await make.article(author, deleted_at=limit, slug="not-yet")
    await make.article(author, deleted_at=limit - timedelta(seconds=1))
    assert await upkeep.waste(at=EARLY_2026) == Counter({Waste.ARTICLES: 1})
    assert await upkeep.purge(at=EARLY_2026) == Counter({Waste.ARTICLES: 1})
    assert await upkeep.purge(at=EARLY_2026) == NOTHING
    in_bin = select(Article.slug).where(Article.deleted_at.is_not(None))
    assert (await session.scalars(in_bin)).all() == ["not-yet"]
    assert [await count(session, kind) for kind in (Article, Address, Revision)] == [2, 2, 2]


async def test_links_and_answers_go_when_they_have_expired(
    upkeep: UpkeepService, session: AsyncSession, make: Factory
) -> None:
    article = await make.article(await make.user())
    later = EARLY_2026 + timedelta(seconds=1)
    session.add_all([preview(article, "a", EARLY_2026), preview(article, "b", later)])
    session.add_all([answer("a", EARLY_2026), answer("b", later)])
    await session.flush()
    expected = Counter({Waste.PREVIEWS: 1, Waste.ANSWERS: 1})
    assert await upkeep.waste(at=EARLY_2026) == expected
    assert await upkeep.purge(at=EARLY_2026) == expected
    assert await upkeep.waste(at=EARLY_2026) == NOTHING
    assert (await session.scalars(select(Preview.id))).all() == ["b"]
    assert (await session.scalars(select(StoredAnswer.key))).all() == ["b"]


async def test_much_goes_in_parts(
    upkeep: UpkeepService, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "DELETED_AT_ONCE", 2)
    session.add_all([answer(str(number), EARLY_2026) for number in range(3)])
    await session.flush()
    parts = [(await upkeep.purge(at=EARLY_2026)).total() for _ in range(3)]
    assert parts == [2, 1, 0]


async def test_it_says_how_the_database_is(upkeep: UpkeepService) -> None:
    found = [finding async for finding in upkeep.findings()]
    assert [(each.level, each.words.partition(":")[0]) for each in found] == [
        (Level.GOOD, "database"),
        (Level.GOOD, "migrations"),
        (Level.WARNING, "role"),
    ]
