"""The queries for working copies and previews."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Preview, WorkingCopy

MOST_PREVIEWS = 100


class DraftRepository:
    """Reads and writes what waits beside an article."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def copy_of(self, article_id: int) -> WorkingCopy | None:
        """Return the article's working copy as it is now."""
        return await self._session.get(WorkingCopy, article_id, populate_existing=True)

    async def save(self, row: WorkingCopy | Preview) -> None:
        """Write a working copy or a preview."""
        self._session.add(row)
        await self._session.flush()

    async def previews_of(self, article_id: int, at: datetime) -> Sequence[Preview]:
        """Return the article's links that still work, the newest first."""
        query = (
            select(Preview)
            .where(Preview.article_id == article_id, Preview.expires_at > at)
            .order_by(Preview.created_at.desc(), Preview.id)
            .limit(MOST_PREVIEWS)
        )
        return (await self._session.scalars(query)).all()

    async def preview(self, preview_id: str, article_id: int) -> Preview | None:
        """Return one link of the article."""
        query = select(Preview).filter_by(id=preview_id, article_id=article_id)
        return (await self._session.scalars(query)).one_or_none()

    async def forget(self, preview: Preview) -> None:
        """Delete a link."""
        await self._session.delete(preview)
        await self._session.flush()

    async def forget_expired(self, at: datetime) -> int:
        """Delete the links that no longer work; return how many there were."""
        gone = await self._session.execute(
            delete(Preview).where(Preview.expires_at <= at).returning(Preview.id)
        )
        return len(gone.all())
