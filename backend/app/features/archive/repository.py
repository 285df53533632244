"""The queries for the archive."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Article, PublicCount, Status

_NUMBERS = ARRAY(BigInteger)
_TIMES = ARRAY(DateTime(timezone=True))


class ArchiveRepository:
    """Tells how many articles are public."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session

    async def months(self, at: datetime) -> Sequence[int]:
        """Return the months of UTC in which a public article was published."""
        return (await self._session.scalars(select(PublicCount.by_month(at).c.month))).all()

    async def counts(
        self, months: Sequence[int], spans: Sequence[tuple[datetime, datetime]], at: datetime
    ) -> Sequence[tuple[int, int]]:
        """Return how many public articles each month of UTC has, and how many the span beside it.

        What a month has is kept; a span is a range of the index of public articles, hours long.
        Both are of one moment.
        """
        span = (
            func.unnest(
                literal(list(months), _NUMBERS),
                literal([since for since, _ in spans], _TIMES),
                literal([until for _, until in spans], _TIMES),
            )
            .table_valued("month", "since", "until", with_ordinality="place")
            .render_derived()
        )
        within = (Article.published_at >= span.c.since) & (Article.published_at < span.c.until)
        between = (
            select(func.count())
            .where(Article.has_status(Status.PUBLISHED, at), within)
            .correlate(span)
            .scalar_subquery()
        )
        kept = PublicCount.by_month(at)
        query = (
            select(func.coalesce(kept.c.amount, 0), between)
            .select_from(span.outerjoin(kept, kept.c.month == span.c.month))
            .order_by(span.c.place)
        )
        return (await self._session.execute(query)).all()
