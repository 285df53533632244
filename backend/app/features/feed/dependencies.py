"""What the router of feeds asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.feed.service import FeedService
from app.features.lists.dependencies import Lists
from app.web.session import DbSession


async def _feed_service(session: DbSession, lists: Lists) -> FeedService:
    return FeedService(session, lists)


Feeds = Annotated[FeedService, Depends(_feed_service)]
