"""What the router of the site asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.site.service import SiteService
from app.web.session import DbSession, Parts


async def _site_service(session: DbSession, parts: Parts) -> SiteService:
    return SiteService(session, parts.settings)


TheSite = Annotated[SiteService, Depends(_site_service)]
