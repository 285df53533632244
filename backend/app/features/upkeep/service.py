"""Upkeep: rendering again, deleting for good, and seeing whether all is well."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.markup import ContentFormat, Renderer
from app.core.migrations import current_revision, known_revisions
from app.features.drafts.service import DraftService
from app.features.upkeep.repository import UpkeepRepository
from app.features.upkeep.schemas import Finding, Level, Waste
from app.jobs.administration import JobAdministration

# What is done is known for longer than any job could be done again.
JOBS_KEPT = timedelta(days=7)
# Nobody has wanted to try it again by then.
GIVEN_UP_KEPT = timedelta(days=90)

# How long a kind is kept after it has expired.
KEPT = {
    Waste.ANSWERS: timedelta(0),
    Waste.SIGN_INS: timedelta(0),
    Waste.PROOFS: timedelta(0),
    Waste.CHALLENGES: timedelta(0),
    Waste.VISITS: timedelta(0),
    Waste.INVITATIONS: timedelta(days=30),
    Waste.LIMITS: timedelta(days=1),
    Waste.FINISHED_JOBS: JOBS_KEPT,
    Waste.READ_NOTIFICATIONS: timedelta(days=90),
    Waste.OLD_NOTIFICATIONS: timedelta(days=365),
}


class UpkeepService:
    """What an operator has done, over one session.

    What may be much work is done in parts, each short enough for one transaction: call again until
    there is nothing left. What was committed before an interruption need not be done again.
    """

    def __init__(self, session: AsyncSession, settings: Settings, renderer: Renderer) -> None:
        """Take the session of the job, and the process's settings and renderer."""
        self._session = session
        self._bin_time = timedelta(days=settings.bin_days)
        self._kept = KEPT | {Waste.AUDIT: timedelta(days=settings.audit_days)}
        self._renderer = renderer
        self._jobs = JobAdministration(session)
        self._upkeep = UpkeepRepository(session)
        self._drafts = DraftService(session)
        self._last_marked = self._last_rendered = 0

    async def count_outdated(self) -> int:
        """Return how many articles have a page that an older renderer made."""
        return await self._upkeep.count_outdated()

    async def mark_outdated(self) -> bool:
        """Have some of all pages count as an older renderer's; say whether there were any left."""
        self._last_marked = await self._upkeep.mark_outdated(self._last_marked)
        return self._last_marked > 0

    async def rerender(self) -> int:
        """Make some outdated pages again; return how many, 0 when there are no more.

        Neither their versions nor their dates change. What somebody is changing at the moment is
        come back to, and is left as it is if they still are.
        """
        articles = await self._upkeep.lock_outdated(self._last_rendered)
        if not articles and self._last_rendered:
            articles = await self._upkeep.lock_outdated(0)
        for article in articles:
            source = article.content, ContentFormat(article.content_format)
            article.wear(await self._renderer.render_async(*source))
        await self._upkeep.save()
        self._last_rendered = articles[-1].id if articles else 0
        return len(articles)

    async def fold_counts(self) -> None:
        """Add up what has been counted since the last time, so that numbers stay quick to tell."""
        await self._upkeep.fold_public_counts()

    async def waste(self, *, at: datetime) -> Counter[Waste]:
        """Return how much there is that `purge` would delete."""
        waste = {
            Waste.ARTICLES: await self._upkeep.count_deleted(at - self._bin_time),
            Waste.PREVIEWS: await self._upkeep.count_previews(at),
            Waste.GIVEN_UP_JOBS: await self._jobs.count_given_up(at - GIVEN_UP_KEPT),
            Waste.JOB_NOTES: await self._jobs.count_notes(at - JOBS_KEPT),
        }
        for kind, kept in self._kept.items():
            waste[kind] = await self._upkeep.count_expired(kind, at - kept)
        return Counter(waste)

    async def purge(self, *, at: datetime) -> Counter[Waste]:
        """Delete for good some of what has lain in the bin long enough, and of what has expired.

        Return how much of each, nothing when there is no more.
        """
        gone = {
            Waste.ARTICLES: await self._upkeep.forget_deleted(at - self._bin_time),
            Waste.PREVIEWS: await self._drafts.forget_expired(at=at),
            Waste.GIVEN_UP_JOBS: await self._jobs.forget_given_up(at - GIVEN_UP_KEPT),
            Waste.JOB_NOTES: await self._jobs.forget_notes(at - JOBS_KEPT),
        }
        for kind, kept in self._kept.items():
            gone[kind] = await self._upkeep.forget_expired(kind, at - kept)
        return Counter(gone)

    async def findings(self) -> AsyncIterator[Finding]:
        """Yield how the database is, its migrations, and the rights of its role."""
        version = await self._upkeep.server_version()
        yield Finding(Level.GOOD, f"database: PostgreSQL {version}")
        current, head = await current_revision(self._session), known_revisions()[0]
        level, hint = Level.GOOD, ""
        if current != head:
            level, hint = Level.WRONG, "; run `alembic upgrade head`"
        yield Finding(level, f"migrations: at {current or 'none'}, the newest is {head}{hint}")
        if await self._upkeep.may_change_tables():
            advice = "run the service as a role that may not"
            yield Finding(Level.WARNING, f"role: may change tables; {advice}")
        else:
            yield Finding(Level.GOOD, "role: may not change tables")
