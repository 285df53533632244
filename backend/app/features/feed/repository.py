"""The queries for how far feeds have been seen."""

from datetime import datetime

from sqlalchemy import DateTime, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import FeedMark, User


class FeedRepository:
    """Reads and writes marks; the articles are asked of their own service."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def seen_at(self, user_id: int) -> datetime | None:
        """Return up to when somebody has seen their feed, if they ever said."""
        query = select(FeedMark.seen_at).where(FeedMark.user_id == user_id)
        return await self._session.scalar(query)

    async def mark(self, user_id: int, seen_at: datetime) -> datetime | None:
        """Move a mark forward, never back, and return where it is.

        None where the account has just been deleted.
        """
        kept = (
            select(User.id, literal(seen_at, DateTime(timezone=True)))
            .where(User.id == user_id)
            .with_for_update(read=True, key_share=True)
        )
        insertion = insert(FeedMark).from_select(["user_id", "seen_at"], kept)
        later = func.greatest(FeedMark.seen_at, insertion.excluded.seen_at)
        marked = insertion.on_conflict_do_update(
            index_elements=["user_id"], set_={"seen_at": later}
        )
        return await self._session.scalar(
            marked.returning(FeedMark.seen_at), execution_options={"synchronize_session": False}
        )
