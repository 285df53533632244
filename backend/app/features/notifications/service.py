"""Notifications: telling people what others have done, in a list and by mail."""

from collections.abc import Callable, Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.errors import Unauthenticated
from app.core.paging import Page, Slice
from app.features.mail.service import MailService
from app.features.notifications import rules
from app.features.notifications.repository import NotificationRepository, Span
from app.features.notifications.schemas import (
    DIGEST,
    DIGESTS,
    MOST_COUNTED,
    Digest,
    Digests,
    Kind,
    NotificationFilter,
    NotificationSettingsUpdate,
    NotificationsSeen,
    NotificationsUnread,
)
from app.features.site.service import SiteService
from app.jobs.queue import enqueue
from app.models import Notification, NotificationSettings, User

ASKED_AT_ONCE = 200

Check = Callable[[NotificationSettings], None]


class NotificationService:
    """What people are told, over one session."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._notifications = NotificationRepository(session)

    async def tell(
        self,
        kind: Kind,
        *,
        to: Collection[int],
        actor_id: int,
        article_id: int | None = None,
        comment_id: int | None = None,
        at: datetime,
    ) -> None:
        """Tell accounts what somebody has done, in one statement.

        The actor is left out, and so are inactive accounts. What somebody has been told is not told
        again: who likes, leaves and likes again is mentioned once.
        """
        told = {
            "kind": kind.value,
            "actor_id": actor_id,
            "article_id": article_id,
            "comment_id": comment_id,
            "created_at": at,
        }
        others = set(to) - {actor_id}
        if others:
            await self._notifications.add(others, told)

    async def page(
        self, wanted: NotificationFilter, page: Page, *, reader: User, at: datetime
    ) -> Slice[Notification]:
        """Return what somebody has been told, newest first, in one statement.

        It is only about what they may still see: articles that are public, comments that are shown.
        """
        return await self._notifications.page(reader.id, wanted, page, at)

    async def count_unread(self, reader: User, *, at: datetime) -> NotificationsUnread:
        """Return how many of these are not read yet, as far as that is worth counting."""
        found = await self._notifications.count_unread(reader.id, MOST_COUNTED + 1, at)
        return NotificationsUnread(count=min(found, MOST_COUNTED), is_capped=found > MOST_COUNTED)

    async def mark_read(self, mark: NotificationsSeen, *, reader: User, at: datetime) -> None:
        """Mark notifications as read; those of others, and those already read, stay as they are."""
        given = mark.given()
        await self._notifications.mark_read(reader.id, given.get("ids"), given.get("up_to"), at)

    async def settings(self, user: User) -> NotificationSettings:
        """Return how somebody is told; without having said anything, nothing comes by mail."""
        settings = await self._notifications.settings(user.id)
        return settings or NotificationSettings(user_id=user.id, mailed=[])

    async def change_settings(
        self, changes: NotificationSettingsUpdate, *, user: User, check: Check
    ) -> NotificationSettings:
        """Change what is given; `check` sees the settings locked, and may raise to leave them.

        Raises Unauthenticated where the account has just been deleted.
        """
        settings = await self._notifications.lock_settings(user.id)
        if settings is None:
            raise Unauthenticated
        check(settings)
        if "mailed" in changes.model_fields_set:
            settings.mailed = [kind.value for kind in changes.mailed]
            await self._notifications.save()
        return settings


class DigestService:
    """What is told by mail, over one session: once a day, to who wants it."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of the job, and the process's settings."""
        self._session = session
        self._notifications = NotificationRepository(session)
        self._mail = MailService(session)
        self._site = SiteService(session, settings)

    async def ask(self, wanted: Digests, *, at: datetime) -> None:
        """Ask for the digests of some accounts, one job each, and for the next part of accounts."""
        found = await self._notifications.wait_for_digest(
            _span(at), rules.begin_of(wanted.day), after_id=wanted.after_id, most=ASKED_AT_ONCE
        )
        for account_id in found:
            digest = Digest(account_id=account_id, day=wanted.day)
            await enqueue(self._session, DIGEST, digest, key=_key(account_id, wanted.day))
        if len(found) == ASKED_AT_ONCE:
            await enqueue(self._session, DIGESTS, Digests(day=wanted.day, after_id=found[-1]))

    async def send(self, digest: Digest, *, at: datetime) -> None:
        """Mail what an account has been told and not read, and mark it as mailed.

        Who has had the digest of that day, does not want it any more or cannot get it gets none,
        and nobody gets an empty one.
        """
        midnight = rules.begin_of(digest.day)
        recipient = await self._notifications.lock_recipient(digest.account_id, midnight)
        if recipient is None:
            return
        address, kinds = recipient
        rows = await self._notifications.mark_mailed(digest.account_id, kinds, _span(at))
        if rows:
            told = [rules.Told(row.kind, row.number, row.slug, row.title) for row in rows]
            site = await self._site.read()
            await self._mail.post(rules.letter(digest, told, to=address, site=site))


def _span(at: datetime) -> Span:
    return Span(since=at - rules.LOOKS_BACK, at=at)


def _key(account_id: int, day: date) -> str:
    return f"{account_id} {day}"
