"""The wire shapes of whole articles that go out, and what their pages are asked for."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from pydantic import Field

from app.core.markup import ContentFormat, Heading
from app.core.schemas import AnswerModel, example, is_omitted, omitted
from app.features.lists.schemas import (
    OF_BOOKMARKED,
    OF_FAVORITED,
    SUMMARY,
    ArticleAuthor,
    ArticleBrief,
    SeriesPlace,
)
from app.features.site.schemas import OF_POLICY, SEO, CommentPolicy, Seo
from app.features.tags.schemas import TagBrief
from app.models import Article, Status, WorkingCopy

_WHOLE = {
    **SUMMARY,
    "content": "We set out at *five* in the morning.",
    "content_format": "markdown",
    "content_html": "<p>We set out at <em>five</em> in the morning.</p>\n",
    "toc": [],
    "has_own_excerpt": False,
    "comments": "open",
    "has_own_comments": False,
    "canonical_url": None,
    "meta": {},
    "seo": SEO,
    "series": None,
    "translations": [],
    "working_copy": None,
}


class ArticleMeta(AnswerModel):
    """What its authors want search engines and other sites told; null where they said nothing."""

    title: str | None = None
    description: str | None = None
    robots: str | None = None
    og_title: str | None = None
    og_description: str | None = None
    og_image: str | None = None
    twitter_title: str | None = None
    twitter_description: str | None = None
    twitter_image: str | None = None
    twitter_card: str | None = None


class WorkingCopyBrief(AnswerModel):
    """What waits beside the article; only its authors and editors hear of it."""

    version: int
    fields: list[str] = Field(description="What it changes.")
    note: str | None
    updated_at: datetime

    @classmethod
    def of(cls, copy: WorkingCopy) -> Self:
        """Say what a working copy changes."""
        return cls(
            version=copy.version,
            fields=list(copy.changes),
            note=copy.note,
            updated_at=copy.updated_at,
        )


class ArticleSummary(AnswerModel):
    """What every answer about an article can hold."""

    id: int
    slug: str
    title: str
    excerpt: str = Field(description="Plain text: as given, or the beginning of the article.")
    word_count: int
    reading_minutes: int
    locale: str = Field(description="Its language (BCP 47).")
    featured: bool
    pinned: bool
    cover: str | None
    cover_alt: str | None
    published: bool
    published_at: datetime | None
    status: Status = Field(description="Where it stands at the moment of the answer.")
    author: ArticleAuthor = Field(description="Who owns it: the first of the authors.")
    author_id: int
    authors: list[ArticleAuthor]
    tags: list[TagBrief]
    comments_count: int = Field(description="How many comments everybody can see.")
    favorites_count: int = Field(description="How many people like it.")
    favorited: bool = Field(
        default_factory=omitted, exclude_if=is_omitted, description=OF_FAVORITED
    )
    bookmarked: bool = Field(
        default_factory=omitted, exclude_if=is_omitted, description=OF_BOOKMARKED
    )
    version: int
    created_at: datetime
    updated_at: datetime


class ArticleRead(ArticleSummary):
    """The whole article, with all that its page needs."""

    model_config = example(_WHOLE)

    content: str = Field(description="The text as it was written.")
    content_format: ContentFormat
    content_html: str = Field(description="The text as a page shows it, without active content.")
    toc: list[Heading] = Field(
        description="Its headings, nested; each `id` is an anchor. A `title` is plain text, which "
        "may hold `<` and `&`: escape it in HTML."
    )
    has_own_excerpt: bool = Field(description="Whether the excerpt was given, not made.")
    comments: CommentPolicy = Field(description=f"Who may comment. {OF_POLICY}")
    has_own_comments: bool = Field(description="Whether the article says so, not the site.")
    canonical_url: str | None
    meta: ArticleMeta
    seo: Seo
    series: SeriesPlace | None
    translations: list[ArticleBrief] = Field(description="The same in other languages.")
    working_copy: WorkingCopyBrief | None
    previous: ArticleBrief | None = Field(None, description="The one before it by date, if wanted.")
    next: ArticleBrief | None = Field(None, description="The one after it by date, if wanted.")
    related: list[ArticleBrief] = Field(
        default_factory=list, description="Those that share most tags, with `include=related`."
    )

    @classmethod
    def of(cls, page: "ArticlePage", at: datetime) -> Self:
        """Describe an article as it stands at the given moment."""
        article, copy = page.article, page.working_copy
        values = {name: getattr(article, name) for name in cls.model_fields.keys() - _DERIVED}
        mine = {"favorited": article.is_favorited, "bookmarked": article.is_bookmarked}
        people = [ArticleAuthor.of(each, for_reader=page.mine) for each in article.authors]
        return cls.model_validate(
            {
                **values,
                **(mine if page.mine else {}),
                "author": ArticleAuthor.of(article.author, for_reader=page.mine),
                "authors": people,
                "comments": page.comments,
                "has_own_comments": article.comment_policy is not None,
                "status": article.status(at),
                "has_own_excerpt": article.given_excerpt is not None,
                "meta": article.seo,
                "seo": page.seo,
                "series": page.series,
                "translations": page.translations,
                "working_copy": copy and WorkingCopyBrief.of(copy),
                "previous": page.previous,
                "next": page.next,
                "related": page.related,
            }
        )


_DERIVED = {
    "author", "authors", "favorited", "bookmarked", "comments", "has_own_comments",
    "status", "has_own_excerpt", "meta", "seo", "series", "translations", "working_copy",
    "previous", "next", "related",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article with what stands around it on its page.

    `slug` is its present address; the article may show another, that of its working copy.
    """

    article: Article
    slug: str
    seo: Seo
    comments: str
    mine: bool = False
    series: SeriesPlace | None = None
    translations: Sequence[Article] = ()
    working_copy: WorkingCopy | None = None
    previous: Article | None = None
    next: Article | None = None
    related: Sequence[Article] = ()

    @property
    def id(self) -> int:
        """The id of the article."""
        return self.article.id


