"""What the router of proofs asks for."""

from typing import Annotated

from fastapi import Body, Depends

from app.features.auth.dependencies import Known
from app.features.auth.errors import KeyNotAllowed
from app.features.limits.dependencies import RecoveryLimit
from app.features.verification.schemas import Forgotten, VerificationWish
from app.features.verification.service import VerificationService
from app.models import User
from app.web.session import DbSession, Parts


async def _verification_service(session: DbSession, parts: Parts) -> VerificationService:
    return VerificationService(session, parts.settings)


async def _person(known: Known) -> User | None:
    if known is not None and known.session is None:
        raise KeyNotAllowed
    return known.user if known else None


# A person who is signed in, even while their role's second factor is missing; None for strangers.
OptionalPerson = Annotated[User | None, Depends(_person)]


async def _limited_wish(
    wish: Annotated[VerificationWish, Body(default_factory=VerificationWish)],
    asking: OptionalPerson,
    attempts: RecoveryLimit,
) -> VerificationWish:
    """Count the mail that is asked for, for its address and for the place it is asked from."""
    email = wish.email or (asking.email if asking else None)
    if email is not None:
        await attempts.spend(email)
    return wish


async def _limited_recovery(forgotten: Forgotten, attempts: RecoveryLimit) -> Forgotten:
    """Count likewise, whether or not anybody has this address."""
    await attempts.spend(forgotten.email)
    return forgotten


Verification = Annotated[VerificationService, Depends(_verification_service)]
Wish = Annotated[VerificationWish, Depends(_limited_wish)]
ForgottenPassword = Annotated[Forgotten, Depends(_limited_recovery)]
