"""Lists of articles. The bytes that go out are those that the database has made."""

from fastapi import APIRouter, Response

from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL, OptionalReader, UserRef
from app.features.lists.dependencies import Lists, WantedArticles, WantedArticlesOfAuthor
from app.features.lists.schemas import ArticleListed
from app.web.conditional import IfNoneMatch
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["articles"], route_class=Route)


@router.get(
    "/articles",
    summary="List articles",
    operation_id="articles_list",
    response_model=list[ArticleListed],
    responses=describe(401, 403),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_articles(
    wanted: WantedArticles,
    lists: Lists,
    page: PageParams,
    links: PageLinks,
    known: IfNoneMatch,
    reader: OptionalReader,
    now: Now,
) -> Response:
    """List the articles that everybody can see, or others that this reader may."""
    check = known.check
    return links.answer(await lists.page(wanted, page, reader=reader, at=now, check=check))


@router.get(
    "/users/{ref}/articles",
    summary="List an author's articles",
    operation_id="users_articles_list",
    response_model=list[ArticleListed],
    responses=describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_articles_of_author(
    ref: UserRef,
    wanted: WantedArticlesOfAuthor,
    lists: Lists,
    page: PageParams,
    links: PageLinks,
    known: IfNoneMatch,
    reader: OptionalReader,
    now: Now,
) -> Response:
    """List what one author wrote, alone or with others, under the same rules as all articles."""
    check = known.check
    found = await lists.page_of_author(ref, wanted, page, reader=reader, at=now, check=check)
    return links.answer(found)
