"""Articles, and the one definition of who can see which."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    FetchedValue,
    ForeignKey,
    Index,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, array
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
    query_expression,
    relationship,
)

from app.core.markup import RENDERER_VERSION, Rendering
from app.core.policy import Permission
from app.models.base import Base, Id, Identified, Versioned, is_found
from app.models.series import Series
from app.models.tag import Tag
from app.models.user import User

_DATED_AT = text("coalesce(published_at, created_at)")
_CAN_BE_PUBLIC = text("published AND deleted_at IS NULL")
_PUBLIC_IN_SERIES = text("published AND deleted_at IS NULL AND series_id IS NOT NULL")
_DRAFT = text("NOT published AND deleted_at IS NULL")
_FEATURED = text("featured AND published AND deleted_at IS NULL")
_PINNED = text("pinned AND published AND deleted_at IS NULL")
_TITLE_WORDS = text("to_tsvector('galley_simple'::regconfig, title)")
_EMPTY = text("''")
Moment = datetime | ColumnElement[datetime]

_NONE_COUNTED = literal_column("0", BigInteger)

# What a revision keeps: each field by the name that clients know, and the attribute that holds it.
EDITABLE: Mapping[str, str] = MappingProxyType({
    "title": "title",
    "slug": "slug",
    "content": "content",
    "content_format": "content_format",
    "excerpt": "given_excerpt",
    "tags": "tag_names",
    "authors": "author_ids",
    "series": "series_id",
    "series_position": "series_position",
    "published": "published",
    "published_at": "published_at",
    "featured": "featured",
    "pinned": "pinned",
    "cover": "cover",
    "cover_alt": "cover_alt",
    "canonical_url": "canonical_url",
    "meta": "seo",
    "locale": "locale",
    "translation_group": "translation_group",
    "comments": "comment_policy",
})  # fmt: skip


class Status(StrEnum):
    """Where an article stands at a given moment."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    DELETED = "deleted"


class ArticleTag(Base):
    """One tag of one article, for the joins; the order of the article's own names is the truth.

    `public_at` is when the article is public from: its `published_at`, or null if it is a draft or
    lies in the bin. It stands here so that one index has all of a tag's articles in their order.
    """

    __tablename__ = "article_tags"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int]

    # Kept by triggers.
    public_at: Mapped[datetime | None] = mapped_column(
        FetchedValue(), FetchedValue(for_update=True)
    )

    __table_args__ = (
        Index("ix_article_tags_tag_id_article_id", "tag_id", "article_id"),
        Index(
            "ix_article_tags_public",
            "tag_id",
            "public_at",
            "article_id",
            postgresql_where="public_at IS NOT NULL",
        ),
    )

    @classmethod
    def of(cls, tag_id: Id) -> ColumnElement[bool]:
        """Return the condition that the article of a query has this tag."""
        tagged = select(true()).where(cls.article_id == Article.id, cls.tag_id == tag_id)
        return is_found(tagged.correlate(Article))


class ArticleAuthor(Base):
    """One author of one article, its owner among them; again for the joins, with `public_at`."""

    __tablename__ = "article_authors"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int]

    # Kept by triggers.
    public_at: Mapped[datetime | None] = mapped_column(
        FetchedValue(), FetchedValue(for_update=True)
    )

    __table_args__ = (
        Index("ix_article_authors_user_id_article_id", "user_id", "article_id"),
        Index(
            "ix_article_authors_public",
            "user_id",
            "public_at",
            "article_id",
            postgresql_where="public_at IS NOT NULL",
        ),
    )

    @classmethod
    def by(cls, user_id: Id) -> ColumnElement[bool]:
        """Return the condition that this person wrote the article of a query, or helped to."""
        wrote = select(true()).where(cls.article_id == Article.id, cls.user_id == user_id)
        return is_found(wrote.correlate(Article))


