"""The audit log: writing down what happened where it happens, and reading it."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import DATABASE_ERRORS, apart
from app.core.paging import Page, Slice
from app.core.provenance import provenance_of
from app.core.services import Services
from app.features.audit.repository import AuditRepository
from app.features.audit.schemas import AuditFilter, Entry, Event
from app.models import AuditEvent

Detail = str | int | bool | list[str] | None

REFUSALS_EVERY = timedelta(minutes=1)
PATIENCE = 1.0

log = structlog.stdlib.get_logger("galley.audit")


class AuditService:
    """The audit log, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job; it knows where its work comes from."""
        self._session = session
        self._log = AuditRepository(session)

    def record(
        self,
        event: Event,
        *,
        at: datetime,
        subject_id: int | None = None,
        actor_id: int | None = None,
        **details: Detail,
    ) -> None:
        """Add an event about the account `subject_id`, done by whoever is signed in.

        `actor_id` says who it was where nobody is signed in yet. Details are never secrets, and
        never what somebody typed: names of fields, roles, ids.
        """
        self._log.add(self._event(event, at, details, subject_id, actor_id))

    async def refused(self, *, at: datetime, **details: Detail) -> None:
        """Add that whoever is signed in was refused something, once a minute for each thing."""
        event = self._event(Event.ACTION_REFUSED, at, details)
        await self._log.add_unless_repeated(event, REFUSALS_EVERY)

    def _event(
        self,
        event: Event,
        at: datetime,
        details: dict[str, Detail],
        subject_id: int | None = None,
        actor_id: int | None = None,
    ) -> AuditEvent:
        source = provenance_of(self._session)
        return AuditEvent(
            at=at,
            event=event,
            actor_id=actor_id if source.account_id is None else source.account_id,
            subject_id=subject_id,
            address=source.address,
            user_agent=source.user_agent,
            request_id=source.request_id,
            details=details,
        )

    async def page(self, wanted: AuditFilter, page: Page) -> Slice[Entry]:
        """Return what fits the filter, newest first, with the names of the accounts."""
        found = await self._log.page(wanted, page)
        named = {id_ for event in found.items for id_ in (event.actor_id, event.subject_id) if id_}
        names = await self._log.usernames(named)
        entries = [
            Entry(event, names.get(event.actor_id or 0), names.get(event.subject_id or 0))
            for event in found.items
        ]
        return Slice(entries, found.next, found.previous, found.total)

    async def about(self, account_id: int, page: Page) -> Slice[AuditEvent]:
        """Return what an account did and what was done to it, newest first."""
        return await self._log.about(account_id, page)


async def note_refusal(
    services: Services, session: AsyncSession, *, method: str, operation: str, code: str
) -> None:
    """Write down that somebody who is signed in was refused; `session` is their request's.

    That one is over: this is a short transaction of its own. It must not make the refusal worse,
    so it raises nothing and does not wait long: while the database is away, the log of the process
    has it instead.
    """
    try:
        async with asyncio.timeout(PATIENCE), apart(services.sessions, like=session) as own:
            await AuditService(own).refused(
                at=services.clock(), method=method, operation=operation, code=code
            )
    except DATABASE_ERRORS as error:  # a TimeoutError is an OSError, and one of them
        log.warning("refusal not written down", operation=operation, error=type(error).__name__)
