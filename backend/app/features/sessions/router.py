"""Signing in, staying signed in, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from app.core.schemas import example
from app.core.text import MAX_BIGINT
from app.features.auth.dependencies import (
    SIGN_IN_IS_OPTIONAL,
    EnrollingSession,
    EnrollingUser,
)
from app.features.factors.errors import SecondFactorRequired
from app.features.factors.schemas import Factor
from app.features.limits.dependencies import RefreshLimit
from app.features.passkeys.dependencies import Passkeys
from app.features.passkeys.schemas import RequestOptions
from app.features.sessions.dependencies import (
    Leaving,
    OptionalRefreshToken,
    OwnSignInForm,
    RefreshGiven,
    Sessions,
    SignIns,
    clear_cookie,
    hand_over,
)
from app.features.sessions.schemas import (
    PasskeyAnswer,
    SecondFactorAnswer,
    SessionRead,
    Token,
)
from app.models import LoginSession
from app.web.problems import Problem, describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(prefix="/auth", tags=["auth"], route_class=Route)

SessionId = Annotated[int, Path(ge=1, le=MAX_BIGINT, examples=[1])]


def _shown(session: LoginSession, current: LoginSession) -> SessionRead:
    return SessionRead(
        id=session.id,
        is_current=session.id == current.id,
        method=session.method,
        second_factor=session.second_factor,
        device=session.user_agent,
        address=session.address,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
    )


class SecondFactorProblem(Problem):
    """The password is right; now one of the account's other factors has to be shown."""

    model_config = example(
        {
            "type": "about:blank",
            "title": "Unauthorized",
            "status": 401,
            "detail": SecondFactorRequired.detail,
            "code": SecondFactorRequired.code,
            "request_id": "1b9d6bcd4a8f4c0e9f3a5d7e2c6b8a01",
            "challenge": "hT3w…",
            "methods": ["totp", "recovery_code"],
        }
    )

    challenge: str = Field(description="Answer it at `/auth/second-factor` within five minutes.")
    methods: list[Factor] = Field(
        description="By what that can be done; a passkey signs in at `/auth/passkeys/sign-in`."
    )


@router.post(
    "/login",
    summary="Sign in",
    operation_id="auth_login",
    responses=describe(400, 401, 403, besides={401: SecondFactorProblem}),
    response_model_exclude_none=True,
)
async def login(
    form: OwnSignInForm,
    sign_ins: SignIns,
    response: Response,
    parts: Parts,
    now: Now,
) -> Token:
    """Take a username or e-mail and a password as a form (OAuth 2.0); answer with a token.

    A browser also gets a cookie that renews it (`POST /auth/refresh`); an app asks for
    `delivery=body` and keeps the refresh token itself. Where the account has a second factor, the
    answer is 401 `second_factor_required` with a challenge.
    """
    opened = await sign_ins.sign_in_with_password(form.username, form.password, at=now)
    return hand_over(opened, form.delivery, response, parts.settings)


@router.post(
    "/second-factor",
    summary="Sign in: the second factor",
    operation_id="auth_second_factor",
    responses=describe(400, 401, 403),
    response_model_exclude_none=True,
)
async def answer_second_factor(
    given: SecondFactorAnswer,
    sign_ins: SignIns,
    response: Response,
    parts: Parts,
    now: Now,
) -> Token:
    """Answer the challenge of `second_factor_required` with a code of the app or a recovery code.

    A challenge is good for five minutes and five attempts.
    """
    opened = await sign_ins.answer_factor(given.challenge, given.code, at=now)
    return hand_over(opened, given.delivery, response, parts.settings)


@router.post(
    "/passkeys/sign-in/options",
    summary="Begin to sign in with a passkey",
    operation_id="auth_passkey_begin",
)
async def begin_passkey_sign_in(_: RefreshLimit, passkeys: Passkeys, now: Now) -> RequestOptions:
    """Answer with what `PublicKeyCredential.parseRequestOptionsFromJSON()` takes."""
    return await passkeys.request_options(at=now)


@router.post(
    "/passkeys/sign-in",
    summary="Sign in with a passkey",
    operation_id="auth_passkey",
    responses=describe(400, 401, 403),
    response_model_exclude_none=True,
)
async def sign_in_with_passkey(
    _: RefreshLimit,
    given: PasskeyAnswer,
    sign_ins: SignIns,
    response: Response,
    parts: Parts,
    now: Now,
) -> Token:
    """Take what a passkey has signed. It needs no password, and is both factors at once."""
    opened = await sign_ins.sign_in_with_passkey(given.credential, at=now)
    return hand_over(opened, given.delivery, response, parts.settings)


@router.post(
    "/refresh",
    summary="Renew a sign-in",
    operation_id="auth_refresh",
    responses=describe(401, 403),
    response_model_exclude_none=True,
)
async def refresh(
    _: RefreshLimit,
    given: RefreshGiven,
    sign_ins: SignIns,
    response: Response,
    parts: Parts,
    now: Now,
) -> Token:
    """Answer with a new access token, and replace the refresh token: each works once."""
    renewed = await sign_ins.renew(given.value, at=now)
    return hand_over(renewed, given.delivery, response, parts.settings)


@router.post(
    "/logout",
    status_code=204,
    summary="Sign out",
    operation_id="auth_logout",
    responses=describe(401, 403),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def logout(
    leaving: Leaving,
    given: OptionalRefreshToken,
    sessions: Sessions,
    response: Response,
    parts: Parts,
    now: Now,
) -> None:
    """End the session of the access token, the cookie or the refresh token; 204 also without any.

    What the browser holds is taken back. No token of the session works any more, anywhere. An
    access token that has ended is an error only if nothing else is shown.
    """
    clear_cookie(response, parts.settings)
    await sessions.sign_out(leaving, given.value if given else None, at=now)


@router.post(
    "/logout-everywhere",
    status_code=204,
    summary="Sign out on all devices",
    operation_id="auth_logout_everywhere",
    responses=describe(401, 403),
)
async def logout_everywhere(
    user: EnrollingUser, sessions: Sessions, response: Response, parts: Parts, now: Now
) -> None:
    """End every session of whoever asks, this one included. Keys for machines stay."""
    clear_cookie(response, parts.settings)
    await sessions.end_all(user, at=now)


@router.get(
    "/sessions",
    summary="List one's sessions",
    operation_id="sessions_list",
    responses=describe(401, 403),
)
async def list_sessions(
    user: EnrollingUser, current: EnrollingSession, sessions: Sessions, now: Now
) -> list[SessionRead]:
    """List the devices that one is signed in on, the one used last first; 100 at the most."""
    return [_shown(each, current) for each in await sessions.list(user, at=now)]


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="End one session",
    operation_id="sessions_delete",
    responses=describe(401, 403, 404),
)
async def end_session(
    session_id: SessionId, user: EnrollingUser, sessions: Sessions, now: Now
) -> None:
    """Sign out on one device, whose next request is refused."""
    await sessions.end(user.id, session_id, at=now)
