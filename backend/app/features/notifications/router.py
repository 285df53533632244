"""Notifications: what others have done that concerns oneself."""

from fastapi import APIRouter, Response

from app.features.auth.dependencies import CurrentUser
from app.features.notifications.dependencies import Notifications, WantedNotifications
from app.features.notifications.schemas import (
    NotificationRead,
    NotificationSettingsRead,
    NotificationSettingsUpdate,
    NotificationsSeen,
    NotificationsUnread,
)
from app.models import NotificationSettings
from app.web.conditional import IfMatch, short_digest, strong_etag
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/notifications", tags=["notifications"], route_class=Route)


@router.get(
    "",
    summary="List one's notifications",
    operation_id="notifications_list",
    responses=describe(401, 403),
)
async def list_notifications(
    wanted: WantedNotifications,
    reader: CurrentUser,
    notifications: Notifications,
    page: PageParams,
    links: PageLinks,
    now: Now,
) -> list[NotificationRead]:
    """List what others have done, newest first.

    What is about an article that is not public, or about a comment that is not shown, is left out.
    """
    found = await notifications.page(wanted, page, reader=reader, at=now)
    links.to(found)
    return [NotificationRead.model_validate(each) for each in found.items]


@router.get(
    "/unread-count",
    summary="Count one's unread notifications",
    operation_id="notifications_unread_count",
    responses=describe(401, 403),
)
async def count_unread(
    reader: CurrentUser, notifications: Notifications, now: Now
) -> NotificationsUnread:
    """Answer with how many notifications of the list are not read yet."""
    return await notifications.count_unread(reader, at=now)


@router.post(
    "/read",
    status_code=204,
    summary="Mark notifications as read",
    operation_id="notifications_mark_read",
    responses=describe(401, 403),
)
async def mark_read(
    mark: NotificationsSeen, reader: CurrentUser, notifications: Notifications, now: Now
) -> None:
    """Mark some notifications, or all up to one; what has been read before stays as it is."""
    await notifications.mark_read(mark, reader=reader, at=now)


def _whole(settings: NotificationSettings, response: Response) -> NotificationSettingsRead:
    response.headers["ETag"] = strong_etag(settings.user_id, _version(settings))
    return NotificationSettingsRead.model_validate(settings)


def _version(settings: NotificationSettings) -> str:
    """Return what stands for a version: these few switches are as they are, however often."""
    return short_digest(settings.mailed)


@router.get(
    "/settings",
    summary="Read one's notification settings",
    operation_id="notifications_settings_read",
    responses=describe(401, 403),
)
async def read_settings(
    reader: CurrentUser, response: Response, notifications: Notifications
) -> NotificationSettingsRead:
    """Answer with the kinds that also come by mail; at first none does."""
    return _whole(await notifications.settings(reader), response)


@router.patch(
    "/settings",
    summary="Change one's notification settings",
    operation_id="notifications_settings_update",
    responses=describe(401, 403, 412),
)
async def update_settings(
    changes: NotificationSettingsUpdate,
    reader: CurrentUser,
    response: Response,
    notifications: Notifications,
    if_match: IfMatch,
) -> NotificationSettingsRead:
    """Change which kinds also come by mail: to a confirmed address, once a day."""

    def check(settings: NotificationSettings) -> None:
        if_match.check(settings.user_id, _version(settings))

    return _whole(await notifications.change_settings(changes, user=reader, check=check), response)
