"""What the router of the audit log asks for."""

from typing import Annotated

from fastapi import Depends, Query

from app.core.clock import Instant
from app.core.text import MAX_BIGINT, Line
from app.features.audit.schemas import AuditFilter, Event
from app.features.audit.service import AuditService
from app.web.session import DbSession

AccountId = Annotated[int, Query(ge=1, le=MAX_BIGINT)]


async def _audit_service(session: DbSession) -> AuditService:
    return AuditService(session)


async def _filter(
    event: Annotated[Event | None, Query(description="Only what is called so.")] = None,
    actor_id: Annotated[AccountId | None, Query(description="Done by this account.")] = None,
    subject_id: Annotated[AccountId | None, Query(description="Done to this account.")] = None,
    address: Annotated[
        Annotated[str, Line(1, 100)] | None,
        Query(description="Done from this address.", examples=["203.0.113.7"]),
    ] = None,
    after: Annotated[Instant | None, Query(description="At this moment, or later.")] = None,
    before: Annotated[Instant | None, Query(description="Before this moment.")] = None,
) -> AuditFilter:
    return AuditFilter(event, actor_id, subject_id, address, after, before)


Audit = Annotated[AuditService, Depends(_audit_service)]
WantedEvents = Annotated[AuditFilter, Depends(_filter)]
