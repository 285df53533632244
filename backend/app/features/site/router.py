"""The site: what a front end shows on every page."""

from fastapi import APIRouter, Response

from app.features.auth.dependencies import Manager
from app.features.site.dependencies import TheSite
from app.features.site.schemas import ONLY_ID, SiteRead, SiteUpdate
from app.web.conditional import IfMatch, short_digest, strong_etag
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/site", tags=["site"], route_class=Route)


def _whole(site: SiteRead, response: Response) -> SiteRead:
    """Return the answer; its ETag also changes with the settings, which no version counts."""
    digest = short_digest(site.model_dump_json())
    response.headers["ETag"] = strong_etag(ONLY_ID, site.version, digest)
    return site


@router.get("", summary="Read about the site", operation_id="site_read")
async def read_site(response: Response, site: TheSite) -> SiteRead:
    """Answer with the site's title, language, navigation and profiles."""
    return _whole(await site.read(), response)


@router.patch(
    "",
    summary="Change the site",
    operation_id="site_update",
    responses=describe(401, 403, 412),
)
async def update_site(
    changes: SiteUpdate,
    editor: Manager,
    response: Response,
    site: TheSite,
    now: Now,
    if_match: IfMatch,
) -> SiteRead:
    """Change only what is given, for administrators; null brings the settings' value back."""
    check = if_match.unless_stale
    return _whole(await site.update(changes, editor=editor, at=now, check=check), response)
