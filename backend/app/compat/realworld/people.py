"""RealWorld's people: making an account, signing in, one's own account, profiles, follows."""

from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.compat.realworld.answers import Account, AccountAnswer, Profile, ProfileAnswer
from app.compat.realworld.dependencies import (
    GivenToken,
    LimitedChanges,
    NewUserGiven,
    OpenToAll,
    SignInGiven,
    UsernameGiven,
    lasting,
    refusals,
    takes,
)
from app.compat.realworld.problems import refusal
from app.compat.realworld.schemas import NewUserBody, SignInBody, UserChangesBody
from app.core.db import release_connection
from app.features.auth.dependencies import (
    SIGN_IN_IS_OPTIONAL,
    Auth,
    CurrentPerson,
    CurrentUser,
    OptionalReader,
)
from app.features.auth.errors import EmailNotVerified
from app.features.auth.service import hash_password
from app.features.follows.dependencies import Follows
from app.features.limits.dependencies import RegistrationLimit
from app.features.sessions.dependencies import Sessions, SignIns
from app.features.users.dependencies import Users
from app.features.verification.dependencies import Verification
from app.models import User
from app.web.routing import Route
from app.web.session import DbSession, Now, Parts

router = APIRouter(route_class=Route)


@router.post(
    "/users",
    status_code=201,
    summary="Make an account, and sign in",
    operation_id="realworld_users_create",
    responses=refusals(403, 409, 422),
    openapi_extra=takes(NewUserBody),
    response_model=AccountAnswer,
)
async def create_user(
    _: OpenToAll,
    body: NewUserGiven,
    __: RegistrationLimit,
    session: DbSession,
    users: Users,
    sessions: Sessions,
    parts: Parts,
    now: Now,
) -> AccountAnswer | JSONResponse:
    """Make an account for anybody, who is signed in by that.

    Where an address has to be proven first, there is an account, but nobody is signed in yet.
    """
    new = body.user.translated()
    await release_connection(session)
    password_hash = await hash_password(
        new.password, email=new.email, username=new.username, passwords=parts.passwords
    )
    user = await users.sign_up(new, password_hash=password_hash, settings=parts.settings, at=now)
    try:
        opened = await sessions.open(
            user, method="password", second_factor=False, tokens=parts.tokens, at=now
        )
    except EmailNotVerified as error:
        return refusal(error, HTTPStatus.FORBIDDEN)
    token = parts.tokens.issue(user.id, opened.session.id, now, lifetime=lasting(parts.settings))
    return AccountAnswer(user=Account.of(user, token.value))


@router.post(
    "/users/login",
    summary="Sign in",
    operation_id="realworld_users_login",
    responses=refusals(401, 403, 422),
    openapi_extra=takes(SignInBody),
)
async def sign_in(
    body: SignInGiven, sign_ins: SignIns, auth: Auth, parts: Parts, now: Now
) -> AccountAnswer:
    """Answer with the account, and a token that is good for as long as its session."""
    given = body.user
    opened = await sign_ins.sign_in_with_password(given.email, given.password, at=now)
    user = await auth.find(str(opened.session.user_id))
    token = parts.tokens.issue(user.id, opened.session.id, now, lifetime=lasting(parts.settings))
    return AccountAnswer(user=Account.of(user, token.value))


@router.get(
    "/user",
    summary="Read one's own account",
    operation_id="realworld_user_read",
    responses=refusals(401, 403),
)
async def read_user(
    person: CurrentPerson, token: GivenToken, response: Response, sessions: Sessions, now: Now
) -> AccountAnswer:
    """Answer with one's own account and the token that was sent.

    It counts as use of the session.
    """
    response.headers["Cache-Control"] = "no-store"
    if person.session is not None:
        await sessions.keep_alive(person.session, at=now)
    return AccountAnswer(user=Account.of(person.user, token))


@router.put(
    "/user",
    summary="Change one's own account",
    operation_id="realworld_user_update",
    responses=refusals(401, 403, 409, 422),
    openapi_extra=takes(UserChangesBody),
)
async def update_user(
    person: CurrentPerson,
    changes: LimitedChanges,
    token: GivenToken,
    users: Users,
    verification: Verification,
    parts: Parts,
    now: Now,
) -> AccountAnswer:
    """Change only what is given; a new e-mail or password needs somebody who has just signed in.

    Where the site wants addresses to be proven, a new e-mail counts once the link mailed to it has
    been followed.
    """
    user = await users.update(
        person,
        changes,
        verification=verification,
        passwords=parts.passwords,
        at=now,
        check=_unchecked,
        by_sign_in=True,
    )
    return AccountAnswer(user=Account.of(user, token))


@router.get(
    "/profiles/{username}",
    summary="Read somebody's profile",
    operation_id="realworld_profiles_read",
    responses=refusals(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_profile(
    reader: OptionalReader, username: UsernameGiven, auth: Auth, follows: Follows
) -> ProfileAnswer:
    """Answer with what everybody sees, and whether who asks follows them."""
    user = await auth.find(username)
    following = reader is not None and await follows.is_following(reader.id, user.id)
    return ProfileAnswer(profile=Profile.of(user, following=following))


@router.post(
    "/profiles/{username}/follow",
    summary="Follow somebody",
    operation_id="realworld_profiles_follow",
    responses=refusals(401, 403, 404, 422),
)
async def follow(
    follower: CurrentUser, username: UsernameGiven, follows: Follows, now: Now
) -> ProfileAnswer:
    """Have what somebody publishes in one's feed. To say so again makes no difference."""
    user = await follows.follow(username, follower, at=now)
    return ProfileAnswer(profile=Profile.of(user, following=True))


@router.delete(
    "/profiles/{username}/follow",
    summary="Unfollow somebody",
    operation_id="realworld_profiles_unfollow",
    responses=refusals(401, 403, 404, 422),
)
async def unfollow(
    follower: CurrentUser, username: UsernameGiven, follows: Follows
) -> ProfileAnswer:
    """Take it back. Where there is nothing to take back, that makes no difference."""
    user = await follows.unfollow(username, follower)
    return ProfileAnswer(profile=Profile.of(user, following=False))


def _unchecked(_: User) -> None:
    """Let every version pass: RealWorld has no `If-Match`."""
