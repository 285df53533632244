"""The queries for rate limits: each is one statement, so that nobody slips in between."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ARRAY,
    DateTime,
    Interval,
    Text,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import LoginSession, RateLimit, User

MOST_PLACES = 100

_QUIETLY = {"synchronize_session": False}

# As text, because SQLAlchemy would compile an insert of several rows anew for each attempt.
_SPEND = text(
    """
    WITH charged AS (
        SELECT * FROM unnest(:keys, :intervals, :latest) AS charged (key, interval, latest)
    )
    INSERT INTO rate_limits AS kept (key, full_at, failures)
    SELECT key, :at + interval, 0 FROM charged ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET full_at = greatest(kept.full_at, :at) + (excluded.full_at - :at)
    WHERE greatest(kept.full_at, :at) <=
        (SELECT latest FROM charged WHERE charged.key = excluded.key)
    RETURNING key, full_at
    """
).bindparams(
    bindparam("keys", type_=ARRAY(Text())),
    bindparam("intervals", type_=ARRAY(Interval())),
    bindparam("latest", type_=ARRAY(DateTime(timezone=True))),
    bindparam("at", type_=DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class Named:
    """The account that a login names, if any, and the addresses of where it is signed in."""

    account_id: int | None = None
    addresses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """One use of what a key is allowed: how far it moves, and how far ahead it may have been."""

    key: str
    interval: timedelta
    latest: datetime


class LimitRepository:
    """Counts uses and failures. Rows are locked in the order of their keys."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session whose transaction the counting is part of."""
        self._session = session

    async def spend(self, uses: Sequence[Use], at: datetime) -> Mapping[str, datetime]:
        """Move each key on that has room; return when those will be whole again.

        A key that is missing in the answer has no room, and nothing was written for it.
        """
        values = {
            "keys": [use.key for use in uses],
            "intervals": [use.interval for use in uses],
            "latest": [use.latest for use in uses],
            "at": at,
        }
        rows = await self._session.execute(_SPEND, values)
        return {row.key: row.full_at for row in rows}

    async def give_back(self, intervals: Iterable[tuple[str, timedelta]]) -> None:
        """Move keys back by their intervals, for uses that shall not count."""
        for key, interval in sorted(intervals):
            statement = update(RateLimit).where(RateLimit.key == key)
            earlier = statement.values(full_at=RateLimit.full_at - interval)
            await self._session.execute(earlier, execution_options=_QUIETLY)

    async def full_at(self, key: str) -> datetime | None:
        """Return when the allowance of a key will be whole again; None is now."""
        query = select(RateLimit.full_at).where(RateLimit.key == key)
        found: datetime | None = await self._session.scalar(query)
        return found

    async def count_failure(
        self, key: str, *, free: int, forgotten: datetime, at: datetime
    ) -> int | None:
        """Count one more failure; return how many there are, or None while the key has to wait.

        Those of a key that has been left alone since `forgotten` do not count any more.
        """
        new = insert(RateLimit).values(key=key, full_at=at, failures=1)
        is_old = RateLimit.full_at < forgotten
        statement = new.on_conflict_do_update(
            index_elements=[RateLimit.key],
            set_={
                "full_at": func.greatest(RateLimit.full_at, at),
                "failures": case((is_old, 1), else_=RateLimit.failures + 1),
            },
            where=or_(RateLimit.failures < free, RateLimit.full_at <= at),
        ).returning(RateLimit.failures)
        failures: int | None = await self._session.scalar(statement, execution_options=_QUIETLY)
        return failures

    async def delay(self, key: str, by: timedelta, at: datetime) -> None:
        """Make a key wait."""
        statement = update(RateLimit).where(RateLimit.key == key).values(full_at=at + by)
        await self._session.execute(statement, execution_options=_QUIETLY)

    async def take_failure_back(self, key: str, at: datetime) -> None:
        """Let the last failure of a key not have been one; it need not wait any more."""
        statement = update(RateLimit).where(RateLimit.key == key, RateLimit.failures > 0)
        less = statement.values(
            failures=RateLimit.failures - 1, full_at=func.least(RateLimit.full_at, at)
        )
        await self._session.execute(less, execution_options=_QUIETLY)

    async def forget(self, key: str) -> None:
        """Let there have been no failures."""
        statement = delete(RateLimit).where(RateLimit.key == key)
        await self._session.execute(statement, execution_options=_QUIETLY)

    async def named(self, login: str) -> Named:
        """Return whom a username or e-mail names, by one query whether or not there is anybody."""
        newest = (
            select(LoginSession.address)
            .where(LoginSession.user_id == User.id)
            .order_by(LoginSession.last_seen_at.desc())
            .limit(MOST_PLACES)
            .correlate(User)
        )
        lowered = func.lower(login)
        same = or_(func.lower(User.username) == lowered, func.lower(User.email) == lowered)
        query = select(User.id, func.array(newest.scalar_subquery())).where(same)
        found = (await self._session.execute(query)).first()
        return Named(found[0], found[1]) if found else Named()
