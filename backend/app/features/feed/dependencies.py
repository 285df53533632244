"""What the router of feeds asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.feed.service import FeedService
from app.web.session import DbSession, Parts


async def _feed_service(session: DbSession, parts: Parts) -> FeedService:
    return FeedService(session, parts.settings, parts.renderer)


Feeds = Annotated[FeedService, Depends(_feed_service)]
