"""What the router of comments asks for."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Response

from app.core.text import MAX_BIGINT
from app.features.comments.schemas import CommentFilter, CommentRead, Shown, Sort
from app.features.comments.service import CommentService
from app.models import CommentStatus
from app.web.conditional import short_digest, strong_etag
from app.web.session import DbSession, Parts

CommentId = Annotated[int, Path(ge=1, le=MAX_BIGINT, examples=[11])]
CommentSort = Annotated[Sort, Query(description="By when the comments were written.")]
AnyStatus = Literal["visible", "pending", "hidden", "spam", "all"]


async def _comment_service(session: DbSession, parts: Parts) -> CommentService:
    return CommentService(session, parts)


async def _wanted(
    status: Annotated[AnyStatus, Query(description="What moderators have said.")] = "pending",
    reported: Annotated[bool, Query(description="Only what readers have reported.")] = False,
) -> CommentFilter:
    return CommentFilter(None if status == "all" else CommentStatus(status), reported)


Comments = Annotated[CommentService, Depends(_comment_service)]
WantedComments = Annotated[CommentFilter, Depends(_wanted)]


def whole(shown: Shown, response: Response) -> CommentRead:
    """Return the answer about one comment, with the ETag of exactly that."""
    answer = CommentRead.of(shown)
    digest = short_digest(answer.model_dump_json())
    response.headers["ETag"] = strong_etag(answer.id, answer.version, digest)
    return answer
