"""The wire shapes of articles in lists, and what lists are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field

from app.core.markup import ContentFormat, Heading
from app.core.schemas import AnswerModel, example, is_omitted, omitted
from app.features.series.schemas import SeriesBrief
from app.features.tags.schemas import TagBrief
from app.models import Article, Status, User

AUTHOR = {"id": 1, "username": "anna", "full_name": "Anna Liffey", "avatar": None}
SUMMARY = {
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
    "author": AUTHOR,
    "author_id": 1,
    "authors": [AUTHOR],
    "tags": [{"id": 3, "slug": "rivers", "name": "rivers", "colour": None}],
    "comments_count": 2,
    "favorites_count": 12,
    "version": 3,
    "created_at": "2026-11-20T18:00:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
}
# For one page of a list, so many articles are read for a phrase at the most.
MOST_READ = 2_000

# What a list may show of its authors: whether the reader follows them, and what they say of
# themselves. The latter is for other systems' APIs.
FOLLOWED, BIO = "author.followed", "author.bio"

OF_BOOKMARKED = "Whether the reader keeps it for later; with `include=mine`."
OF_FAVORITED = "Whether the reader likes it; with `include=mine`."
OF_FOLLOWED = "Whether the reader follows them; with `include=mine`."


class ArticleAuthor(AnswerModel):
    """Who wrote it."""

    id: int
    username: str
    full_name: str | None
    avatar: str | None
    followed: bool = Field(default_factory=omitted, exclude_if=is_omitted, description=OF_FOLLOWED)

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


class ArticleListed(AnswerModel):
    """An article in a list: `include` and `fields` say what it holds besides its id."""

    model_config = example({**SUMMARY, "id": 7})

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


INCLUDES = {
    "author": frozenset({"author", "authors"}),
    "content": frozenset({"content", "content_format", "content_html", "toc"}),
    "mine": frozenset({"favorited", "bookmarked", FOLLOWED}),
    "series": frozenset({"series"}),
    "tags": frozenset({"tags"}),
}
FIELDS = frozenset(ArticleListed.model_fields)
PLAIN_FIELDS = FIELDS.difference(*INCLUDES.values())


class ArticleSort(StrEnum):
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
    sort: ArticleSort = ArticleSort.NEWEST
    ids: tuple[int, ...] | None = None
    shows: frozenset[str] = PLAIN_FIELDS


Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the statement of a list depends on; lists of one kind differ in its arguments alone.

    `given` names the filters with a value. A reader is None where nobody is signed in, or else
    whether they see all. A cursor is None on a first page, or else whether it leads backward.
    `words` says whether an index knows them, and is None where there are none.
    """

    shows: frozenset[str]
    given: frozenset[str]
    featured: bool | None
    pinned: bool | None
    status: Status | None
    sort: ArticleSort
    reader: bool | None
    backward: bool | None
    skips: bool
    far: bool = False
    words: bool | None = None
    looked_up: bool = False

    @property
    def fields(self) -> list[str]:
        """What is shown of each article, in the order of its shape."""
        return [name for name in ArticleListed.model_fields if name in self.shows]

    @property
    def people(self) -> list[str]:
        """What is shown of its authors."""
        on_demand = {"followed": FOLLOWED, "bio": BIO}
        names = dict.fromkeys([*ArticleAuthor.model_fields, "bio"])
        return [name for name in names if on_demand.get(name) in {None, *self.shows}]

    @property
    def shows_counts(self) -> bool:
        """Whether it depends on how much articles are liked or discussed."""
        counted = {"comments_count", "favorites_count"} & self.shows
        return bool(counted) or bool({"favorited_by", "favorited_by_id"} & self.given)

    @property
    def is_public(self) -> bool:
        """Whether nothing but what everybody sees is in the list, so that `public_at` finds it."""
        return self.status is Status.PUBLISHED

    @property
    def flags(self) -> Mapping[str, bool]:
        """What is asked of the article's flags."""
        flags = {"pinned": self.pinned, "featured": self.featured}
        return {name: is_so for name, is_so in flags.items() if is_so is not None}

    @property
    def key(self) -> str:
        """What it is ordered by; where all are published, indexes have just that date."""
        name = self.sort.removeprefix("-")
        is_published = self.status in {Status.PUBLISHED, Status.SCHEDULED}
        return "dated_at" if name == "published_at" and not is_published else name

    @property
    def is_dated(self) -> bool:
        """Whether it has what is public in the order of dates, as several indexes do."""
        return self.is_public and self.sort in {ArticleSort.NEWEST, ArticleSort.OLDEST}

    @property
    def is_descending(self) -> bool:
        """Whether the page goes on to what is less, be it by its order or by its direction."""
        return self.sort.startswith("-") is not bool(self.backward)

    @property
    def along(self) -> Literal["tag", "author"] | None:
        """Whose articles have such an order of their own, which can be walked; None means all."""
        if not self.is_dated or self.words or self.looked_up:
            return None
        if "tag" in self.given:
            return "tag"
        return "author" if {"author", "author_id"} & self.given else None

    @property
    def by_id(self) -> Self:
        """The same list, of articles that are known, and so need not be walked along anything."""
        return replace(self, looked_up=True)

    @property
    def whole(self) -> Self:
        """The list that this is a page of, whatever is shown of it, in the order of dates."""
        sort = ArticleSort.NEWEST
        return replace(self, shows=frozenset(), sort=sort, backward=None, skips=False, far=False)
