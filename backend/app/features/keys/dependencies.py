"""What the router of keys asks for."""

from typing import Annotated

from fastapi import Depends, Path

from app.core.text import MAX_BIGINT
from app.features.keys.service import KeyService
from app.web.session import DbSession

KeyId = Annotated[int, Path(ge=1, le=MAX_BIGINT, examples=[3])]


async def _key_service(session: DbSession) -> KeyService:
    return KeyService(session)


Keys = Annotated[KeyService, Depends(_key_service)]
