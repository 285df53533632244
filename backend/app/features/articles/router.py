"""Articles: reading one of them."""

from fastapi import APIRouter, Response

from app.features.articles.dependencies import (
    ArticleRef,
    Drafts,
    WantedArticle,
    WholeArticle,
)
from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL, OptionalReader
from app.features.pages.dependencies import Pages
from app.features.pages.schemas import ArticleRead
from app.web.moved import MOVED
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now, Parts

router = APIRouter(tags=["articles"], route_class=Route)


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
    pages: Pages,
    drafts: Drafts,
    answer: WholeArticle,
    reader: OptionalReader,
    parts: Parts,
    now: Now,
) -> ArticleRead | Response:
    """Answer with all that the article's page needs. A draft exists only for who may edit it.

    A former slug is answered 308 with the present one. With `draft=true` those who may edit the
    article see it as its working copy has it, and with `preview=` anybody who has such a link.
    """
    if drafts is not None:
        draft = await drafts.unpublished(ref, wish, reader=reader, tokens=parts.tokens, at=now)
        return answer.draft(draft, asked=ref)
    return answer.of(await pages.page(ref, wish.include, reader=reader, at=now), asked=ref)
