"""One request, one transaction: it commits before the answer is sent, or it never happened."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from app.web.state import Services, services_of


async def _services(request: Request) -> Services:
    return services_of(request)


async def _transaction(request: Request) -> AsyncIterator[AsyncSession]:
    async with services_of(request).sessions() as session:
        request.state.session = session
        yield session
        await session.commit()


async def _request_time(request: Request) -> datetime:
    if not hasattr(request.state, "now"):
        request.state.now = services_of(request).clock()
    now: datetime = request.state.now
    return now


# `scope="function"` ends the transaction before the response starts. The default scope would answer
# 201 first and commit afterwards, and a client would hear of a row that the database then refuses.
DbSession = Annotated[AsyncSession, Depends(_transaction, scope="function")]
Now = Annotated[datetime, Depends(_request_time)]
Parts = Annotated[Services, Depends(_services)]
