"""The site: what the settings say of it, and administrators over them."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from app.features.auth.errors import NotAnAdministrator
from app.features.site import rules
from app.features.site.repository import SiteRepository
from app.features.site.schemas import SiteRead, SiteUpdate
from app.models import Site, User

Check = Callable[[Site], None]


class SiteService:
    """The rules of the site, over one session."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the request or job, and the settings that lie below the edits."""
        self._site = SiteRepository(session)
        self._audit = AuditService(session)
        self._settings = settings

    async def read(self) -> SiteRead:
        """Return the site; before anybody has changed it, it has version 0."""
        site = await self._site.get()
        if site is None:
            return rules.shown({}, 0, self._settings)
        return rules.shown(site.edits, site.version, self._settings)

    async def update(
        self, changes: SiteUpdate, *, editor: User, at: datetime, check: Check
    ) -> SiteRead:
        """Change what is given; `check` sees the site locked, and may raise to leave it so.

        None puts a field back to what the settings say. Raises NotAnAdministrator. A change that
        changes nothing leaves the version as it is.
        """
        if not rules.may_edit(editor):
            raise NotAnAdministrator
        site = await self._site.lock(at)
        check(site)
        edits = rules.edited(site.edits, changes.given(), self._settings)
        if site.change({"edits": edits}, at):
            await self._site.save()
            self._audit.record(Event.SITE_CHANGED, at=at, fields=sorted(changes.given()))
        return rules.shown(site.edits, site.version, self._settings)
