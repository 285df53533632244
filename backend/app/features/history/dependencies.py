"""What the router of history asks for, and what names a version in a path."""

from typing import Annotated

from fastapi import Depends, Path

from app.core.text import MAX_BIGINT
from app.features.history.service import HistoryService
from app.web.session import DbSession, Parts

Version = Annotated[int, Path(ge=1, le=MAX_BIGINT, description="A version.", examples=[1])]
OtherVersion = Annotated[int, Path(ge=1, le=MAX_BIGINT, description="Another.", examples=[2])]


async def _history_service(session: DbSession, parts: Parts) -> HistoryService:
    return HistoryService(session, parts.settings, parts.renderer)


History = Annotated[HistoryService, Depends(_history_service)]
