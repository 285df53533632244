"""The archive: counts by year and month."""

from fastapi import APIRouter

from app.features.archive.dependencies import Archive
from app.features.archive.schemas import ArchiveYear
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["site"], route_class=Route)


@router.get("/archive", summary="Count articles by month", operation_id="archive_read")
async def read_archive(archive: Archive, now: Now) -> list[ArchiveYear]:
    """Count what everybody can see by year and month, in the time zone of the site."""
    return await archive.read(at=now)
