"""What the router of follows asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.follows.service import FollowService
from app.web.session import DbSession


async def _follow_service(session: DbSession) -> FollowService:
    return FollowService(session)


Follows = Annotated[FollowService, Depends(_follow_service)]
