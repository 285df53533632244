"""The queries of the audit log."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Order, Page, Slice, fetch_slice
from app.features.audit.schemas import AuditFilter
from app.models import AuditEvent, User

_NEWEST: Order[AuditEvent] = Order(
    "newest",
    AuditEvent.at.expression,
    AuditEvent.id.expression,
    lambda event: (event.at, event.id),
)


class AuditRepository:
    """Adds to the log and reads it; nothing in it is ever changed."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    def add(self, event: AuditEvent) -> None:
        """Add an event to the transaction."""
        self._session.add(event)

    async def add_unless_repeated(self, event: AuditEvent, within: timedelta) -> None:
        """Add an event unless the same was done by the same account within this time.

        One statement, which reads no more of the log than that account's last minutes.
        """
        repeated = exists().where(
            AuditEvent.actor_id == event.actor_id,
            AuditEvent.at > event.at - within,
            AuditEvent.event == event.event,
            AuditEvent.details == literal(event.details, AuditEvent.details.type),
        )
        values = _values(event)
        row = select(*(literal(value, _COLUMNS[name].type) for name, value in values.items()))
        await self._session.execute(
            insert(AuditEvent).from_select(list(values), row.where(~repeated))
        )

    async def page(self, wanted: AuditFilter, page: Page) -> Slice[AuditEvent]:
        """Return what fits the filter, newest first."""
        query = select(AuditEvent)
        for column, value in (
            (AuditEvent.event, wanted.event),
            (AuditEvent.actor_id, wanted.actor_id),
            (AuditEvent.subject_id, wanted.subject_id),
            (AuditEvent.address, wanted.address),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.after is not None:
            query = query.where(AuditEvent.at >= wanted.after)
        if wanted.before is not None:
            query = query.where(AuditEvent.at < wanted.before)
        return await fetch_slice(self._session, query, _NEWEST, page)

    async def about(self, account_id: int, page: Page) -> Slice[AuditEvent]:
        """Return what an account did and what was done to it, newest first."""
        either = or_(AuditEvent.actor_id == account_id, AuditEvent.subject_id == account_id)
        return await fetch_slice(self._session, select(AuditEvent).where(either), _NEWEST, page)

    async def usernames(self, ids: Collection[int]) -> Mapping[int, str]:
        """Return what these accounts are called, as far as they are still there."""
        query = select(User.id, User.username).where(User.id.in_(ids))
        return dict((await self._session.execute(query)).all())


_COLUMNS = AuditEvent.__table__.columns


def _values(event: AuditEvent) -> dict[str, Any]:
    return {each.name: getattr(event, each.name) for each in _COLUMNS if each.name != "id"}
