"""What the router of second factors asks for."""

from typing import Annotated

from fastapi import Depends

from app.features.factors.service import FactorService
from app.web.session import DbSession, Parts


async def _factor_service(session: DbSession, parts: Parts) -> FactorService:
    return FactorService(session, parts.settings, parts.sealer)


Factors = Annotated[FactorService, Depends(_factor_service)]
