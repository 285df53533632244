"""What the router of redirects asks for."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.core.paging import Page
from app.features.redirects.rules import MOST_LINES
from app.features.redirects.schemas import Format
from app.features.redirects.service import RedirectService
from app.web.pagination import Links, PageParams
from app.web.problems import InvalidQuery
from app.web.session import DbSession, Parts


async def _redirect_service(session: DbSession, parts: Parts) -> RedirectService:
    return RedirectService(session, article_path=parts.settings.article_path)


async def _format(
    wanted: Annotated[
        Format,
        Query(
            alias="format",
            description="`nginx`: the inside of `map $uri $galley_redirect { … }`. `netlify`: the "
            f"lines of `_redirects`. Both have {MOST_LINES:,} lines at the most, whatever the "
            "`limit`; the rest is at the `Link`.",
        ),
    ] = Format.JSON,
) -> Format:
    return wanted


WantedFormat = Annotated[Format, Depends(_format)]


async def _page_of_map(page: PageParams, wanted: WantedFormat) -> Page:
    if wanted is Format.JSON:
        return page
    if page.skip:
        raise InvalidQuery(
            "A file for a web server begins at the beginning or at a `cursor`, without `skip`",
            code="whole_map_skipped",
            field="skip",
        )
    return Page(MOST_LINES, page.cursor, total=page.total)


PageOfMap = Annotated[Page, Depends(_page_of_map)]


async def _links(request: Request, response: Response, page: PageOfMap) -> Links:
    return Links(request, response, page)


LinksOfMap = Annotated[Links, Depends(_links)]
Redirects = Annotated[RedirectService, Depends(_redirect_service)]
