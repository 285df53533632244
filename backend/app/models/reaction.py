"""What people do with articles without a word: favourite them, and keep them for later."""

from datetime import datetime
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    func,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.article import Article
from app.models.base import Base, Id, is_found


class Reaction:
    """What somebody has done with an article, and when: once, until it is taken back."""

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    created_at: Mapped[datetime]

    @classmethod
    def by(cls, user_id: Id) -> ColumnElement[bool]:
        """Return the condition that this person has done so with the article of a query."""
        done = select(true()).where(cls.user_id == user_id, cls.article_id == Article.id)
        return is_found(done.correlate(Article))


class Favorite(Reaction, Base):
    """Somebody likes an article; everybody may know."""

    __tablename__ = "favorites"

    __table_args__ = (
        Index("ix_favorites_article_id_user_id", "article_id", "user_id"),
        Index("ix_favorites_user_id_created_at_article_id", "user_id", "created_at", "article_id"),
    )


class Bookmark(Reaction, Base):
    """Somebody keeps an article for later; nobody else knows."""

    __tablename__ = "bookmarks"

    __table_args__ = (
        Index("ix_bookmarks_article_id", "article_id"),
        Index("ix_bookmarks_user_id_created_at_article_id", "user_id", "created_at", "article_id"),
    )


class ArticleCounts(Base):
    """How much an article is talked about and liked; triggers of the database keep it exact.

    It is a row of its own, so that counting neither rewrites nor waits for an article that somebody
    is writing. An article without one has zero of all.
    """

    __tablename__ = "article_counts"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    favorites: Mapped[int] = mapped_column(server_default=text("0"))
    comments: Mapped[int] = mapped_column(server_default=text("0"))

    @classmethod
    def of(cls, counted: Literal["favorites", "comments"]) -> ColumnElement[int]:
        """Return how many of these the article of a query has."""
        found = select(getattr(cls, counted)).where(cls.article_id == Article.id)
        return func.coalesce(found.scalar_subquery(), literal_column("0"))
