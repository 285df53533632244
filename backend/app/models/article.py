"""Articles, and the one definition of who can see which."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    Text,
    and_,
    func,
    literal_column,
    not_,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Identified, Versioned
from app.models.user import User

_DATED_AT = text("coalesce(published_at, created_at)")

# As far as PostgreSQL's limit of a megabyte allows, and written as PostgreSQL writes it back, so
# that models and database can be compared.
_WORDS = """to_tsvector('simple'::regconfig, "left"((title || ' '::text) || content, 100000))"""


class Status(StrEnum):
    """Where an article stands at a given moment."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


class Article(Identified, Versioned, Base):
    """A piece of writing. It is public once `published` is set and `published_at` has come."""

    __tablename__ = "articles"

    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    title: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    published: Mapped[bool]
    published_at: Mapped[datetime | None]

    words: Mapped[str] = mapped_column(
        TSVECTOR, Computed(_WORDS, persisted=True), deferred=True, deferred_raiseload=True
    )

    author: Mapped[User] = relationship(lazy="raise")

    # Nobody reads the words back, which the database makes at every write.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - declared so by SQLAlchemy

    __table_args__ = (
        CheckConstraint("published_at IS NOT NULL OR NOT published", name="published_is_dated"),
        Index("ix_articles_dated_at_id", _DATED_AT, "id"),
        Index("ix_articles_published_dated_at_id", _DATED_AT, "id", postgresql_where="published"),
        Index("ix_articles_author_id_dated_at_id", "author_id", _DATED_AT, "id"),
        Index("ix_articles_created_at_id", "created_at", "id"),
        Index("ix_articles_updated_at_id", "updated_at", "id"),
        Index("ix_articles_title_id", "title", "id"),
        Index("ix_articles_tags", "tags", postgresql_using="gin"),
        Index("ix_articles_words", "words", postgresql_using="gin"),
    )

    @hybrid_property
    def dated_at(self) -> datetime:
        """The date that an article is listed under: its publication's, or else its making's."""
        return self.published_at or self.created_at

    @dated_at.inplace.expression
    @classmethod
    def _dated_at(cls) -> ColumnElement[datetime]:
        return func.coalesce(cls.published_at, cls.created_at)

    def status(self, at: datetime) -> Status:
        """Return where the article stands at the given moment."""
        if not self.published:
            return Status.DRAFT
        is_future = self.published_at is not None and self.published_at > at
        return Status.SCHEDULED if is_future else Status.PUBLISHED

    @classmethod
    def has_status(cls, status: Status, at: datetime) -> ColumnElement[bool]:
        """Return the same decision as a condition for a query."""
        if status is Status.DRAFT:
            return not_(cls.published)
        is_past = cls.published_at <= at
        return and_(cls.published, is_past if status is Status.PUBLISHED else not_(is_past))

    @classmethod
    def has_words(cls, words: str) -> ColumnElement[bool]:
        """Return the condition that title or text hold these words, in a search engine's syntax."""
        wanted = func.websearch_to_tsquery(literal_column("'simple'"), words)
        return cls.words.bool_op("@@")(wanted)

    def is_public(self, at: datetime) -> bool:
        """Say whether everybody can see the article at the given moment."""
        return self.status(at) is Status.PUBLISHED
