"""Redirects: the map of old addresses, for people and for web servers."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

from app.features.redirects.dependencies import LinksOfMap, PageOfMap, Redirects, WantedFormat
from app.features.redirects.rules import written
from app.features.redirects.schemas import Format, RedirectRead
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["site"], route_class=Route)

_LINES = '"/articles/down-a-river" "/articles/down-the-river";\n'
_AS_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string", "examples": [_LINES]}}}}
}


@router.get(
    "/redirects",
    summary="List redirects",
    operation_id="redirects_list",
    response_model=list[RedirectRead],
    responses=_AS_TEXT,
)
async def list_redirects(
    wanted: WantedFormat,
    redirects: Redirects,
    page: PageOfMap,
    links: LinksOfMap,
    response: Response,
    now: Now,
) -> Sequence[RedirectRead] | PlainTextResponse:
    """List where the old addresses of public articles lead today, newest first."""
    is_json = wanted is Format.JSON
    found = await redirects.page(page, ignoring_case=not is_json, at=now)
    links.to(found)
    if is_json:
        return found.items
    return PlainTextResponse(written(found, wanted), headers=response.headers)
