"""Keys for machines: making, listing and revoking one's own."""

from fastapi import APIRouter, Response

from app.features.auth.dependencies import CurrentUser, RecentUser
from app.features.keys.dependencies import KeyId, Keys
from app.features.keys.schemas import KeyCreate, KeyMade, KeyRead
from app.web.openapi import PREFIX
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/auth/keys", tags=["auth"], route_class=Route)


@router.post(
    "",
    status_code=201,
    summary="Make a key",
    operation_id="keys_create",
    responses=describe(400, 401, 403),
)
async def create_key(
    new: KeyCreate, owner: RecentUser, response: Response, keys: Keys, now: Now
) -> KeyMade:
    """Make a key with which a machine asks in your name, shortly after you have signed in.

    The answer shows the key, and nothing shows it again. So there is no Idempotency-Key here: it
    would keep the answer. Repeat a lost answer, and revoke the key that you never saw.
    """
    made = await keys.make(new, owner=owner, at=now)
    response.headers["Location"] = f"{PREFIX}/auth/keys/{made.row.id}"
    return KeyMade.of(made.row, made.secret)


@router.get(
    "",
    summary="List one's own keys",
    operation_id="keys_list",
    responses=describe(401, 403),
)
async def list_keys(owner: CurrentUser, keys: Keys) -> list[KeyRead]:
    """List your keys, the newest first; an account has fifty at the most."""
    return [KeyRead.model_validate(key) for key in await keys.all_of(owner)]


@router.get(
    "/{key_id}",
    summary="Read one of one's own keys",
    operation_id="keys_read",
    responses=describe(401, 403, 404),
)
async def read_key(key_id: KeyId, owner: CurrentUser, keys: Keys) -> KeyRead:
    """Answer with what a key may do and when it was last used; never with the key."""
    return KeyRead.model_validate(await keys.read(key_id, owner=owner))


@router.delete(
    "/{key_id}",
    status_code=204,
    summary="Revoke a key",
    operation_id="keys_delete",
    responses=describe(401, 403, 404),
)
async def delete_key(key_id: KeyId, owner: CurrentUser, keys: Keys, now: Now) -> None:
    """Make a key worthless at once, for every worker's next request."""
    await keys.revoke(key_id, owner=owner, at=now)
