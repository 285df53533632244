"""The wire shapes of comments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import MAX_BIGINT, Text
from app.models import Article, Comment, CommentStatus

MOST_REPLIES = 50  # of each thread in a list; the rest has pages of its own

Content = Annotated[
    str,
    Text(1, 10_000),
    Field(
        description="Markdown: paragraphs, emphasis, links, lists, quotes and code. "
        "HTML is shown as it is typed."
    ),
]
Id = Annotated[int, Field(ge=1, le=MAX_BIGINT)]

_NEW = {"content": "Did you see the *otters*, @bert?"}
_COMMENT = {
    "id": 11,
    "article_id": 7,
    "parent_id": None,
    "thread_id": None,
    "depth": 1,
    "status": "visible",
    **_NEW,
    "content_html": "<p>Did you see the <em>otters</em>, @bert?</p>\n",
    "author": {"id": 1, "username": "anna", "full_name": "Anna Liffey", "avatar": None},
    "reports_count": None,
    "version": 1,
    "created_at": "2026-11-21T09:30:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
    "edited_at": None,
}
_REPLY = {
    **_COMMENT,
    "id": 12,
    "parent_id": 11,
    "thread_id": 11,
    "depth": 2,
    "content": "Two of them!",
    "content_html": "<p>Two of them!</p>\n",
}


class ShownStatus(StrEnum):
    """How a comment is shown: `deleted` only keeps the place that its answers are below."""

    VISIBLE = "visible"
    PENDING = "pending"
    HIDDEN = "hidden"
    SPAM = "spam"
    DELETED = "deleted"


class Sort(StrEnum):
    """The orders of a list of comments."""

    OLDEST = "oldest"
    NEWEST = "newest"


class CommentCreate(RequestModel):
    """A comment on an article, or an answer to another comment there."""

    model_config = example(_NEW)

    content: Content
    parent_id: Id | None = Field(
        None,
        description="The comment that this one answers. Below the deepest level, an answer "
        "stands beside what it answers.",
    )


class CommentUpdate(RequestModel):
    """Changes to a comment; only what is given changes."""

    model_config = example({"content": "Did you see the **otters**, @bert?"})

    content: Content = Field(default_factory=omitted)


class CommentModeration(RequestModel):
    """What a moderator says of a comment."""

    model_config = example({"status": "hidden"})

    status: Annotated[CommentStatus, Field(strict=False)]


class CommentReportCreate(RequestModel):
    """Why a comment should not be there."""

    model_config = example({"reason": "It is an advertisement."})

    reason: Annotated[str, Text(1, 1000)]


class CommentAuthor(AnswerModel):
    """Who wrote it."""

    id: int
    username: str
    full_name: str | None
    avatar: str | None


class CommentReportRead(AnswerModel):
    """Why somebody finds that a comment should not be there."""

    model_config = example({
        "reason": "It is an advertisement.",
        "reporter": _COMMENT["author"],
        "created_at": "2026-11-21T10:00:00Z",
    })  # fmt: skip

    reason: str
    reporter: CommentAuthor
    created_at: datetime


class CommentArticle(AnswerModel):
    """What it is about."""

    id: int
    slug: str
    title: str


class CommentRead(AnswerModel):
    """A comment. One that is not shown to this reader has no text and no author."""

    model_config = example(_COMMENT)

    id: int
    article_id: int
    parent_id: int | None = Field(description="The comment that it stands below.")
    thread_id: int | None = Field(description="The uppermost comment that it stands below.")
    depth: int = Field(description="1 for a comment on the article itself.")
    status: ShownStatus
    content: str | None
    content_html: str | None = Field(description="The same as clean HTML.")
    author: CommentAuthor | None = Field(
        description="Null where the text is not shown, and for accounts that are gone."
    )
    reports_count: int | None = Field(description="How many have reported it; for moderators.")
    version: int
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None = Field(description="When its text was last changed.")

    @classmethod
    def of(cls, shown: "Shown") -> Self:
        """Describe a comment as this reader is shown it."""
        return cls.model_validate(_values(shown))


class CommentThread(CommentRead):
    """A comment on an article, and the first answers below it."""

    model_config = example({**_COMMENT, "replies_count": 1, "replies": [_REPLY]})

    replies_count: int = Field(description="How many answers `GET /comments/{id}/replies` has.")
    replies: list[CommentRead] = Field(
        description=f"The oldest {MOST_REPLIES} answers below it, of every depth, oldest first; "
        "`parent_id` says below which of them each stands."
    )

    @classmethod
    def with_replies(cls, thread: "Thread") -> Self:
        """Describe a thread as this reader is shown it."""
        replies = [_values(reply) for reply in thread.replies]
        return cls.model_validate({
            **_values(thread.comment), "replies": replies, "replies_count": thread.replies_count
        })  # fmt: skip


class CommentQueued(CommentRead):
    """A comment in the list of moderators."""

    model_config = example({
        **_COMMENT,
        "reports_count": 2,
        "article": {"id": 7, "slug": "down-the-river", "title": "Down the river"},
    })  # fmt: skip

    article: CommentArticle

    @classmethod
    def of_article(cls, shown: "Shown") -> Self:
        """Describe a comment together with what it is about."""
        return cls.model_validate({**_values(shown), "article": shown.comment.article})


@dataclass(frozen=True, slots=True)
class Talk:
    """An article as somebody meets its comments."""

    article: Article
    policy: str
    reader_id: int | None
    moderates: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment, whether this reader sees what it says, and whether as a moderator."""

    comment: Comment
    is_whole: bool
    to_moderator: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment on an article, the first answers below it, and how many there are."""

    comment: Shown
    replies: Sequence[Shown]
    replies_count: int


@dataclass(frozen=True, slots=True)
class CommentFilter:
    """Which comments a moderator wants to see; None stands for any."""

    status: CommentStatus | None = None
    reported: bool = False


_OF_THE_TEXT = ("content", "content_html", "author", "status", "edited_at")
_PLACE = CommentRead.model_fields.keys() - {*_OF_THE_TEXT, "reports_count"}


def _values(shown: Shown) -> dict[str, object]:
    comment = shown.comment
    values: dict[str, object] = {name: getattr(comment, name) for name in _PLACE}
    if shown.is_whole:
        values |= {name: getattr(comment, name) for name in _OF_THE_TEXT}
    else:
        values |= dict.fromkeys(_OF_THE_TEXT) | {"status": ShownStatus.DELETED}
    return values | {"reports_count": comment.reports_count if shown.to_moderator else None}