class Article(Identified, Versioned, Base):
    """A piece of writing.

    It is public once `published` is set and `published_at` has come, until it lies in the bin.
    """

    __tablename__ = "articles"

    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    author_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    slug: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    title: Mapped[str] = mapped_column(Text)
    tag_names: Mapped[list[str]] = mapped_column("tags", ARRAY(Text), server_default=text("'{}'"))
    locale: Mapped[str] = mapped_column(Text, server_default=text("'en'"))
    translation_group: Mapped[int | None]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id", ondelete="SET NULL"))
    series_position: Mapped[int | None]
    featured: Mapped[bool] = mapped_column(server_default=text("false"))
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    cover: Mapped[str | None] = mapped_column(Text)
    cover_alt: Mapped[str | None] = mapped_column(Text)
    canonical_url: Mapped[str | None] = mapped_column(Text)
    seo: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))

    comment_policy: Mapped[str | None] = mapped_column(Text)

    published: Mapped[bool]
    published_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    content: Mapped[str] = mapped_column(Text)
    content_format: Mapped[str] = mapped_column(Text, server_default=text("'markdown'"))
    given_excerpt: Mapped[str | None] = mapped_column(Text)

    # What the renderer makes of the content.
    content_html: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    toc: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    made_excerpt: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    word_count: Mapped[int] = mapped_column(server_default=text("0"))
    reading_minutes: Mapped[int] = mapped_column(server_default=text("1"))
    renderer_version: Mapped[int] = mapped_column(server_default=text("0"))
    plain_text: Mapped[str] = mapped_column(
        Text, server_default=_EMPTY, deferred=True, deferred_raiseload=True
    )

    # Made by a trigger of title, tags, excerpt and plain text, in the dictionary of the locale.
    words: Mapped[str] = mapped_column(
        TSVECTOR, FetchedValue(), FetchedValue(for_update=True), deferred=True,
        deferred_raiseload=True,
    )  # fmt: skip

    # What a query finds besides, if it is told to: how many there are, and whether for this reader.
    comments_count: Mapped[int] = query_expression(_NONE_COUNTED)
    favorites_count: Mapped[int] = query_expression(_NONE_COUNTED)
    is_favorited: Mapped[bool] = query_expression(false())
    is_bookmarked: Mapped[bool] = query_expression(false())

    author: Mapped[User] = relationship(lazy="raise")
    authors: Mapped[list[User]] = relationship(
        secondary=ArticleAuthor.__table__,
        order_by=ArticleAuthor.position,
        viewonly=True,
        lazy="raise",
    )
    tags: Mapped[list[Tag]] = relationship(
        secondary=ArticleTag.__table__, order_by=ArticleTag.position, viewonly=True, lazy="raise"
    )
    series: Mapped[Series | None] = relationship(lazy="raise")

    # Nobody reads the words back, which the database makes at every write.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - declared so by SQLAlchemy

    __table_args__ = (
        CheckConstraint("published_at IS NOT NULL OR NOT published", name="published_is_dated"),
        CheckConstraint("content_format IN ('markdown', 'html')", name="content_format_known"),
        CheckConstraint(
            "comment_policy IN ('open', 'moderated', 'members', 'closed')",
            name="comment_policy_known",
        ),
        Index(
            "uq_articles_translation_group_locale",
            "translation_group",
            "locale",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
        Index("ix_articles_dated_at_id", _DATED_AT, "id"),
        Index("ix_articles_public", "published_at", "id", postgresql_where=_CAN_BE_PUBLIC),
        Index(
            "ix_articles_public_in",
            "locale",
            "published_at",
            "id",
            postgresql_where=_CAN_BE_PUBLIC,
        ),
        Index(
            "ix_articles_public_series",
            "series_id",
            "published_at",
            "id",
            postgresql_where=_PUBLIC_IN_SERIES,
        ),
        Index("ix_articles_drafts", _DATED_AT, "id", postgresql_where=_DRAFT),
        Index("ix_articles_featured", "published_at", "id", postgresql_where=_FEATURED),
        Index("ix_articles_pinned", "published_at", "id", postgresql_where=_PINNED),
        Index("ix_articles_deleted_at", "deleted_at", postgresql_where="deleted_at IS NOT NULL"),
        Index("ix_articles_author_id_dated_at_id", "author_id", _DATED_AT, "id"),
        Index("ix_articles_series_id_series_position_id", "series_id", "series_position", "id"),
        Index("ix_articles_created_at_id", "created_at", "id"),
        Index("ix_articles_updated_at_id", "updated_at", "id"),
        Index("ix_articles_title_id", "title", "id"),
        Index(
            "ix_articles_public_titles",
            _TITLE_WORDS,
            postgresql_using="gin",
            postgresql_where=_CAN_BE_PUBLIC,
        ),
    )

    @hybrid_property
    def dated_at(self) -> datetime:
        """The date that an article is listed under: its publication's, or else its making's."""
        return self.published_at or self.created_at

    @dated_at.inplace.expression
    @classmethod
    def _dated_at(cls) -> ColumnElement[datetime]:
        return func.coalesce(cls.published_at, cls.created_at)

    @hybrid_property
    def excerpt(self) -> str:
        """What a list shows of the text: as given, or else made of its beginning."""
        return self.given_excerpt or self.made_excerpt

    @excerpt.inplace.expression
    @classmethod
    def _excerpt(cls) -> ColumnElement[str]:
        return func.coalesce(func.nullif(cls.given_excerpt, literal_column("''")), cls.made_excerpt)

    def state(self) -> dict[str, Any]:
        """Return all that an author can edit, fit for JSON."""
        values = {name: getattr(self, attribute) for name, attribute in EDITABLE.items()}
        return values | {"published_at": self.published_at and self.published_at.isoformat()}

    def take(self, changes: Mapping[str, Any]) -> None:
        """Set fields from a state, or from a part of one."""
        for name, value in changes.items():
            is_time = name == "published_at" and isinstance(value, str)
            setattr(self, EDITABLE[name], datetime.fromisoformat(value) if is_time else value)

    def wear(self, rendering: Rendering) -> None:
        """Take what the renderer has made of the content."""
        self.content_html = rendering.html
        self.toc = list(rendering.toc)
        self.made_excerpt = rendering.excerpt
        self.word_count = rendering.word_count
        self.reading_minutes = rendering.reading_minutes
        self.plain_text = rendering.text
        self.renderer_version = RENDERER_VERSION

    def with_changes(self, changes: Mapping[str, Any]) -> Self:
        """Return this article as it would be with these changes; it belongs to no session."""
        columns = type(self).__mapper__.column_attrs.keys()
        loaded = {name: self.__dict__[name] for name in columns if name in self.__dict__}
        changed = type(self)(**loaded)
        changed.take(changes)
        changed.author_id = changed.author_ids[0]
        return changed

    def status(self, at: datetime) -> Status:
        """Return where the article stands at the given moment."""
        if self.deleted_at is not None:
            return Status.DELETED
        if not self.published:
            return Status.DRAFT
        is_future = self.published_at is not None and self.published_at > at
        return Status.SCHEDULED if is_future else Status.PUBLISHED

    @classmethod
    def has_status(cls, status: Status, at: Moment) -> ColumnElement[bool]:
        """Return the same decision as a condition for a query."""
        kept = cls.deleted_at.is_(None)
        if status is Status.DELETED:
            return not_(kept)
        if status is Status.DRAFT:
            return and_(not_(cls.published), kept)
        is_past = cls.published_at <= at
        return and_(cls.published, kept, is_past if status is Status.PUBLISHED else not_(is_past))

    @classmethod
    def status_at(cls, at: Moment) -> ColumnElement[str]:
        """Return the same decision as a value."""
        kept = (Status.DELETED, Status.DRAFT, Status.SCHEDULED)
        ways = ((cls.has_status(each, at), literal_column(f"'{each}'", Text)) for each in kept)
        return case(*ways, else_=literal_column(f"'{Status.PUBLISHED}'", Text))

    @classmethod
    def latest_public(cls, at: Moment) -> ColumnElement[datetime | None]:
        """Return the latest date of those that are public, which no write tells of, but time."""
        latest = select(func.max(cls.published_at)).where(cls.has_status(Status.PUBLISHED, at))
        return latest.correlate(None).scalar_subquery()

    @classmethod
    def visible_to(cls, reader: User | None, at: Moment) -> ColumnElement[bool]:
        """Return the condition that this reader may see it: if public, or if they may edit it."""
        if reader is None:
            return cls.has_status(Status.PUBLISHED, at)
        return cls.seen_by(
            literal(reader.id, BigInteger), at, sees_all=reader.may(Permission.EDIT_ANY)
        )

    @classmethod
    def seen_by(
        cls, reader_id: ColumnElement[int], at: Moment, *, sees_all: bool
    ) -> ColumnElement[bool]:
        """Return the same about somebody of whom no more is known than whether they see all."""
        if sees_all:
            return cls.id.is_not(None)
        wrote = cls.author_ids.contains(array([reader_id]))
        return or_(cls.has_status(Status.PUBLISHED, at), wrote)

    @classmethod
    def has_words(cls, words: str, locale: str = "en") -> ColumnElement[bool]:
        """Return the condition that it holds these words, in a search engine's syntax.

        They are sought by their stems in the language of the locale, and as they are written; the
        database's function `search_query` says the rest.
        """
        return cls.words.bool_op("@@")(func.search_query(words, locale))

    def is_public(self, at: datetime) -> bool:
        """Say whether everybody can see the article at the given moment."""
        return self.status(at) is Status.PUBLISHED
