"""Second factors: setting up an authenticator app, recovery codes, and what there is.

These POSTs take no Idempotency-Key: it would have their answers kept, and those are secret.
"""

from fastapi import APIRouter

from app.features.auth.dependencies import (
    EnrollingSession,
    EnrollingUser,
    RecentEnrollingUser,
    RecentUser,
)
from app.features.factors.dependencies import Factors
from app.features.factors.schemas import FactorsRead, RecoveryCodes, TotpConfirm, TotpSetup
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/auth", tags=["auth"], route_class=Route)


@router.get(
    "/factors",
    summary="See which second factors you have",
    operation_id="factors_read",
    responses=describe(401, 403),
)
async def read_factors(factors: Factors, user: EnrollingUser) -> FactorsRead:
    """Answer with what your account has besides its password."""
    return await factors.overview(user)


@router.post(
    "/totp",
    summary="Begin to set up an authenticator app",
    operation_id="totp_begin",
    responses=describe(401, 403, 409),
)
async def begin_totp(factors: Factors, user: RecentEnrollingUser, now: Now) -> TotpSetup:
    """Answer with a secret for an app that makes codes (RFC 6238), also as a QR code.

    It counts once you have confirmed it. Until then, beginning again makes another one.
    """
    return await factors.begin_totp(user, at=now)


@router.post(
    "/totp/confirm",
    summary="Confirm an authenticator app",
    operation_id="totp_confirm",
    responses=describe(400, 401, 403, 409),
)
async def confirm_totp(
    typed: TotpConfirm,
    factors: Factors,
    user: RecentEnrollingUser,
    session: EnrollingSession,
    now: Now,
) -> RecoveryCodes:
    """Take the first code that the app shows; answer with recovery codes, shown this once.

    From now on signing in needs a code of the app. If it is your first second factor, you are
    signed out everywhere else.
    """
    codes = await factors.confirm_totp(user, typed.code, session_id=session.id, at=now)
    return RecoveryCodes(recovery_codes=codes)


@router.delete(
    "/totp",
    status_code=204,
    summary="Remove your authenticator app",
    operation_id="totp_delete",
    responses=describe(400, 401, 403, 404),
)
async def remove_totp(factors: Factors, user: RecentUser, now: Now) -> None:
    """Have the app's codes count no more.

    It takes no code: you have signed in within the last minutes, which took one, or a recovery
    code, which is all that somebody has who has lost the app.
    """
    await factors.remove_totp(user, at=now)


@router.post(
    "/recovery-codes",
    summary="Make new recovery codes",
    operation_id="recovery_codes_create",
    responses=describe(400, 401, 403),
)
async def renew_codes(factors: Factors, user: RecentUser, now: Now) -> RecoveryCodes:
    """Answer with new recovery codes, shown this once; all earlier ones count no more."""
    return RecoveryCodes(recovery_codes=await factors.renew_codes(user, at=now))
