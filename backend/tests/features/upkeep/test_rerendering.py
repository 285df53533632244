"""Making pages again after the renderer has changed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.db import Sessions
from app.core.markup import RENDERER_VERSION, Renderer
from app.features.upkeep import repository
from app.features.upkeep.service import UpkeepService
from app.models import Article, User
from tests.factories import Factory

OUTDATED: dict[str, Any] = {
    "content": "We set out at *five*.",
    "content_html": "old",
    "renderer_version": 0,
}
PAGE = "<p>We set out at <em>five</em>.</p>\n"


@pytest.fixture
async def author(make: Factory) -> User:
    return await make.user()


async def page_of(session: AsyncSession, article: Article) -> str | None:
    return await session.scalar(select(Article.content_html).where(Article.id == article.id))


async def all_of(upkeep: UpkeepService) -> int:
    total = 0
    while count := await upkeep.rerender():
        total += count
    return total


async def test_an_outdated_page_is_made_again(
    upkeep: UpkeepService, session: AsyncSession, make: Factory, author: User
) -> None:
    article = await make.article(author, **OUTDATED)
    assert await upkeep.count_outdated() == 1
    assert await all_of(upkeep) == 1
    assert await upkeep.count_outdated() == 0
    columns = (Article.content_html, Article.made_excerpt, Article.word_count, Article.plain_text)
    row = (await session.execute(select(*columns).where(Article.id == article.id))).one()
    assert tuple(row) == (PAGE, "We set out at five.", 5, "We set out at five.")


async def test_html_is_made_again_as_such(
    upkeep: UpkeepService, session: AsyncSession, make: Factory, author: User
) -> None:
    html = {**OUTDATED, "content": "<p>Five *o'clock*</p>", "content_format": "html"}
    article = await make.article(author, **html)
    await all_of(upkeep)
    assert "*o" in (await page_of(session, article) or "")


async def test_neither_version_nor_date_changes(
    upkeep: UpkeepService, session: AsyncSession, make: Factory, author: User
) -> None:
    article = await make.article(author, **OUTDATED)
    await all_of(upkeep)
    seen = await session.get_one(Article, article.id, populate_existing=True)
    assert (seen.version, seen.updated_at) == (article.version, article.updated_at)


async def test_a_page_of_the_present_renderer_is_left_alone(
    upkeep: UpkeepService, session: AsyncSession, make: Factory, author: User
) -> None:
    article = await make.article(author, **{**OUTDATED, "renderer_version": RENDERER_VERSION})
    assert await all_of(upkeep) == 0
    assert await page_of(session, article) == "old"


async def test_all_of_them_are_made_again_when_asked(
    upkeep: UpkeepService,
    session: AsyncSession,
    make: Factory,
    author: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repository, "MARKED_AT_ONCE", 2)
    present = {**OUTDATED, "renderer_version": RENDERER_VERSION}
    articles = [await make.article(author, **present) for _ in range(5)]
    while await upkeep.mark_outdated():
        pass
    assert await upkeep.count_outdated() == 5
    assert await all_of(upkeep) == 5
    assert {await page_of(session, article) for article in articles} == {PAGE}


async def test_drafts_and_the_bin_have_pages_too(
    upkeep: UpkeepService, make: Factory, author: User
) -> None:
    draft = await make.draft(author, **OUTDATED)
    await make.article(author, **OUTDATED, deleted_at=draft.created_at + timedelta(hours=1))
    assert await all_of(upkeep) == 2


async def test_it_is_found_by_the_words_of_its_new_page(
    upkeep: UpkeepService, session: AsyncSession, make: Factory, author: User
) -> None:
    await make.article(author, **{**OUTDATED, "content": "Over the *weir*."})
    await all_of(upkeep)
    found = select(func.count()).select_from(Article).where(Article.has_words("weir", "en"))
    assert await session.scalar(found) == 1


class TestWithRealTransactions:
    """What is committed, and what others hold."""

    @pytest.fixture
    def sessions(self, committing_sessions: Sessions) -> Sessions:
        return committing_sessions

    async def test_an_interrupted_run_goes_on(
        self,
        sessions: Sessions,
        settings: Settings,
        renderer: Renderer,
        make: Factory,
        author: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(repository, "RENDERED_AT_ONCE", 2)
        for _ in range(5):
            await make.article(author, **OUTDATED)
        async with sessions() as session:
            upkeep = UpkeepService(session, settings, renderer)
            assert await upkeep.rerender() == 2
            await session.commit()
            assert await upkeep.rerender() == 2
        async with sessions() as session:
            upkeep = UpkeepService(session, settings, renderer)
            assert await upkeep.count_outdated() == 3
            assert await all_of(upkeep) == 3

    async def test_what_somebody_is_changing_is_come_back_to(
        self,
        sessions: Sessions,
        settings: Settings,
        renderer: Renderer,
        make: Factory,
        author: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(repository, "RENDERED_AT_ONCE", 1)
        first, _ = [await make.article(author, **OUTDATED) for _ in range(2)]
        async with sessions() as busy, sessions() as session:
            upkeep = UpkeepService(session, settings, renderer)
            await busy.get(Article, first.id, with_for_update=True)
            assert await upkeep.rerender() == 1
            await session.commit()
            await busy.rollback()
            assert await upkeep.rerender() == 1
            assert await upkeep.rerender() == 0

    async def test_what_is_being_changed_to_the_end_is_left(
        self,
        sessions: Sessions,
        settings: Settings,
        renderer: Renderer,
        make: Factory,
        author: User,
    ) -> None:
        article = await make.article(author, **OUTDATED)
        async with sessions() as busy, sessions() as session:
            upkeep = UpkeepService(session, settings, renderer)
            await busy.get(Article, article.id, with_for_update=True)
            assert await all_of(upkeep) == 0
            assert await upkeep.count_outdated() == 1
