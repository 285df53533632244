"""What the router of notifications asks for."""

from typing import Annotated

from fastapi import Depends, Query

from app.features.notifications.schemas import Kind, NotificationFilter
from app.features.notifications.service import NotificationService
from app.web.session import DbSession


async def _notification_service(session: DbSession) -> NotificationService:
    return NotificationService(session)


async def _filter(
    unread: Annotated[bool, Query(description="Only what is not read yet.")] = False,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
) -> NotificationFilter:
    return NotificationFilter(unread, kind)


Notifications = Annotated[NotificationService, Depends(_notification_service)]
WantedNotifications = Annotated[NotificationFilter, Depends(_filter)]
