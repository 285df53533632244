"""Links by mail: asking for them and following them."""

from fastapi import APIRouter

from app.core.tokens import Purpose
from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL
from app.features.verification.dependencies import (
    ForgottenPassword,
    OptionalPerson,
    Verification,
    Wish,
)
from app.features.verification.schemas import (
    Confirmation,
    PasswordReset,
    Taken,
)
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(prefix="/auth", tags=["auth"], route_class=Route)


@router.post(
    "/verification",
    status_code=202,
    summary="Ask for another link that verifies an address",
    operation_id="auth_ask_for_verification",
    responses=describe(401, 403),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def ask_for_verification(
    wish: Wish,
    asking: OptionalPerson,
    verification: Verification,
    now: Now,
) -> Taken:
    """Mail another link: to whoever is signed in, or to the `email` of whoever cannot sign in.

    The answer is the same whether or not there is such an account, or anything left to verify.
    """
    await verification.ask_again(asking, wish.email, at=now)
    return Taken()


@router.post(
    "/verification/confirm",
    status_code=204,
    summary="Verify an address",
    operation_id="auth_verify_email",
    responses=describe(400),
)
async def verify_email(
    followed: Confirmation, verification: Verification, parts: Parts, now: Now
) -> None:
    """Follow the link of a mail: the account's address is its own."""
    await verification.verify(followed.token, tokens=parts.tokens, at=now)


@router.post(
    "/change-email/confirm",
    status_code=204,
    summary="Confirm a new address",
    operation_id="auth_change_email",
    responses=describe(400),
)
async def change_email(
    followed: Confirmation, verification: Verification, parts: Parts, now: Now
) -> None:
    """Follow the link that was mailed to a new address: from now on, the account has it.

    The old address is told. Nobody is signed out.
    """
    await verification.change_email(followed.token, tokens=parts.tokens, at=now)


@router.post(
    "/forgot-password",
    status_code=202,
    summary="Ask for a link that sets a new password",
    operation_id="auth_forgot_password",
)
async def forgot_password(forgotten: ForgottenPassword, verification: Verification) -> Taken:
    """Mail a link that works once, for ten minutes, if an account has this address.

    The answer and the time it takes are the same whether or not one has.
    """
    await verification.ask_for(Purpose.RESET_PASSWORD, forgotten.email)
    return Taken()


@router.post(
    "/reset-password",
    status_code=204,
    summary="Set a new password",
    operation_id="auth_reset_password",
    responses=describe(400),
)
async def reset_password(
    wanted: PasswordReset, verification: Verification, parts: Parts, now: Now
) -> None:
    """Follow the link of a mail: the account has a new password, and is signed out everywhere."""
    await verification.reset_password(
        wanted.token, wanted.password, tokens=parts.tokens, passwords=parts.passwords, at=now
    )
