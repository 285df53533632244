"""The locks of batches."""

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, User


class BulkRepository:
    """Locks what a batch will change."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session

    async def lock_people(self, ids: Collection[int]) -> None:
        """Keep these accounts from vanishing until the commit."""
        query = select(User.id).where(User.id.in_(ids)).order_by(User.id)
        await self._session.execute(query.with_for_update(read=True, key_share=True))

    async def lock_articles(self, ids: Collection[int], slugs: Collection[str]) -> None:
        """Keep others from changing these articles until the commit, the lowest id first.

        With them is locked what has one of the slugs in the bin: it will have to give it away.
        """
        in_the_way = Article.slug.in_(slugs) & Article.deleted_at.is_not(None)
        wanted = select(Article.id).where(or_(Article.id.in_(ids), in_the_way))
        await self._session.execute(wanted.order_by(Article.id).with_for_update(key_share=True))
