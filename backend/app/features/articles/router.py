"""Articles: reading them."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response

from app.core.text import as_id
from app.features.articles.dependencies import (
    ArticleRef,
    Articles,
    WantedArticle,
    WantedArticles,
    WantedArticlesOfAuthor,
    WholeArticle,
)
from app.features.articles.schemas import ArticleListed, ArticleRead
from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL, OptionalReader, UserRef
from app.models import Article
from app.web.moved import MOVED, moved
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(tags=["articles"], route_class=Route)


def _listed(
    articles: Sequence[Article], at: datetime, shows: frozenset[str]
) -> list[ArticleListed]:
    return [ArticleListed.of(article, at, shows=shows) for article in articles]


@router.get(
    "/articles",
    summary="List articles",
    operation_id="articles_list",
    responses=describe(401, 403),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
    response_model_exclude_unset=True,
)
async def list_articles(
    wanted: WantedArticles,
    articles: Articles,
    page: PageParams,
    links: PageLinks,
    reader: OptionalReader,
    now: Now,
) -> list[ArticleListed]:
    """List the articles that everybody can see, or others that this reader may."""
    found = await articles.page(wanted, page, reader=reader, at=now)
    links.to(found)
    return _listed(found.items, now, wanted.shows)


@router.get(
    "/users/{ref}/articles",
    summary="List an author's articles",
    operation_id="users_articles_list",
    responses=describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
    response_model_exclude_unset=True,
)
async def list_articles_of_author(
    ref: UserRef,
    wanted: WantedArticlesOfAuthor,
    articles: Articles,
    page: PageParams,
    links: PageLinks,
    reader: OptionalReader,
    now: Now,
) -> list[ArticleListed]:
    """List what one author wrote, alone or with others, under the same rules as all articles."""
    found = await articles.page_of_author(ref, wanted, page, reader=reader, at=now)
    links.to(found)
    return _listed(found.items, now, wanted.shows)


@router.get(
    "/articles/{ref}",
    summary="Read an article",
    operation_id="articles_read",
    response_model=ArticleRead,
    responses=MOVED | describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_article(
    ref: ArticleRef,
    wish: WantedArticle,
    request: Request,
    articles: Articles,
    answer: WholeArticle,
    reader: OptionalReader,
    parts: Parts,
    now: Now,
) -> ArticleRead | Response:
    """Answer with all that the article's page needs. A draft exists only for who may edit it.

    A former slug is answered 308 with the present one. With `draft=true` those who may edit the
    article see it as its working copy has it, and with `preview=` anybody who has such a link.
    """
    page = await articles.wanted(ref, wish, reader=reader, tokens=parts.tokens, at=now)
    if as_id(ref) is None and ref != page.slug:
        return moved(
            request, "articles", page.article.id, page.slug, is_private=wish.is_unpublished
        )
    return answer.of(page, of_working_copy=wish.is_unpublished)
