"""The queries of upkeep: pages to render again, what to delete for good, how the database is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, inspect, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from app.core.markup import RENDERER_VERSION
from app.features.upkeep.schemas import LONGEST_FOLD, Waste
from app.models import (
    Article,
    AuditEvent,
    Challenge,
    FinishedJob,
    Invitation,
    LoginSession,
    Notification,
    Preview,
    Proof,
    ProviderVisit,
    RateLimit,
    StoredAnswer,
)

# Rendering takes milliseconds for each, during which nobody else can change them.
RENDERED_AT_ONCE = 50
MARKED_AT_ONCE = 5_000
DELETED_AT_ONCE = 500

_IS_OUTDATED = Article.renderer_version < RENDERER_VERSION
_EXPIRES = {
    Waste.ANSWERS: StoredAnswer.expires_at,
    Waste.SIGN_INS: LoginSession.expires_at,
    Waste.PROOFS: Proof.expires_at,
    Waste.CHALLENGES: Challenge.expires_at,
    Waste.VISITS: ProviderVisit.expires_at,
    Waste.INVITATIONS: Invitation.expires_at,
    Waste.LIMITS: RateLimit.full_at,
    Waste.FINISHED_JOBS: FinishedJob.finished_at,
    Waste.READ_NOTIFICATIONS: Notification.read_at,
    Waste.OLD_NOTIFICATIONS: Notification.created_at,
    Waste.AUDIT: AuditEvent.at,
}
_UNSYNCHRONIZED = {"synchronize_session": False}


class UpkeepRepository:
    """Looks after rows of every kind."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the job."""
        self._session = session

    async def count_outdated(self) -> int:
        """Return how many articles have the page of an older renderer."""
        return await self._session.scalar(select(func.count()).where(_IS_OUTDATED)) or 0

    async def lock_outdated(self, after: int) -> Sequence[Article]:
        """Return some of these in the order of ids, without those that somebody is changing."""
        query = (
            select(Article)
            .where(_IS_OUTDATED, Article.id > after)
            .order_by(Article.id)
            .limit(RENDERED_AT_ONCE)
            .with_for_update(key_share=True, skip_locked=True)
            .options(load_only(Article.content, Article.content_format, raiseload=True))
            .execution_options(populate_existing=True)
        )
        return (await self._session.scalars(query)).all()

    async def mark_outdated(self, after: int) -> int:
        """Have some pages count as an older renderer's; return the last id, or 0 for no more."""
        ids = select(Article.id).where(Article.id > after).order_by(Article.id)
        batch = ids.limit(MARKED_AT_ONCE).with_for_update(key_share=True).cte()
        marked = (
            update(Article)
            .where(Article.id == batch.c.id)
            .values(renderer_version=0)
            .returning(Article.id)
            .execution_options(**_UNSYNCHRONIZED)
        )
        return max(await self._session.scalars(marked), default=0)

    async def save(self) -> None:
        """Write what has changed."""
        await self._session.flush()

    async def count_deleted(self, before: datetime) -> int:
        """Return how many articles were put into the bin before then."""
        query = select(func.count()).where(Article.deleted_at < before)
        return await self._session.scalar(query) or 0

    async def forget_deleted(self, before: datetime) -> int:
        """Delete some of these for good; return how many."""
        old = (
            select(Article.id)
            .where(Article.deleted_at < before)
            .order_by(Article.deleted_at)
            .limit(DELETED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        gone = delete(Article).where(Article.id.in_(old)).returning(Article.id)
        return len((await self._session.execute(gone, execution_options=_UNSYNCHRONIZED)).all())

    async def count_previews(self, at: datetime) -> int:
        """Return how many preview links have expired."""
        query = select(func.count()).where(Preview.expires_at <= at)
        return await self._session.scalar(query) or 0

    async def count_expired(self, waste: Waste, before: datetime) -> int:
        """Return how many of one kind expired until then."""
        query = select(func.count()).where(_EXPIRES[waste] <= before)
        return await self._session.scalar(query) or 0

    async def forget_expired(self, waste: Waste, before: datetime) -> int:
        """Delete some of these; return how many."""
        expires = _EXPIRES[waste]
        table = expires.class_
        (key,) = inspect(table).primary_key
        # With a sign-in goes every token that ever renewed it.
        at_once = DELETED_AT_ONCE // 10 or 1 if waste is Waste.SIGN_INS else DELETED_AT_ONCE
        old = (
            select(key)
            .where(expires <= before)
            .order_by(expires)
            .limit(at_once)
            .with_for_update(skip_locked=True)
        )
        gone = delete(table).where(key.in_(old)).returning(key)
        return len((await self._session.execute(gone, execution_options=_UNSYNCHRONIZED)).all())

    async def fold_public_counts(self) -> None:
        """Make one part of the many that numbers of public articles consist of.

        It hinders nobody, so in its transaction it may take longer than other statements.
        """
        longest = f"{LONGEST_FOLD.total_seconds():.0f}s"
        await self._session.execute(select(func.set_config("statement_timeout", longest, true())))
        await self._session.execute(select(func.fold_public_counts()))

    async def server_version(self) -> str:
        """Return PostgreSQL's version."""
        return str(await self._session.scalar(text("SHOW server_version")))

    async def may_change_tables(self) -> bool:
        """Say whether the role could make tables."""
        query = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        return bool(await self._session.scalar(query))
