"""Writing: making articles, changing, publishing and deleting them, and their working copies."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from app.features.articles.dependencies import ArticleRef, WrittenArticle
from app.features.auth.dependencies import Writer
from app.features.pages.schemas import ArticleRead
from app.features.writing.dependencies import (
    OfWorkingCopy,
    Writing,
    unless_copy_is_stale,
)
from app.features.writing.schemas import ArticleCreate, ArticleUpdate, Publication
from app.web.conditional import IfMatch
from app.web.idempotency import IdempotencyKey
from app.web.openapi import PREFIX
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["writing"], route_class=Route)


@router.post(
    "/articles",
    status_code=201,
    summary="Write an article",
    operation_id="articles_create",
    response_model=ArticleRead,
    responses=describe(400, 401, 403, 409),
)
async def create_article(
    new: ArticleCreate,
    author: Writer,
    response: Response,
    writing: Writing,
    answer: WrittenArticle,
    now: Now,
    _: IdempotencyKey,
) -> ArticleRead | Response:
    """Make a draft, or publish at once or later."""
    article = await writing.create(new, author=author, at=now)
    response.headers["Location"] = f"{PREFIX}/articles/{article.id}"
    return await answer.afresh(article, editor=author)


@router.patch(
    "/articles/{ref}",
    summary="Change an article",
    operation_id="articles_update",
    response_model=ArticleRead,
    responses=describe(400, 401, 403, 404, 412),
)
async def update_article(
    ref: ArticleRef,
    changes: ArticleUpdate,
    writing: Writing,
    answer: WrittenArticle,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
    of_copy: OfWorkingCopy = False,
) -> ArticleRead | Response:
    """Change only what is given; publish, schedule or withdraw by the same means.

    With `draft=true` the article stays as it is, and the changes wait in its working copy.
    """
    if of_copy:
        check = unless_copy_is_stale(if_match)
        article = await writing.keep(ref, changes, editor=editor, at=now, check=check)
    else:
        article = await writing.update(
            ref, changes, editor=editor, at=now, check=if_match.unless_stale
        )
    return await answer.afresh(article, editor=editor, of_working_copy=of_copy)


@router.delete(
    "/articles/{ref}",
    status_code=204,
    summary="Delete an article",
    operation_id="articles_delete",
    responses=describe(401, 403, 404, 412),
)
async def delete_article(
    ref: ArticleRef, writing: Writing, editor: Writer, now: Now, if_match: IfMatch
) -> None:
    """Put an article into the bin, from which it can be brought back for some time."""
    await writing.delete(ref, editor=editor, at=now, check=if_match.unless_stale)


@router.post(
    "/articles/{ref}/undelete",
    summary="Bring an article back",
    operation_id="articles_undelete",
    response_model=ArticleRead,
    responses=describe(400, 401, 403, 404, 409, 412),
)
async def undelete_article(
    ref: ArticleRef,
    writing: Writing,
    answer: WrittenArticle,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
    _: IdempotencyKey,
) -> ArticleRead | Response:
    """Take an article out of the bin, as it was.

    If another article has taken its address meanwhile, it comes back under one near it.
    """
    check = if_match.unless_stale
    article = await writing.undelete(ref, editor=editor, at=now, check=check)
    return await answer.afresh(article, editor=editor)


@router.post(
    "/articles/{ref}/publish",
    summary="Publish an article, with its working copy",
    operation_id="articles_publish",
    response_model=ArticleRead,
    responses=describe(400, 401, 403, 404, 409, 412),
)
async def publish_article(
    ref: ArticleRef,
    publication: Annotated[Publication, Body(default_factory=Publication)],
    writing: Writing,
    answer: WrittenArticle,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
    _: IdempotencyKey,
) -> ArticleRead | Response:
    """Make an article public, now or at a later date, with all that waits in its working copy.

    Where the article itself has changed since what its working copy changes, it is 409, and
    nothing is published: save these fields in the working copy again, or discard it. `If-Match`
    takes the ETag of `GET …?draft=true`.
    """
    check = unless_copy_is_stale(if_match)
    article = await writing.publish(ref, publication, editor=editor, at=now, check=check)
    return await answer.afresh(article, editor=editor)


@router.delete(
    "/articles/{ref}/draft",
    status_code=204,
    summary="Discard the working copy of an article",
    operation_id="articles_discard_draft",
    responses=describe(401, 403, 404, 412),
)
async def discard_working_copy(
    ref: ArticleRef, writing: Writing, editor: Writer, now: Now, if_match: IfMatch
) -> None:
    """Throw away the changes that wait beside an article; the article stays as it is.

    `If-Match` takes the ETag of `GET …?draft=true`.
    """
    check = unless_copy_is_stale(if_match)
    await writing.discard(ref, editor=editor, at=now, check=check)
