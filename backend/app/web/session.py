"""One request, one transaction: it commits before the answer is sent, or it never happened."""

import asyncio
from datetime import datetime
from types import TracebackType
from typing import Annotated, Self

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


class Transaction:
    """The transaction of a request, around which its route stands; most reads have none.

    It ends when the answer is made, and not yet sent. If it ended afterwards, a client would hear
    of a row that the database then refuses.
    """

    def __init__(self, request: Request) -> None:
        """Take the request, which can be asked for its session from now on."""
        self._request = request
        self._session: AsyncSession | None = None
        request.scope[_TRANSACTION] = self

    @property
    def session(self) -> AsyncSession:
        """The request's session, made when it is first needed."""
        if self._session is None:
            self._session = services_of(self._request).sessions()
            mark(self._session, provenance_of_request(self._request))
        return self._session

    async def __aenter__(self) -> Self:
        """Begin nothing: the first statement does."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Commit what was done, or undo it where that has failed."""
        session = self._session
        if session is None or not session.in_transaction():
            return
        try:
            if error is None:
                await session.commit()
        finally:
            if session.in_transaction():
                await asyncio.shield(session.close())


_TRANSACTION = "galley.transaction"


def session_of(request: Request) -> AsyncSession:
    """Return the session of a request, or make it; raise KeyError outside of a `Route`."""
    transaction: Transaction = request.scope[_TRANSACTION]
    return transaction.session


async def _session(request: Request) -> AsyncSession:
    return session_of(request)


async def _services(request: Request) -> Services:
    return services_of(request)


async def _request_time(request: Request) -> datetime:
    return services_of(request).clock()


DbSession = Annotated[AsyncSession, Depends(_session)]
Now = Annotated[datetime, Depends(_request_time)]
Parts = Annotated[Services, Depends(_services)]
