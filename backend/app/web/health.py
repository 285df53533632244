"""Health, for nginx and Docker: alive (no I/O), and ready (database reachable and migrated)."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.core.errors import Unavailable
from app.core.migrations import current_revision
from app.web.problems import describe
from app.web.session import Parts

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    """The service is well."""

    status: Literal["healthy"] = "healthy"


@router.get("", summary="Say that the service is up", operation_id="health")
@router.get("/live", summary="Say that the process is up", operation_id="health_live")
async def live() -> Health:
    """Answer without touching anything else."""
    return Health()


@router.get(
    "/ready",
    summary="Say that the service can do its work",
    operation_id="health_ready",
    responses=describe(503),
)
async def ready(parts: Parts) -> Health:
    """Ask the database which migration it has; newer than ours is fine, older is not."""
    async with parts.sessions() as session:
        current = await current_revision(session)
    head, *older = parts.revisions
    if current is None or current in older:
        raise Unavailable(f"The database is not migrated to {head}", retry_after=5)
    return Health()
