"""What the router of batches asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.bulk.service import BulkService
from app.web.session import DbSession, Parts


async def _bulk_service(session: DbSession, parts: Parts) -> BulkService:
    return BulkService(session, parts.settings, parts.renderer)


Bulk = Annotated[BulkService, Depends(_bulk_service)]
