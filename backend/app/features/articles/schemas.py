"""The wire shapes of articles that go out, and what lists are asked for."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from app.core.markup import ContentFormat, Heading
from app.core.schemas import AnswerModel, example, omitted
from app.features.series.schemas import SeriesBrief
from app.features.site.schemas import OF_POLICY, SEO, CommentPolicy, Seo
from app.features.tags.schemas import TagBrief
from app.models import Article, Status, User, WorkingCopy

_AUTHOR = {"id": 1, "username": "anna", "full_name": "Anna Liffey", "avatar": None}
_SUMMARY = {
    "id": 7,
    "slug": "down-the-river",
    "title": "Down the river",
    "excerpt": "We set out at five in the morning.",
    "word_count": 8,
    "reading_minutes": 1,
    "locale": "en",
    "featured": False,
    "pinned": False,
    "cover": "/images/river.jpg",
    "cover_alt": "The river at dawn",
    "published": True,
    "published_at": "2026-11-21T09:30:00Z",
    "status": "published",
    "author": _AUTHOR,
    "author_id": 1,
    "authors": [_AUTHOR],
    "tags": [{"id": 3, "slug": "rivers", "name": "rivers", "colour": None}],
    "comments_count": 2,
    "favorites_count": 12,
    "version": 3,
    "created_at": "2026-11-20T18:00:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
}
_WHOLE = {
    **_SUMMARY,
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

# For one page of a list, so many articles are read for a phrase at the most.
MOST_READ = 2_000

# What a list may show of its authors: whether the reader follows them, and what they say of
# themselves. The latter is for other systems' APIs.
FOLLOWED, BIO = "author.followed", "author.bio"

OF_BOOKMARKED = "Whether the reader keeps it for later; with `include=mine`."
OF_FAVORITED = "Whether the reader likes it; with `include=mine`."
OF_FOLLOWED = "Whether the reader follows them; with `include=mine`."


def _is_omitted(value: object) -> bool:
    return value is None


class ArticleAuthor(AnswerModel):
    """Who wrote it."""

    id: int
    username: str
    full_name: str | None
    avatar: str | None
    followed: bool = Field(default_factory=omitted, exclude_if=_is_omitted, description=OF_FOLLOWED)

    @classmethod
    def of(cls, person: User, *, for_reader: bool) -> Self:
        """Describe somebody, if need be with whether the reader follows them."""
        author = cls.model_validate(person)
        return author.model_copy(update={"followed": person.is_followed}) if for_reader else author


class ArticleBrief(AnswerModel):
    """As much of another article as a link to it needs."""

    id: int
    slug: str
    title: str
    excerpt: str
    locale: str
    cover: str | None
    published_at: datetime | None


class SeriesPlace(SeriesBrief):
    """The series of an article, and the article's place in it."""

    position: int | None = Field(description="Its `series_position`, by which they are ordered.")
    previous: ArticleBrief | None = Field(None, description="The public article before it.")
    next: ArticleBrief | None = Field(None, description="The public article after it.")

    @classmethod
    def of(
        cls, article: Article, previous: Article | None = None, following: Article | None = None
    ) -> Self | None:
        """Describe an article's series, or None, and its neighbours there."""
        series = article.series
        if series is None:
            return None
        brief = SeriesBrief.model_validate(series).model_dump()
        return cls.model_validate(
            {
                **brief,
                "position": article.series_position,
                "previous": previous,
                "next": following,
            }
        )


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
        default_factory=omitted, exclude_if=_is_omitted, description=OF_FAVORITED
    )
    bookmarked: bool = Field(
        default_factory=omitted, exclude_if=_is_omitted, description=OF_BOOKMARKED
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


class ArticleListed(AnswerModel):
    """An article in a list: `include` and `fields` say what it holds besides its id."""

    model_config = example({**_SUMMARY, "id": 7})

    id: int
    slug: str = Field(default_factory=omitted)
    title: str = Field(default_factory=omitted)
    excerpt: str = Field(default_factory=omitted)
    word_count: int = Field(default_factory=omitted)
    reading_minutes: int = Field(default_factory=omitted)
    locale: str = Field(default_factory=omitted)
    featured: bool = Field(default_factory=omitted)
    pinned: bool = Field(default_factory=omitted)
    cover: str | None = None
    cover_alt: str | None = None
    published: bool = Field(default_factory=omitted)
    published_at: datetime | None = None
    status: Status = Field(default_factory=omitted)
    author_id: int = Field(default_factory=omitted)
    comments_count: int = Field(default_factory=omitted)
    favorites_count: int = Field(default_factory=omitted)
    favorited: bool = Field(default_factory=omitted, description=OF_FAVORITED)
    bookmarked: bool = Field(default_factory=omitted, description=OF_BOOKMARKED)
    version: int = Field(default_factory=omitted)
    created_at: datetime = Field(default_factory=omitted)
    updated_at: datetime = Field(default_factory=omitted)
    author: ArticleAuthor = Field(default_factory=omitted, description="With `include=author`.")
    authors: list[ArticleAuthor] = Field(default_factory=omitted, description="Likewise.")
    tags: list[TagBrief] = Field(default_factory=omitted, description="With `include=tags`.")
    series: SeriesPlace | None = Field(None, description="With `include=series`.")
    content: str = Field(default_factory=omitted, description="With `include=content`.")
    content_format: ContentFormat = Field(default_factory=omitted, description="Likewise.")
    content_html: str = Field(default_factory=omitted, description="With `include=content`.")
    toc: list[Heading] = Field(
        default_factory=omitted,
        description="With `include=content`. A `title` is plain text: escape it in HTML.",
    )

    @classmethod
    def of(cls, article: Article, at: datetime, *, shows: AbstractSet[str]) -> Self:
        """Describe an article in a list with just these fields."""
        plain = (shows & cls.model_fields.keys()) - {"author", "status", "series"}
        values = {name: getattr(article, _HELD_BY.get(name, name)) for name in plain}
        if "author" in shows:
            values["author"] = ArticleAuthor.of(article.author, for_reader=FOLLOWED in shows)
        if "status" in shows:
            values["status"] = article.status(at)
        if "series" in shows:
            values["series"] = SeriesPlace.of(article)
        return cls.model_validate(values)


_HELD_BY = {
    "authors": "listed_authors", "bookmarked": "is_bookmarked", "favorited": "is_favorited",
    "tags": "listed_tags",
}  # fmt: skip
_DERIVED = {
    "author", "authors", "favorited", "bookmarked", "comments", "has_own_comments",
    "status", "has_own_excerpt", "meta", "seo", "series", "translations", "working_copy",
    "previous", "next", "related",
}  # fmt: skip
INCLUDES = {
    "author": frozenset({"author", "authors"}),
    "content": frozenset({"content", "content_format", "content_html", "toc"}),
    "mine": frozenset({"favorited", "bookmarked", FOLLOWED}),
    "series": frozenset({"series"}),
    "tags": frozenset({"tags"}),
}
FIELDS = frozenset(ArticleListed.model_fields)
PLAIN_FIELDS = FIELDS.difference(*INCLUDES.values())


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
    """Which articles are asked for; `status` None means whatever the reader may see.

    `shows` has the names of the fields that the answer will hold, so that no others are loaded.
    `favorited_by` names a person who likes them, and `followed` stands for what the reader
    follows: what those people wrote, and what has those tags.
    """

    author: str | None = None
    tag: str | None = None
    series: str | None = None
    locale: str | None = None
    featured: bool | None = None
    pinned: bool | None = None
    status: Status | None = Status.PUBLISHED
    favorited_by: str | None = None
    followed: bool = False
    q: str | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    sort: Sort = Sort.NEWEST
    ids: tuple[int, ...] | None = None
    shows: frozenset[str] = PLAIN_FIELDS


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


@dataclass(frozen=True, slots=True)
class Wish:
    """How one article is wanted: with its neighbours, with its working copy, by a preview link."""

    include: AbstractSet[str] = frozenset()
    draft: bool = False
    preview: str | None = None

    @property
    def is_unpublished(self) -> bool:
        """Whether what is wanted may be something that readers must not see."""
        return self.draft or self.preview is not None
