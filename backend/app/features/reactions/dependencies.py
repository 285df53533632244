"""What the router of reactions asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.reactions.service import ReactionService
from app.web.session import DbSession, Parts


async def _reaction_service(session: DbSession, parts: Parts) -> ReactionService:
    return ReactionService(session, parts)


Reactions = Annotated[ReactionService, Depends(_reaction_service)]
