"""Articles: writing, publishing and reading them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator

from app.core.text import clean_line
from app.features.articles.dependencies import Articles, WantedArticles, WantedArticlesOfAuthor
from app.features.articles.schemas import (
    ArticleCreate,
    ArticleListed,
    ArticleRead,
    ArticleUpdate,
)
from app.features.auth.dependencies import (
    SIGN_IN_IS_OPTIONAL,
    CurrentUser,
    OptionalUser,
    UserRef,
)
from app.models import Article
from app.web.conditional import IfMatch, Precondition, short_digest, strong_etag
from app.web.idempotency import IdempotencyKey
from app.web.openapi import PREFIX
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["articles"], route_class=Route)

ArticleRef = Annotated[
    str,
    Path(min_length=1, max_length=200, description="An id or a slug.", examples=["down-the-river"]),
    AfterValidator(clean_line),
]


def _etag(article: Article, at: datetime) -> str:
    """Return the version, and a digest of what an answer shows that changes without it."""
    author = article.author
    shown = (article.status(at), author.username, author.full_name, author.avatar)
    return strong_etag(article.id, article.version, short_digest(*shown))


def _unless_stale(precondition: Precondition) -> Callable[[Article], None]:
    return lambda article: precondition.check(article.id, article.version)


def _whole(article: Article, response: Response, at: datetime) -> ArticleRead:
    response.headers["ETag"] = _etag(article, at)
    return ArticleRead.of(article, at)


def _listed(
    articles: Sequence[Article], at: datetime, *, with_content: bool
) -> list[ArticleListed]:
    besides = frozenset() if with_content else frozenset({"content"})
    return [ArticleListed.of(article, at, besides=besides) for article in articles]


@router.get(
    "/articles",
    summary="List articles",
    operation_id="articles_list",
    responses=describe(401),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
    response_model_exclude_unset=True,
)
async def list_articles(
    wanted: WantedArticles,
    articles: Articles,
    page: PageParams,
    links: PageLinks,
    reader: OptionalUser,
    now: Now,
) -> list[ArticleListed]:
    """List the articles that everybody can see, or others that this reader may."""
    found = await articles.page(wanted, page, reader=reader, at=now)
    links.to(found)
    return _listed(found.items, now, with_content=wanted.with_content)


@router.get(
    "/users/{ref}/articles",
    summary="List an author's articles",
    operation_id="users_articles_list",
    responses=describe(401, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
    response_model_exclude_unset=True,
)
async def list_articles_of_author(
    ref: UserRef,
    wanted: WantedArticlesOfAuthor,
    articles: Articles,
    page: PageParams,
    links: PageLinks,
    reader: OptionalUser,
    now: Now,
) -> list[ArticleListed]:
    """List one author's articles, under the same rules as all articles."""
    found = await articles.page_of_author(ref, wanted, page, reader=reader, at=now)
    links.to(found)
    return _listed(found.items, now, with_content=wanted.with_content)


@router.post(
    "/articles",
    status_code=201,
    summary="Write an article",
    operation_id="articles_create",
    responses=describe(400, 401, 403, 409),
)
async def create_article(
    new: ArticleCreate,
    author: CurrentUser,
    response: Response,
    articles: Articles,
    now: Now,
    _: IdempotencyKey,
) -> ArticleRead:
    """Make a draft, or publish at once or later."""
    article = await articles.create(new, author=author, at=now)
    response.headers["Location"] = f"{PREFIX}/articles/{article.id}"
    return _whole(article, response, now)


@router.get(
    "/articles/{ref}",
    summary="Read an article",
    operation_id="articles_read",
    responses=describe(401, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_article(
    ref: ArticleRef, response: Response, articles: Articles, reader: OptionalUser, now: Now
) -> ArticleRead:
    """Answer with the whole article. A draft exists only for its author and editors."""
    article = await articles.read(ref, reader=reader, at=now)
    return _whole(article, response, now)


@router.patch(
    "/articles/{ref}",
    summary="Change an article",
    operation_id="articles_update",
    responses=describe(401, 403, 404, 412),
)
async def update_article(
    ref: ArticleRef,
    changes: ArticleUpdate,
    response: Response,
    articles: Articles,
    editor: CurrentUser,
    now: Now,
    if_match: IfMatch,
) -> ArticleRead:
    """Change only what is given; publish, schedule or withdraw by the same means."""
    check = _unless_stale(if_match)
    article = await articles.update(ref, changes, editor=editor, at=now, check=check)
    return _whole(article, response, now)


@router.delete(
    "/articles/{ref}",
    status_code=204,
    summary="Delete an article",
    operation_id="articles_delete",
    responses=describe(401, 403, 404, 412),
)
async def delete_article(
    ref: ArticleRef, articles: Articles, editor: CurrentUser, now: Now, if_match: IfMatch
) -> None:
    """Delete an article for good."""
    check = _unless_stale(if_match)
    await articles.delete(ref, editor=editor, at=now, check=check)
