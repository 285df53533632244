"""What the router of passkeys asks for."""

from typing import Annotated

from fastapi import Depends, Path

from app.core.text import MAX_BIGINT
from app.features.passkeys.service import PasskeyService
from app.web.session import DbSession, Parts

PasskeyId = Annotated[int, Path(ge=1, le=MAX_BIGINT, examples=[7])]


async def _passkey_service(session: DbSession, parts: Parts) -> PasskeyService:
    return PasskeyService(session, parts.settings)


Passkeys = Annotated[PasskeyService, Depends(_passkey_service)]
