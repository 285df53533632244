"""Comments: what readers say about articles, and who decides what is shown of it."""

from fastapi import APIRouter, Response

from app.features.articles.dependencies import ArticleRef
from app.features.auth.dependencies import SIGN_IN_IS_OPTIONAL, OptionalReader, Reader, Writer
from app.features.comments.dependencies import (
    CommentId,
    Comments,
    CommentSort,
    WantedComments,
    whole,
)
from app.features.comments.schemas import (
    CommentCreate,
    CommentModeration,
    CommentQueued,
    CommentRead,
    CommentReportCreate,
    CommentReportRead,
    CommentThread,
    CommentUpdate,
    Sort,
)
from app.features.limits.dependencies import CommentLimit
from app.web.conditional import IfMatch
from app.web.idempotency import IdempotencyKey
from app.web.openapi import PREFIX
from app.web.pagination import PageLinks, PageParams
from app.web.problems import describe
from app.web.routing import Route
from app.web.session import Now

router = APIRouter(tags=["comments"], route_class=Route)


@router.get(
    "/articles/{ref}/comments",
    summary="List the comments on an article",
    operation_id="comments_list",
    responses=describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_comments(
    ref: ArticleRef,
    comments: Comments,
    page: PageParams,
    links: PageLinks,
    reader: OptionalReader,
    now: Now,
    sort: CommentSort = Sort.OLDEST,
) -> list[CommentThread]:
    """List the comments on an article itself, each with the first answers below it.

    One's own are listed while they wait for a moderator, and moderators see all. What is deleted or
    hidden, and has answers, is listed without its text and author. Where comments are for members,
    it is 401 for everybody else.
    """
    found = await comments.page(ref, sort, page, reader=reader, at=now)
    links.to(found)
    return [CommentThread.with_replies(thread) for thread in found.items]


@router.post(
    "/articles/{ref}/comments",
    status_code=201,
    summary="Comment on an article",
    operation_id="comments_create",
    responses=describe(400, 401, 403, 404, 409),
)
async def create_comment(
    ref: ArticleRef,
    new: CommentCreate,
    author: Writer,
    _: CommentLimit,
    response: Response,
    comments: Comments,
    now: Now,
    __: IdempotencyKey,
) -> CommentRead:
    """Comment on a public article, or answer another comment there, whatever one's role.

    It begins as `pending` where moderators look first, and with many links. The same words again
    within a minute are 409; where comments are closed, it is 403 (`comments_closed`).
    """
    comment = await comments.write(ref, new, author=author, at=now)
    response.headers["Location"] = f"{PREFIX}/comments/{comment.id}"
    return whole(await comments.read(comment.id, reader=author, at=now), response)


@router.get(
    "/comments",
    summary="List the comments to moderate",
    operation_id="comments_queue",
    responses=describe(401, 403),
)
async def list_queue(
    wanted: WantedComments,
    comments: Comments,
    page: PageParams,
    links: PageLinks,
    moderator: Reader,
) -> list[CommentQueued]:
    """List what one may moderate, newest first: editors all, others what is said of their articles.

    By default that is what waits to be looked at.
    """
    found = await comments.queue(wanted, page, moderator=moderator)
    links.to(found)
    return [CommentQueued.of_article(shown) for shown in found.items]


@router.get(
    "/comments/{comment_id}",
    summary="Read a comment",
    operation_id="comments_read",
    responses=describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def read_comment(
    comment_id: CommentId,
    response: Response,
    comments: Comments,
    reader: OptionalReader,
    now: Now,
) -> CommentRead:
    """Answer with one comment."""
    return whole(await comments.read(comment_id, reader=reader, at=now), response)


@router.patch(
    "/comments/{comment_id}",
    summary="Change a comment",
    operation_id="comments_update",
    responses=describe(401, 403, 404, 412),
)
async def update_comment(
    comment_id: CommentId,
    changes: CommentUpdate,
    response: Response,
    comments: Comments,
    editor: Writer,
    now: Now,
    if_match: IfMatch,
) -> CommentRead:
    """Change what a comment says: one's own for some minutes, editors any at any time.

    Where moderators look first, they look again.
    """
    check = if_match.unless_stale
    await comments.update(comment_id, changes, editor=editor, at=now, check=check)
    return whole(await comments.read(comment_id, reader=editor, at=now), response)


@router.delete(
    "/comments/{comment_id}",
    status_code=204,
    summary="Delete a comment",
    operation_id="comments_delete",
    responses=describe(401, 403, 404, 412),
)
async def delete_comment(
    comment_id: CommentId, comments: Comments, editor: Writer, now: Now, if_match: IfMatch
) -> None:
    """Delete a comment for good: one's own, or below an article that one moderates.

    Its answers stay; while there are any, its place above them stays too, without text and author.
    """
    await comments.delete(comment_id, editor=editor, at=now, check=if_match.unless_stale)


@router.get(
    "/comments/{comment_id}/replies",
    summary="List the answers to a comment",
    operation_id="replies_list",
    responses=describe(401, 403, 404),
    openapi_extra=SIGN_IN_IS_OPTIONAL,
)
async def list_replies(
    comment_id: CommentId,
    comments: Comments,
    page: PageParams,
    links: PageLinks,
    reader: OptionalReader,
    now: Now,
) -> list[CommentRead]:
    """List all answers below a comment, of every depth, oldest first."""
    found = await comments.replies(comment_id, page, reader=reader, at=now)
    links.to(found)
    return [CommentRead.of(shown) for shown in found.items]


@router.patch(
    "/comments/{comment_id}/status",
    summary="Moderate a comment",
    operation_id="comments_moderate",
    responses=describe(401, 403, 404, 412),
)
async def moderate_comment(
    comment_id: CommentId,
    decision: CommentModeration,
    response: Response,
    comments: Comments,
    moderator: Writer,
    now: Now,
    if_match: IfMatch,
) -> CommentRead:
    """Decide how a comment is shown, as an author of the article or as an editor."""
    check = if_match.unless_stale
    status = decision.status
    await comments.moderate(comment_id, status, moderator=moderator, at=now, check=check)
    return whole(await comments.read(comment_id, reader=moderator, at=now), response)


@router.post(
    "/comments/{comment_id}/report",
    status_code=204,
    summary="Report a comment",
    operation_id="comments_report",
    responses=describe(401, 403, 404, 409),
)
async def report_comment(
    comment_id: CommentId,
    report: CommentReportCreate,
    reporter: Writer,
    _: CommentLimit,
    comments: Comments,
    now: Now,
    __: IdempotencyKey,
) -> None:
    """Tell the moderators that a comment should not be there; to say so again changes nothing."""
    await comments.report(comment_id, report.reason, reporter=reporter, at=now)


@router.get(
    "/comments/{comment_id}/reports",
    summary="List the reports about a comment",
    operation_id="comment_reports_list",
    responses=describe(401, 403, 404),
)
async def list_reports(
    comment_id: CommentId,
    comments: Comments,
    page: PageParams,
    links: PageLinks,
    moderator: Reader,
    now: Now,
) -> list[CommentReportRead]:
    """List why readers find that a comment should not be there, newest first, as its moderator."""
    found = await comments.reports(comment_id, page, moderator=moderator, at=now)
    links.to(found)
    return [CommentReportRead.model_validate(report) for report in found.items]
