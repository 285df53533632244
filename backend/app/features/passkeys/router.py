"""Passkeys: making, naming and removing them.

Making one takes no Idempotency-Key: it would have the answer kept, and there are recovery codes in
it. A passkey that is sent twice is refused the second time.
"""

from fastapi import APIRouter, Response

from app.features.auth.dependencies import (
    CurrentUser,
    EnrollingSession,
    EnrollingUser,
    RecentEnrollingUser,
    RecentUser,
)
from app.features.passkeys.dependencies import PasskeyId, Passkeys
from app.features.passkeys.schemas import (
    CreationOptions,
    PasskeyCreate,
    PasskeyCreated,
    PasskeyRead,
    PasskeyUpdate,
)
from app.models import Passkey
from app.web.conditional import IfMatch, Precondition, short_digest, strong_etag
from app.web.openapi import PREFIX
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/auth/passkeys", tags=["auth"], route_class=Route)


def _etag(passkey: Passkey) -> str:
    """Return a passkey's ETag: its version is its name, the only thing that can be changed."""
    last_used = short_digest(passkey.last_used_at)
    return strong_etag(passkey.id, short_digest(passkey.name), last_used)


class _Unchanged:
    """Fails for a passkey with another name than the one that the client has read."""

    def __init__(self, precondition: Precondition) -> None:
        self._precondition = precondition

    def __call__(self, passkey: Passkey) -> None:
        self._precondition.check(passkey.id, short_digest(passkey.name))


@router.post(
    "/options",
    summary="Begin to make a passkey",
    operation_id="passkeys_begin",
    responses=describe(400, 401, 403),
)
async def begin_passkey(passkeys: Passkeys, user: RecentEnrollingUser, now: Now) -> CreationOptions:
    """Answer with what `PublicKeyCredential.parseCreationOptionsFromJSON()` takes."""
    return await passkeys.creation_options(user, at=now)


@router.post(
    "",
    status_code=201,
    summary="Add a passkey",
    operation_id="passkeys_create",
    responses=describe(400, 401, 403),
)
async def create_passkey(
    new: PasskeyCreate,
    response: Response,
    passkeys: Passkeys,
    user: RecentEnrollingUser,
    session: EnrollingSession,
    now: Now,
) -> PasskeyCreated:
    """Take the passkey that the browser has made, under a name that you know it by.

    You can sign in with it, without a username and a password. If it is your first second factor,
    the answer has recovery codes, shown this once, and you are signed out everywhere else.
    """
    made = await passkeys.register(
        new.name, new.credential, owner=user, session_id=session.id, at=now
    )
    response.headers["Location"] = f"{PREFIX}/auth/passkeys/{made.passkey.id}"
    response.headers["ETag"] = _etag(made.passkey)
    return PasskeyCreated.of(made)


@router.get(
    "",
    summary="List your passkeys",
    operation_id="passkeys_list",
    response_model=list[PasskeyRead],
    responses=describe(401, 403),
)
async def list_passkeys(passkeys: Passkeys, user: EnrollingUser) -> list[PasskeyRead]:
    """List your passkeys, the newest first; an account has twenty at the most."""
    return [PasskeyRead.model_validate(each) for each in await passkeys.all_of(user)]


@router.get(
    "/{passkey_id}",
    summary="Read a passkey",
    operation_id="passkeys_read",
    responses=describe(401, 403, 404),
)
async def read_passkey(
    passkey_id: PasskeyId, response: Response, passkeys: Passkeys, user: EnrollingUser
) -> PasskeyRead:
    """Answer with one of your passkeys."""
    passkey = await passkeys.read(user, passkey_id)
    response.headers["ETag"] = _etag(passkey)
    return PasskeyRead.model_validate(passkey)


@router.patch(
    "/{passkey_id}",
    summary="Rename a passkey",
    operation_id="passkeys_update",
    responses=describe(401, 403, 404, 412),
)
async def update_passkey(
    passkey_id: PasskeyId,
    changes: PasskeyUpdate,
    response: Response,
    passkeys: Passkeys,
    user: CurrentUser,
    if_match: IfMatch,
) -> PasskeyRead:
    """Give one of your passkeys another name."""
    check = _Unchanged(if_match)
    passkey = await passkeys.rename(user, passkey_id, changes.name, check=check)
    response.headers["ETag"] = _etag(passkey)
    return PasskeyRead.model_validate(passkey)


@router.delete(
    "/{passkey_id}",
    status_code=204,
    summary="Remove a passkey",
    operation_id="passkeys_delete",
    responses=describe(400, 401, 403, 404, 412),
)
async def delete_passkey(
    passkey_id: PasskeyId, passkeys: Passkeys, user: RecentUser, now: Now, if_match: IfMatch
) -> None:
    """Have a passkey sign nobody in any more."""
    await passkeys.remove(user, passkey_id, check=_Unchanged(if_match), at=now)
