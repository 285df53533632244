"""What the router of privacy asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.privacy.service import PrivacyService
from app.web.session import DbSession


async def _privacy_service(session: DbSession) -> PrivacyService:
    return PrivacyService(session)


Privacy = Annotated[PrivacyService, Depends(_privacy_service)]