# Of each tag, only so many of its latest public articles are looked at for what is related.
MOST_RELATED, LATEST_OF_A_TAG = 5, 200

PREVIOUS, NEXT, RELATED, MINE = "previous", "next", "related", "mine"


@dataclass(frozen=True, slots=True)
class Kind:
    """What the statement of a page depends on; pages of one kind differ in its arguments alone.

    A reader is None where nobody is signed in, or else whether they see all. What somebody has just
    written is shown to them in any case: it is not `checked` whether they may see it.
    """

    by_id: bool
    include: AbstractSet[str]
    reader: bool | None
    checked: bool = True

    @property
    def mine(self) -> bool:
        """Whether it says what the reader has to do with the article."""
        return MINE in self.include


class Head(NamedTuple):
    """What the head of an article's page is made of, and what an answer's headers say of it."""

    id: int
    version: int
    slug: str
    title: str
    excerpt: str
    meta: Mapping[str, Any]
    cover: str | None
    cover_alt: str | None
    canonical_url: str | None
    locale: str
    published_at: datetime | None
    updated_at: datetime
    tags: Sequence[str]
    authors: Sequence[str]
    site_title: str

    @classmethod
    def of(cls, article: Article, site_title: str) -> Self:
        """Take it from an article."""
        authors = [author.full_name or author.username for author in article.authors]
        renamed: dict[str, Any] = {
            "meta": article.seo, "tags": article.tag_names, "authors": authors,
            "site_title": site_title,
        }  # fmt: skip
        own = {name: getattr(article, name) for name in cls._fields if name not in renamed}
        return cls(**own, **renamed)


class PageJson(NamedTuple):
    """An article's page as JSON, and of what it is."""

    id: int
    version: int
    slug: str
    json: str
