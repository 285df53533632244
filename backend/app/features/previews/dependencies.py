"""What the router of previews asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.previews.service import PreviewService
from app.web.session import DbSession, Parts


async def _preview_service(session: DbSession, parts: Parts) -> PreviewService:
    return PreviewService(session, parts.settings, parts.renderer)


Previews = Annotated[PreviewService, Depends(_preview_service)]
