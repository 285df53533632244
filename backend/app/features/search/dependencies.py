"""What the router of search asks for."""

from typing import Annotated

from fastapi import Depends, Query

from app.core.places import Locale
from app.core.text import Line
from app.features.search.schemas import SearchFilter
from app.features.search.service import SearchService
from app.web.session import Parts

Words = Annotated[str, Line(1, 200)]
Name = Annotated[str, Line(1, 100)]
FIRST_YEAR, LAST_YEAR = 1000, 9998


async def _search_service(parts: Parts) -> SearchService:
    return SearchService(parts.reads, parts.settings)


async def _wanted(
    q: Annotated[
        Words,
        Query(description='Words; also `"a phrase"`, `or`, and `-not`.', examples=["river -lake"]),
    ],
    locale: Annotated[
        Locale | None,
        Query(description="The language of the words (BCP 47). Without one, the site's."),
    ] = None,
    tag: Annotated[Name | None, Query(description="A tag's slug, id or name.")] = None,
    author: Annotated[Name | None, Query(description="An author's id or username.")] = None,
    year: Annotated[
        int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="Published in this year.")
    ] = None,
) -> SearchFilter:
    return SearchFilter(q=q, locale=locale, tag=tag, author=author, year=year)


async def _beginning(
    q: Annotated[Words, Query(description="What has been typed so far.", examples=["riv"])],
) -> str:
    return q


Beginning = Annotated[str, Depends(_beginning)]
Search = Annotated[SearchService, Depends(_search_service)]
Wanted = Annotated[SearchFilter, Depends(_wanted)]
