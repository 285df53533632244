"""The wire shapes of articles."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from app.core.clock import Instant
from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import MAX_SLUG_LENGTH, Line, Text
from app.models import Article, Status

LONGEST_CONTENT = 200_000  # One page of a list may hold a hundred of them.
MOST_TAGS = 20

# Words that stand, or may one day stand, where a slug does in an address.
RESERVED_SLUGS = frozenset({
    "admin", "api", "archive", "authors", "comments", "drafts", "edit", "export", "feed", "import",
    "index", "latest", "me", "media", "new", "popular", "preview", "previews", "random",
    "redirects", "revisions", "rss", "search", "series", "settings", "sitemap", "tags", "trash",
    "undelete",
})  # fmt: skip


def check_slug(slug: str) -> str:
    """Return the slug that somebody chose; raise ValueError when it cannot be an address."""
    if slug.isdigit():
        raise ValueError("must not be only digits, because those are ids")
    if slug in RESERVED_SLUGS:
        raise ValueError("is reserved")
    return slug


Title = Annotated[str, Line(1, 200)]
Content = Annotated[str, Text(10, LONGEST_CONTENT)]
Tag = Annotated[str, Line(1, 50)]
Slug = Annotated[
    str,
    Field(min_length=1, max_length=MAX_SLUG_LENGTH, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$"),
    AfterValidator(check_slug),
]


def without_repeats(tags: list[str]) -> list[str]:
    """Return the tags in their order; of spellings that differ in case only, the first stays."""
    spellings: dict[str, str] = {}
    for tag in tags:
        spellings.setdefault(tag.casefold(), tag)
    return list(spellings.values())


Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(without_repeats)]

_SUMMARY = {
    "id": 7,
    "slug": "down-the-river",
    "title": "Down the river",
    "tags": ["rivers"],
    "published": True,
    "published_at": "2026-11-21T09:30:00Z",
    "status": "published",
    "author": {"id": 1, "username": "anna", "full_name": "Anna Liffey", "avatar": None},
    "author_id": 1,
    "version": 3,
    "created_at": "2026-11-20T18:00:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
}
_CONTENT = {"content": "We set out at *five* in the morning."}


class ArticleCreate(RequestModel):
    """A new article: a draft unless it is published, now or (with `published_at`) later."""

    model_config = example(
        {"title": "Down the river", **_CONTENT, "tags": ["rivers"], "published": True}
    )

    title: Title
    content: Content = Field(description="The text, in Markdown.")
    published: bool = False
    published_at: Instant | None = Field(
        None, description="When it becomes public. Published without it: now."
    )
    slug: Slug = Field(
        default_factory=omitted, description="Its address. Without one, it is made from the title."
    )
    tags: Tags = Field(default_factory=list, description="In the order in which they are shown.")


class ArticleUpdate(RequestModel):
    """Changes to an article; only what is given changes."""

    model_config = example({"title": "Down the wide river"})

    title: Title = Field(default_factory=omitted)
    content: Content = Field(default_factory=omitted)
    published: bool = Field(default_factory=omitted)
    published_at: Instant | None = None
    tags: Tags = Field(default_factory=omitted)


class ArticleAuthor(AnswerModel):
    """Who wrote it."""

    id: int
    username: str
    full_name: str | None
    avatar: str | None


class ArticleSummary(AnswerModel):
    """An article without its text."""

    model_config = example(_SUMMARY)

    id: int
    slug: str
    title: str
    tags: list[str]
    published: bool
    published_at: datetime | None
    status: Status = Field(description="Where it stands at the moment of the answer.")
    author: ArticleAuthor
    author_id: int
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, article: Article, at: datetime, *, besides: AbstractSet[str] = frozenset()) -> Self:
        """Describe an article as it stands at the given moment, without the fields `besides`."""
        columns = cls.model_fields.keys() - {"status"} - besides
        values = {name: getattr(article, name) for name in columns}
        return cls.model_validate({**values, "status": article.status(at)})


class ArticleRead(ArticleSummary):
    """The whole article."""

    model_config = example({**_SUMMARY, **_CONTENT})

    content: str = Field(description="The text, in Markdown.")


class ArticleListed(ArticleSummary):
    """An article in a list."""

    model_config = example(_SUMMARY)

    content: str = Field("", description="Only there with `include=content`.")


class Sort(StrEnum):
    """The orders of a list of articles; a minus means the greatest first."""

    NEWEST = "-published_at"
    OLDEST = "published_at"
    LAST_MADE = "-created_at"
    FIRST_MADE = "created_at"
    LAST_CHANGED = "-updated_at"
    FIRST_CHANGED = "updated_at"
    TITLE = "title"
    TITLE_BACKWARD = "-title"


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles are asked for; `status` None means whatever the reader may see."""

    author: str | None = None
    tag: str | None = None
    status: Status | None = Status.PUBLISHED
    q: str | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    sort: Sort = Sort.NEWEST
    with_content: bool = False
