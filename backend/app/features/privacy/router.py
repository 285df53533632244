"""What somebody can ask about themselves."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.features.auth.dependencies import CurrentUser
from app.features.privacy.dependencies import Privacy
from app.features.privacy.schemas import Export
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["users"], route_class=Route)


@router.get(
    "/users/me/export",
    summary="Export all that is kept about oneself",
    operation_id="users_export",
    response_model=Export,
    responses=describe(401, 403, 409),
)
async def export(user: CurrentUser, privacy: Privacy, now: Now) -> StreamingResponse:
    """Answer with one JSON document: the account, what it wrote, where it is signed in, and more.

    It has no secrets: of passwords, keys and codes only hashes are kept, and these stay here.
    """
    parcel = await privacy.export(user, at=now)
    headers = {
        "Content-Disposition": f'attachment; filename="{user.username}.json"',
        "Content-Length": str(parcel.size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(parcel, media_type="application/json", headers=headers)
