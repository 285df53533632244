"""People: their own account, public profiles, administration."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.core.text import MAX_BIGINT
from app.features.auth.dependencies import (
    SIGN_IN_IS_OPTIONAL,
    Administrator,
    Auth,
    CurrentUser,
    OptionalUser,
    UserRef,
)
from app.features.users.dependencies import NewPasswordHash, Users
from app.features.users.rules import may_see_whole
from app.features.users.schemas import (
    UserAdministration,
    UserCreate,
    UserPublic,
    UserRead,
    UserUpdate,
)
from app.models import Role, User
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
    """Make an account for anybody, or, while registration is closed, for an administrator."""
    role = Role(parts.settings.default_role)
    user = await users.register(new, password_hash=password_hash, role=role, at=now)
    request.state.account_id = user.id  # whose answer is kept, and goes when the account goes
    response.headers["Location"] = f"{PREFIX}/users/{user.id}"
    return _whole(user, response)


@router.get(
    "/me",
    summary="Read one's own account",
    operation_id="users_me",
    responses=describe(401),
)
async def read_me(user: CurrentUser, response: Response) -> UserRead:
    """Answer with the whole account of whoever asks."""
    return _whole(user, response)


@router.patch(
    "/me",
    summary="Change one's own account",
    operation_id="users_update_me",
    responses=describe(400, 401, 412),
)
async def update_me(
    changes: UserUpdate,
    user: CurrentUser,
    response: Response,
    users: Users,
    parts: Parts,
    now: Now,
    if_match: IfMatch,
) -> UserRead:
    """Change only what is given; a new e-mail or password needs `current_password`."""
    changed = await users.update(
        user, changes, passwords=parts.passwords, at=now, check=if_match.unless_stale
    )
    return _whole(changed, response)


@router.delete(
    "/me",
    status_code=204,
    summary="Delete one's own account",
    operation_id="users_delete_me",
    responses=describe(400, 401, 412),
)
async def delete_me(user: CurrentUser, users: Users, if_match: IfMatch) -> None:
    """Delete the account of whoever asks, with the articles that nobody else wrote.

    There is no way back. What others wrote along goes on as theirs.
    """
    await users.delete(user, check=if_match.unless_stale)


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
    responses=describe(401, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_user(
    ref: UserRef, auth: Auth, asking: OptionalUser, response: Response
) -> UserRead | UserPublic:
    """Answer with the public profile; with the whole account for its owner and administrators."""
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
    user_id: UserId,
    changes: UserAdministration,
    _: Administrator,
    response: Response,
    users: Users,
    parts: Parts,
    now: Now,
    if_match: IfMatch,
) -> UserRead:
    """Change any account: its role, whether it is active, its profile, e-mail and password."""
    changed = await users.administer(
        user_id, changes, passwords=parts.passwords, at=now, check=if_match.unless_stale
    )
    return _whole(changed, response)
