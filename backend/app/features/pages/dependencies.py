"""What the routers of articles ask for, to show one of them."""

from typing import Annotated

from fastapi import Depends

from app.features.pages.service import PageService
from app.web.session import Parts


async def _page_service(parts: Parts) -> PageService:
    return PageService(parts.reads, parts.settings)


Pages = Annotated[PageService, Depends(_page_service)]
