"""What routers of other features ask for, so that nobody does too much of what they offer.

Each counts in a short transaction of its own before any other work, and lets go of the request's
connection for that: nobody holds two. So it stands before `IdempotencyKey` and whatever writes.
What counts is the address that nginx has seen (no header of a client changes it) and, for sign-ins
and recovery, the account or e-mail that is meant, however it is spelled.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import Depends, Request, Response

from app.core.allowance import Allowance
from app.core.config import Settings
from app.core.db import apart, release_connection
from app.core.provenance import provenance_of
from app.features.limits import rules
from app.features.limits.rules import Charge, Limit
from app.features.limits.service import LimitService, SignInAttempts
from app.web.session import DbSession, Now, Parts


class Limiter:
    """Counts the uses of one request, and tells what is left in the answer's headers."""

    def __init__(self, session: DbSession, parts: Parts, now: Now, response: Response) -> None:
        """Take the parts of the request."""
        self._session, self._parts, self._now = session, parts, now
        self._response = response
        self.settings = parts.settings
        self.place = rules.place(provenance_of(session).address)

    async def spend(self, *charges: Charge) -> None:
        """Use several limits once; raise TooMany, and spend nothing, when any is used up."""
        await release_connection(self._session)
        async with apart(self._parts.sessions, like=self._session) as own:
            left = await LimitService(own).spend_all(charges, at=self._now)
        self._tell(left)

    def _tell(self, left: Sequence[Allowance]) -> None:
        """Name every limit that counted (draft-ietf-httpapi-ratelimit-headers)."""
        self._response.headers["RateLimit-Policy"] = ", ".join(each.policy for each in left)
        self._response.headers["RateLimit"] = ", ".join(each.state for each in left)


async def _limiter(session: DbSession, parts: Parts, now: Now, response: Response) -> Limiter:
    return Limiter(session, parts, now, response)


Limits = Annotated[Limiter, Depends(_limiter)]


def limited(limit: Callable[[Settings], Limit]) -> Callable[..., Awaitable[None]]:
    """Return a dependency that uses a limit once: of the account that asks, or else of its address.

    Who asks is known where it stands after the parameter that says so.
    """

    async def spend(request: Request, limiter: Limits) -> None:
        account_id: int | None = getattr(request.state, "account_id", None)
        subject = limiter.place if account_id is None else f"account {account_id}"
        await limiter.spend(Charge(limit(limiter.settings), subject))

    return spend


async def _registration(limiter: Limits) -> None:
    """Count for the place, whoever asks: whoever registers gets a new account to ask with."""
    await limiter.spend(Charge(rules.registrations(limiter.settings), limiter.place))


RegistrationLimit = Annotated[None, Depends(_registration)]
RefreshLimit = Annotated[None, Depends(limited(rules.refreshes))]
CommentLimit = Annotated[None, Depends(limited(rules.comments))]


class RecoveryAttempts:
    """Counts who asks for a mail that gives an account back, and whose mailbox it fills."""

    def __init__(self, limiter: Limiter) -> None:
        """Take what counts in this request."""
        self._limiter = limiter

    async def spend(self, email: str) -> None:
        """Count one more mail, whether or not anybody has this address; raise TooMany."""
        settings = self._limiter.settings
        await self._limiter.spend(
            Charge(rules.recoveries_of_address(settings), self._limiter.place),
            Charge(rules.mails_to_address(settings), rules.email_subject(email)),
        )


async def _recovery(limiter: Limits) -> RecoveryAttempts:
    return RecoveryAttempts(limiter)


RecoveryLimit = Annotated[RecoveryAttempts, Depends(_recovery)]


async def _sign_in_attempts(session: DbSession, parts: Parts, now: Now) -> SignInAttempts:
    return SignInAttempts(session, parts, now)


SignInGuard = Annotated[SignInAttempts, Depends(_sign_in_attempts)]
