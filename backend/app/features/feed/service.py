"""The feed: what is published by those, and under what, somebody follows."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Unauthenticated
from app.core.paging import Listing, Page
from app.features.feed.errors import SeenInTheFuture
from app.features.feed.repository import FeedRepository
from app.features.feed.schemas import MOST_UNREAD, FeedUnread
from app.features.lists.schemas import ArticleFilter
from app.features.lists.service import ListService
from app.models import User

_AFTERWARDS = timedelta(microseconds=1)


class FeedService:
    """The rules of feeds, over one session."""

    def __init__(self, session: AsyncSession, lists: ListService) -> None:
        """Take the session of the request or job, and the service of lists."""
        self._lists = lists
        self._feeds = FeedRepository(session)

    async def page(
        self, page: Page, *, shows: frozenset[str], reader: User, at: datetime
    ) -> Listing:
        """Return the public articles of whom and what the reader follows, the newest first."""
        wanted = ArticleFilter(followed=True, shows=shows)
        return await self._lists.page(wanted, page, reader=reader, at=at)

    async def unread(self, reader: User, *, at: datetime) -> FeedUnread:
        """Count what has been published since the reader has seen the feed, up to a hundred."""
        seen_at = await self._feeds.seen_at(reader.id)
        wanted = ArticleFilter(
            followed=True,
            published_after=seen_at and seen_at + _AFTERWARDS,
            shows=frozenset({"id"}),
        )
        found = await self._lists.page(wanted, Page(MOST_UNREAD), reader=reader, at=at)
        return FeedUnread(count=len(found.items), is_capped=found.next is not None, seen_at=seen_at)

    async def mark(self, seen_at: datetime, reader: User, *, at: datetime) -> datetime:
        """Say that the feed has been seen up to then, and return up to when; never goes back.

        Raises SeenInTheFuture.
        """
        if seen_at > at:
            raise SeenInTheFuture(field="seen_at")
        marked = await self._feeds.mark(reader.id, seen_at)
        if marked is None:
            raise Unauthenticated
        return marked
