"""The audit log: all of it for administrators, and to everybody what is about them."""

from fastapi import APIRouter

from app.features.activity.dependencies import Audit, WantedEvents
from app.features.activity.schemas import ActivityRead, AuditEventRead
from app.features.auth.dependencies import Auditor, CurrentUser
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route

router = APIRouter(tags=["users"], route_class=Route)


@router.get(
    "/audit",
    summary="Read the audit log",
    operation_id="audit_list",
    responses=describe(401, 403),
)
async def list_events(
    wanted: WantedEvents, _: Auditor, audit: Audit, page: PageParams, links: PageLinks
) -> list[AuditEventRead]:
    """List who did what, to whom and from where, newest first, for administrators."""
    found = await audit.page(wanted, page)
    links.to(found)
    return [AuditEventRead.of(entry) for entry in found.items]


@router.get(
    "/users/me/activity",
    summary="Read what happened to one's own account",
    operation_id="users_activity",
    responses=describe(401, 403),
)
async def list_activity(
    user: CurrentUser, audit: Audit, page: PageParams, links: PageLinks
) -> list[ActivityRead]:
    """List what the account did and what was done to it, newest first."""
    found = await audit.about(user.id, page)
    links.to(found)
    return [ActivityRead.of(event, user.id) for event in found.items]
