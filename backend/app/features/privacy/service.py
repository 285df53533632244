"""Privacy: giving somebody all that is kept about them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import release_connection
from app.core.errors import Conflict, Unauthenticated
from app.core.paging import Page
from app.features.activity.schemas import ActivityRead
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.service import AuthService
from app.features.privacy.repository import PrivacyRepository
from app.features.privacy.rules import Parcel
from app.features.privacy.schemas import FORMAT, SECTIONS, ExportedAccount
from app.models import User

EVENTS_AT_ONCE = 500


class PrivacyService:
    """What is kept about one person, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session
        self._accounts = AuthService(session)
        self._audit = AuditService(session)
        self._records = PrivacyRepository(session)

    async def export(self, user: User, *, at: datetime) -> Parcel:
        """Return all that is kept about somebody, as it is at one moment.

        Raises Unauthenticated, or Conflict while the same account is being exported already.
        It is read in batches and complete before the first byte leaves, so that a database that
        fails is an error and not half a document, and no slow reader keeps a transaction open.
        """
        await release_connection(self._session)
        await self._records.see_one_moment()
        if not await self._records.is_first_in_line(user.id):
            raise Conflict
        account = await self._accounts.active(user.id)
        if account is None:
            raise Unauthenticated
        parcel = Parcel()
        parcel.put("format", FORMAT)
        parcel.put("exported_at", at.isoformat())
        parcel.put("account", ExportedAccount.model_validate(account))
        for name in SECTIONS:
            await self._put_section(parcel, name, user.id)
        await self._put_activity(parcel, user.id)
        parcel.close()
        self._audit.record(Event.ACCOUNT_EXPORTED, at=at, subject_id=user.id)
        return parcel

    async def _put_section(self, parcel: Parcel, name: str, account_id: int) -> None:
        shape = SECTIONS[name]
        parcel.start(name)
        async for rows in self._records.batches(name, shape.model_fields, account_id):
            parcel.extend(shape.model_validate(row) for row in rows)
        parcel.end()

    async def _put_activity(self, parcel: Parcel, account_id: int) -> None:
        page: Page | None = Page(EVENTS_AT_ONCE)
        parcel.start("activity")
        while page is not None:
            found = await self._audit.about(account_id, page)
            parcel.extend(ActivityRead.of(event, account_id) for event in found.items)
            page = Page(EVENTS_AT_ONCE, found.next) if found.next else None
        parcel.end()
