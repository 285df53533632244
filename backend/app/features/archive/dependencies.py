"""What the router of the archive asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.archive.service import ArchiveService
from app.web.session import DbSession, Parts


async def _archive_service(session: DbSession, parts: Parts) -> ArchiveService:
    return ArchiveService(session, parts.settings)


Archive = Annotated[ArchiveService, Depends(_archive_service)]
