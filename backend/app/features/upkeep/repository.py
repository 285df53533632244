"""The queries of upkeep: pages to render again, what to delete for good, how the database is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from app.core.markup import RENDERER_VERSION
from app.models import Article, Preview, StoredAnswer

# Rendering takes milliseconds for each, during which nobody else can change them.
RENDERED_AT_ONCE = 50
MARKED_AT_ONCE = 5_000
DELETED_AT_ONCE = 500

_IS_OUTDATED = Article.renderer_version < RENDERER_VERSION
_UNSYNCHRONIZED = {"synchronize_session": False}


class UpkeepRepository:
    """Looks after rows of every kind."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the job."""
        self._session = session

    async def count_outdated(self) -> int:
        """Return how many articles have the page of an older renderer."""
        return await self._session.scalar(select(func.count()).where(_IS_OUTDATED)) or 0

    async def lock_outdated(self, after: int) -> Sequence[Article]:
        """Return some of these in the order of ids, without those that somebody is changing."""
        query = (
            select(Article)
            .where(_IS_OUTDATED, Article.id > after)
            .order_by(Article.id)
            .limit(RENDERED_AT_ONCE)
            .with_for_update(key_share=True, skip_locked=True)
            .options(load_only(Article.content, Article.content_format, raiseload=True))
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(query)).all()

    async def mark_outdated(self, after: int) -> int:
        """Have some pages count as an older renderer's; return the last id, or 0 for no more."""
        ids = select(Article.id).where(Article.id > after).order_by(Article.id)
        batch = ids.limit(MARKED_AT_ONCE).with_for_update(key_share=True).cte()
        marked = (
            update(Article)
            .where(Article.id == batch.c.id)
            .values(renderer_version=0)
            .returning(Article.id)
            .execution_options(**_UNSYNCHRONIZED)
        )
        return max(await self._session.scalars(marked), default=0)

    async def save(self) -> None:
        """Write what has changed."""
        await self._session.flush()

    async def count_deleted(self, before: datetime) -> int:
        """Return how many articles were put into the bin before then."""
        query = select(func.count()).where(Article.deleted_at < before)
        return await self._session.scalar(query) or 0

    async def forget_deleted(self, before: datetime) -> int:
        """Delete some of these for good; return how many."""
        old = (
            select(Article.id)
            .where(Article.deleted_at < before)
            .order_by(Article.deleted_at)
            .limit(DELETED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        gone = delete(Article).where(Article.id.in_(old)).returning(Article.id)
        return len((await self._session.execute(gone, execution_options=_UNSYNCHRONIZED)).all())

    async def count_previews(self, at: datetime) -> int:
        """Return how many preview links have expired."""
        query = select(func.count()).where(Preview.expires_at <= at)
        return await self._session.scalar(query) or 0

    async def count_answers(self, at: datetime) -> int:
        """Return how many stored answers have expired."""
        query = select(func.count()).where(StoredAnswer.expires_at <= at)
        return await self._session.scalar(query) or 0

    async def forget_answers(self, at: datetime) -> int:
        """Delete some of these; return how many."""
        old = (
            select(StoredAnswer.id)
            .where(StoredAnswer.expires_at <= at)
            .order_by(StoredAnswer.expires_at)
            .limit(DELETED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        gone = delete(StoredAnswer).where(StoredAnswer.id.in_(old)).returning(StoredAnswer.id)
        return len((await self._session.execute(gone, execution_options=_UNSYNCHRONIZED)).all())

    async def server_version(self) -> str:
        """Return PostgreSQL's version."""
        return str(await self._session.scalar(text("SHOW server_version")))

    async def may_change_tables(self) -> bool:
        """Say whether the role could make tables."""
        query = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        return bool(await self._session.scalar(query))
