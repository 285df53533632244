"""Search: articles by their words, what they have in common, and suggestions while typing."""

from fastapi import APIRouter

from app.features.search.dependencies import Beginning, Search, Wanted
from app.features.search.schemas import SearchFacets, SearchHit, Suggestion
from app.web.pagination import PageLinks, PageParams
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/search", tags=["search"], route_class=Route)


@router.get("", summary="Search articles", operation_id="search_articles")
async def search_articles(
    wanted: Wanted, search: Search, page: PageParams, links: PageLinks, now: Now
) -> list[SearchHit]:
    """Find public articles by words of their title, tags, excerpt and text, the best first.

    A word in the title counts ten times as much as one in the text, in a tag four times, in the
    excerpt twice; among equals the newest comes first. Words are found whatever their case, accents
    and endings, and as they are written in articles of other languages. Of more than 1,000 articles
    the newest 1,000 are ranked: there the list ends, and `X-Total-Count` says no more. Where
    nothing has a word, the nearest word of a title or tag is searched for instead.
    """
    found = await search.page(wanted, page, at=now)
    links.to(found)
    return list(found.items)


@router.get("/facets", summary="Sum up a search", operation_id="search_facets")
async def sum_up(wanted: Wanted, search: Search, now: Now) -> SearchFacets:
    """Count the articles that the same search finds by tag, author and year."""
    return await search.facets(wanted, at=now)


@router.get("/suggest", summary="Suggest while typing", operation_id="search_suggest")
async def suggest(beginning: Beginning, search: Search, now: Now) -> list[Suggestion]:
    """Return up to ten tags, authors and articles with a word that begins with the last one typed.

    Case and accents do not matter; whole words before it must be there as well.
    """
    return await search.suggest(beginning, at=now)
