"""The queries for the archive."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, DateTime, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, Status

_TIMES = ARRAY(DateTime(timezone=True))


class ArchiveRepository:
    """Counts public articles."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session

    async def months(self, at: datetime) -> Sequence[datetime]:
        """Return one moment of each month (UTC) in which a public article was published.

        It leaps from month to month through the index, and so never sees the empty ones. Each leap
        goes forward, even from the first date of all, which to the database is minus infinity.
        """
        first = select(func.min(Article.published_at).label("moment")).where(_is_public(at))
        month = first.cte("month", recursive=True)
        start = func.date_trunc("month", func.timezone("UTC", month.c.moment))
        end = func.timezone("UTC", start + func.make_interval(0, 1))
        is_later = (Article.published_at >= end) & (Article.published_at > month.c.moment)
        following = (
            select(func.min(Article.published_at))
            .where(_is_public(at), is_later)
            .correlate(month)
            .scalar_subquery()
        )
        month = month.union_all(select(following).where(month.c.moment.is_not(None)))
        found = await self._session.scalars(
            select(month.c.moment).where(month.c.moment.is_not(None))
        )
        return found.all()

    async def counts(
        self, starts: Sequence[datetime], ends: Sequence[datetime], at: datetime
    ) -> Sequence[int]:
        """Return how many public articles there are from each start to before its end.

        Each span is a range of the index of public articles. To group them all by month would look
        up the rules of the time zone for every article, which takes ten times as long.
        """
        span = (
            func.unnest(literal(list(starts), _TIMES), literal(list(ends), _TIMES))
            .table_valued("start", "end", with_ordinality="place")
            .render_derived()
        )
        within = (Article.published_at >= span.c.start) & (Article.published_at < span.c.end)
        count = (
            select(func.count())
            .select_from(Article)
            .where(_is_public(at), within)
            .correlate(span)
            .scalar_subquery()
        )
        query = select(count).select_from(span).order_by(span.c.place)
        return (await self._session.scalars(query)).all()


def _is_public(at: datetime) -> ColumnElement[bool]:
    return Article.has_status(Status.PUBLISHED, at)
