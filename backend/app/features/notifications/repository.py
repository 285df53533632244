"""The queries of notifications."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.core.paging import Order, Page, Slice, count, fetch_slice
from app.features.notifications.schemas import NotificationFilter
from app.models import Article, Comment, Notification, NotificationSettings, Status, User

S = TypeVar("S", bound=Select[Any])

_NEWEST: Order[Notification] = Order(
    "newest",
    Notification.created_at.expression,
    Notification.id.expression,
    lambda notification: (notification.created_at, notification.id),
)
_UNREAD = Notification.read_at.is_(None)
_UNSYNCHRONIZED = {"synchronize_session": False}

_ACTOR = contains_eager(Notification.actor).load_only(
    User.username, User.full_name, User.avatar, raiseload=True
)
_ARTICLE = contains_eager(Notification.article).load_only(
    Article.slug, Article.title, raiseload=True
)


@dataclass(frozen=True, slots=True)
class Span:
    """What a digest tells: what was told since then, and not yet mailed."""

    since: datetime
    at: datetime

    @property
    def is_in(self) -> ColumnElement[bool]:
        """Return the condition that a notification is one of these."""
        fresh = Notification.created_at > self.since
        return and_(_UNREAD, Notification.mailed_at.is_(None), fresh)


class NotificationRepository:
    """Reads and writes what people are told."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def add(self, to: Collection[int], told: Mapping[str, Any]) -> None:
        """Tell these accounts the same, besides those that know it, are inactive, or go just now.

        Waiting for an account that is being deleted could be waiting in a circle: whoever deletes
        it wants the articles and comments that the caller has locked.
        """
        columns = Notification.__table__.columns
        values = (literal(value, columns[name].type) for name, value in told.items())
        people = (
            select(User.id, *values)
            .where(User.id == func.any(literal(sorted(to), ARRAY(BigInteger))), User.is_active)
            .order_by(User.id)
            .with_for_update(read=True, key_share=True, skip_locked=True)
        )
        new = insert(Notification).from_select(["user_id", *told], people)
        await self._session.execute(new.on_conflict_do_nothing())

    async def page(
        self, reader_id: int, wanted: NotificationFilter, page: Page, at: datetime
    ) -> Slice[Notification]:
        """Return what somebody has been told and may still see, newest first."""
        query = _shown(select(Notification), at).where(Notification.user_id == reader_id)
        if wanted.unread:
            query = query.where(_UNREAD)
        if wanted.kind is not None:
            query = query.where(Notification.kind == wanted.kind)
        whole = query.join(Notification.actor).options(_ACTOR, _ARTICLE)
        return await fetch_slice(self._session, whole, _NEWEST, page)

    async def count_unread(self, reader_id: int, most: int, at: datetime) -> int:
        """Return how many of these are not read, without counting further than to `most`."""
        query = _shown(select(Notification), at).where(Notification.user_id == reader_id, _UNREAD)
        return await count(self._session, query.limit(most))

    async def mark_read(
        self, reader_id: int, ids: Sequence[int] | None, up_to: int | None, at: datetime
    ) -> None:
        """Mark what somebody has been told: some of it, or all up to one."""
        which = Notification.id <= up_to if ids is None else Notification.id.in_(ids)
        unread = select(Notification.id).where(Notification.user_id == reader_id, _UNREAD, which)
        await self._session.execute(
            update(Notification).where(Notification.id.in_(_locked(unread))).values(read_at=at),
            execution_options=_UNSYNCHRONIZED,
        )

    async def settings(self, user_id: int) -> NotificationSettings | None:
        """Return how somebody is told; None where they have never said."""
        return await self._session.get(NotificationSettings, user_id)

    async def lock_settings(self, user_id: int) -> NotificationSettings | None:
        """Return the same as it is now, made if need be, and keep others from changing it.

        None where the account has just been deleted.
        """
        kept = (
            select(User.id, literal([], ARRAY(Text)))
            .where(User.id == user_id)
            .with_for_update(read=True, key_share=True)
        )
        first = insert(NotificationSettings).from_select(["user_id", "mailed"], kept)
        await self._session.execute(first.on_conflict_do_nothing())
        return await self._session.get(
            NotificationSettings, user_id, with_for_update=True, populate_existing=True
        )

    async def save(self) -> None:
        """Write what has changed."""
        await self._session.flush()

    async def wait_for_digest(
        self, span: Span, midnight: datetime, *, after_id: int, most: int
    ) -> Sequence[int]:
        """Return accounts, in the order of ids, that have something in their digest of a day."""
        waiting = select(Notification.id).where(
            Notification.user_id == NotificationSettings.user_id,
            Notification.kind == func.any(NotificationSettings.mailed),
            span.is_in,
        )
        query = (
            select(NotificationSettings.user_id)
            .join(User, User.id == NotificationSettings.user_id)
            .where(_gets_digest(midnight), waiting.exists())
            .where(NotificationSettings.user_id > after_id)
            .order_by(NotificationSettings.user_id)
            .limit(most)
        )
        return (await self._session.scalars(query)).all()

    async def lock_recipient(
        self, account_id: int, midnight: datetime
    ) -> tuple[str, Sequence[str]] | None:
        """Return the address of an account that waits for its digest of a day, and what it wants.

        No other job sends it one meanwhile.
        """
        query = (
            select(User.email, NotificationSettings.mailed)
            .join(NotificationSettings, NotificationSettings.user_id == User.id)
            .where(User.id == account_id, _gets_digest(midnight))
            .with_for_update(of=NotificationSettings)
        )
        found = (await self._session.execute(query)).first()
        return None if found is None else (found.email, found.mailed)

    async def mark_mailed(
        self, account_id: int, kinds: Collection[str], span: Span
    ) -> Sequence[Row[Any]]:
        """Mark what a digest tells; return how many there are of each kind for each article.

        A row has `kind`, `slug`, `title` (None without an article), `number`; the newest first.
        """
        mine = and_(Notification.user_id == account_id, Notification.kind.in_(kinds), span.is_in)
        shown = _shown(select(Notification.id), span.at).where(mine)
        told = (
            update(Notification)
            .where(Notification.id.in_(_locked(shown)))
            .values(mailed_at=span.at)
            .returning(Notification.id, Notification.kind, Notification.article_id)
            .cte("told")
        )
        query = (
            select(told.c.kind, Article.slug, Article.title, func.count().label("number"))
            .select_from(told)
            .outerjoin(Article, Article.id == told.c.article_id)
            .group_by(told.c.kind, Article.id)
            .order_by(func.max(told.c.id).desc())
        )
        noted = (
            update(NotificationSettings)
            .where(NotificationSettings.user_id == account_id)
            .values(digested_at=span.at)
        )
        await self._session.execute(noted, execution_options=_UNSYNCHRONIZED)
        return (await self._session.execute(query)).all()


def _shown(query: S, at: datetime) -> S:
    """Return a query of notifications without what is about something that is not to be seen."""
    is_public = Article.has_status(Status.PUBLISHED, at)
    return (
        query.outerjoin(Article, Article.id == Notification.article_id)
        .outerjoin(Comment, Comment.id == Notification.comment_id)
        .where(or_(Notification.article_id.is_(None), is_public))
        .where(or_(Notification.comment_id.is_(None), Comment.is_public()))
    )


def _locked(ids: S) -> S:
    """Return a query of ids that locks in one order, so that nobody waits in a circle."""
    ordered = ids.order_by(Notification.id)
    return ordered.with_for_update(key_share=True, of=Notification)


def _gets_digest(midnight: datetime) -> ColumnElement[bool]:
    """Return the condition that an account can get digests, and has had none that day."""
    digested_at = NotificationSettings.digested_at
    return and_(
        User.is_active,
        User.email_verified_at.is_not(None),
        or_(digested_at.is_(None), digested_at < midnight),
    )
