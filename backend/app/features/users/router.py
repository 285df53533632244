"""People: their own account, public profiles, administration."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.core.text import MAX_BIGINT
from app.features.auth.dependencies import (
    SIGN_IN_IS_OPTIONAL,
    Administrator,
    Auth,
    CurrentPerson,
    EnrollingUser,
    RecentUser,
    UserRef,
)
from app.features.users.dependencies import (
    Heir,
    LimitedUpdate,
    NewPasswordHash,
    ProfileReader,
    Users,
)
from app.features.users.rules import may_see_whole
from app.features.users.schemas import (
    HandedOver,
    HandOver,
    OwnAccount,
    UserAdministration,
    UserCreate,
    UserPublic,
    UserRead,
)
from app.features.verification.dependencies import Verification
from app.models import User
from app.web.conditional import IfMatch, strong_etag
from app.web.idempotency import IdempotencyKey
from app.web.openapi import PREFIX
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(prefix="/users", tags=["users"], route_class=Route)
registration = APIRouter(prefix="/auth", tags=["auth"], route_class=Route)

UserId = Annotated[int, Path(ge=1, le=MAX_BIGINT, examples=[1])]


def _etag(user: User) -> str:
    return strong_etag(user.id, user.version)


def _whole(user: User, response: Response) -> UserRead:
    response.headers["ETag"] = _etag(user)
    return UserRead.model_validate(user)


def _own(user: User, response: Response, pending_email: str | None) -> OwnAccount:
    whole = _whole(user, response).model_dump()
    return OwnAccount(**whole, pending_email=pending_email)


@registration.post(
    "/register",
    status_code=201,
    summary="Make an account",
    operation_id="auth_register",
    responses=describe(400, 401, 403, 409),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
@router.post(
    "",
    status_code=201,
    summary="Make an account",
    operation_id="users_create",
    responses=describe(400, 401, 403, 409),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def create_user(
    new: UserCreate,
    request: Request,
    response: Response,
    users: Users,
    parts: Parts,
    now: Now,
    password_hash: NewPasswordHash,
    _: IdempotencyKey,
) -> UserRead:
    """Make an account for anybody, or, while registration is not open, for an administrator.

    Where the site wants addresses to be proven, a link is mailed to it.
    """
    user = await users.sign_up(new, password_hash=password_hash, settings=parts.settings, at=now)
    request.state.account_id = user.id  # whose answer is kept, and goes when the account goes
    response.headers["Location"] = f"{PREFIX}/users/{user.id}"
    return _whole(user, response)


@router.get(
    "/me",
    summary="Read one's own account",
    operation_id="users_me",
    responses=describe(401, 403),
)
async def read_me(
    user: EnrollingUser, response: Response, verification: Verification, now: Now
) -> OwnAccount:
    """Answer with the whole account of whoever asks."""
    return _own(user, response, await verification.pending_email(user, at=now))


@router.patch(
    "/me",
    summary="Change one's own account",
    operation_id="users_update_me",
    responses=describe(400, 401, 403, 412),
)
async def update_me(
    changes: LimitedUpdate,
    person: CurrentPerson,
    response: Response,
    users: Users,
    verification: Verification,
    parts: Parts,
    now: Now,
    if_match: IfMatch,
) -> OwnAccount:
    """Change only what is given; a new e-mail or password needs `current_password`.

    A new e-mail counts when the link that is mailed to it has been followed; until then it is
    `pending_email`. A new password signs all other devices out.
    """
    changed = await users.update(
        person,
        changes,
        verification=verification,
        passwords=parts.passwords,
        at=now,
        check=if_match.unless_stale,
    )
    return _own(changed, response, await verification.pending_email(changed, at=now))


@router.delete(
    "/me",
    status_code=204,
    summary="Delete one's own account",
    operation_id="users_delete_me",
    responses=describe(400, 401, 403, 412),
)
async def delete_me(
    user: RecentUser, heir: Heir, users: Users, now: Now, if_match: IfMatch
) -> None:
    """Delete the account of whoever asks, who has just signed in. There is no way back.

    With `articles=hand_over`, all that it owns goes to the account that `to` names. Otherwise what
    nobody else wrote goes with it, and what others wrote along goes on as theirs.
    Comments stay, without an author; favourites, bookmarks and follows go.
    """
    await users.delete(user, heir=heir, at=now, check=if_match.unless_stale)


@router.get(
    "",
    summary="List every account",
    operation_id="users_list",
    responses=describe(401, 403),
)
async def list_users(
    _: Administrator, users: Users, page: PageParams, links: PageLinks
) -> list[UserRead]:
    """List accounts with their e-mails, newest first, for administrators."""
    found = await users.page(page)
    links.to(found)
    return [UserRead.model_validate(user) for user in found.items]


@router.get(
    "/{ref}",
    summary="Read a profile",
    operation_id="users_read",
    responses=describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_user(
    ref: UserRef, auth: Auth, asking: ProfileReader, response: Response
) -> UserRead | UserPublic:
    """Answer with the public profile; with the whole account for its owner and administrators.

    A key sees what everybody sees, unless it has the scope `admin`.
    """
    user = await auth.find(ref)
    if may_see_whole(user, asking):
        return _whole(user, response)
    return UserPublic.model_validate(user)


@router.patch(
    "/{user_id}",
    summary="Administer an account",
    operation_id="users_update",
    responses=describe(400, 401, 403, 404, 412),
)
async def update_user(
    *,
    user_id: UserId,
    changes: UserAdministration,
    administrator: Administrator,
    response: Response,
    users: Users,
    verification: Verification,
    parts: Parts,
    now: Now,
    if_match: IfMatch,
) -> UserRead:
    """Change any account: its role, whether it is active, its profile, e-mail and password.

    A new role or password, and switching it off, sign it out everywhere. One's own e-mail and
    password are changed by `PATCH /users/me`, with the current password.
    """
    changed = await users.administer(
        user_id,
        changes,
        administrator=administrator,
        verification=verification,
        passwords=parts.passwords,
        at=now,
        check=if_match.unless_stale,
    )
    return _whole(changed, response)


@router.post(
    "/{user_id}/hand-over",
    summary="Hand over all that somebody owns",
    operation_id="users_hand_over",
    responses=describe(401, 403, 404, 409),
)
async def hand_over(
    user_id: UserId, wish: HandOver, _: Administrator, users: Users, now: Now, __: IdempotencyKey
) -> HandedOver:
    """Make somebody else the owner of all articles, drafts and the bin too, and of all series."""
    return await users.hand_over(user_id, wish.to, at=now)
