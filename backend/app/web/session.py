"""One request, one transaction: it commits before the answer is sent, or it never happened."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from app.core.provenance import LONGEST_USER_AGENT, Provenance, mark
from app.core.services import Services
from app.web.state import services_of


def provenance_of_request(request: Request) -> Provenance:
    """Return from where a request came, as the log of accesses names it."""
    return Provenance(
        address=request.client.host if request.client else "",
        user_agent=_printable(request.headers.get("user-agent", "")),
        request_id=str(request.scope.get("request_id", "")),
    )


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:LONGEST_USER_AGENT]


async def _services(request: Request) -> Services:
    return services_of(request)


async def _transaction(request: Request) -> AsyncIterator[AsyncSession]:
    session = services_of(request).sessions()
    request.state.session = session
    mark(session, provenance_of_request(request))
    try:
        yield session
        if session.in_transaction():  # Most reads have none, and need no work for its end.
            await session.commit()
    finally:
        if session.in_transaction():
            await asyncio.shield(session.close())


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
