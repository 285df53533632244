"""RealWorld's comments, which know of no threads: all that is said about an article, in a row."""

from fastapi import APIRouter

from app.compat.realworld.answers import CommentAnswer, CommentsAnswer, SaidComment
from app.compat.realworld.dependencies import (
    CommentIdGiven,
    NewCommentGiven,
    SlugGiven,
    kept,
    refusals,
    takes,
)
from app.compat.realworld.schemas import NewCommentBody
from app.features.articles.dependencies import Articles
from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL, OptionalReader, Writer
from app.features.comments.dependencies import Comments
from app.features.limits.dependencies import CommentLimit
from app.web.idempotency import IdempotencyKey
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(prefix="/articles/{slug}/comments", route_class=Route)


@router.get(
    "",
    summary="List the comments on an article",
    operation_id="realworld_comments_list",
    responses=refusals(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_comments(
    reader: OptionalReader, slug: SlugGiven, articles: Articles, comments: Comments, now: Now
) -> CommentsAnswer:
    """List what is said about an article: the newest thousand comments, the oldest first."""
    if reader is not None:
        kept(await articles.readable(slug, reader=reader, at=now))
    found = await comments.flat(slug, reader=reader, at=now)
    return CommentsAnswer(comments=[SaidComment.of(comment) for comment in found])


@router.post(
    "",
    status_code=201,
    summary="Comment on an article",
    operation_id="realworld_comments_create",
    responses=refusals(401, 403, 404, 409, 422),
    openapi_extra=takes(NewCommentBody),
)
async def create_comment(
    author: Writer,
    slug: SlugGiven,
    body: NewCommentGiven,
    _: CommentLimit,
    comments: Comments,
    now: Now,
    __: IdempotencyKey,
) -> CommentAnswer:
    """Say something about an article."""
    comment = await comments.write(slug, body.comment.translated(), author=author, at=now)
    return CommentAnswer(comment=SaidComment.of(comment))


@router.delete(
    "/{comment_id}",
    status_code=204,
    summary="Delete a comment",
    operation_id="realworld_comments_delete",
    responses=refusals(401, 403, 404),
)
async def delete_comment(
    editor: Writer, slug: SlugGiven, comment_id: CommentIdGiven, comments: Comments, now: Now
) -> None:
    """Take back what was said about this article."""
    await comments.delete(comment_id, editor=editor, at=now, article_ref=slug)
