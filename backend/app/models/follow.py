"""Whom and what people follow, and how far they have read."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, exists
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.article import Article, ArticleAuthor, ArticleTag
from app.models.base import Base
from app.models.tag import Tag
from app.models.user import User


class UserFollow(Base):
    """Somebody wants to read what somebody else publishes."""

    __tablename__ = "user_follows"

    follower_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    followed_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    created_at: Mapped[datetime]

    follower: Mapped[User] = relationship(foreign_keys=[follower_id], lazy="raise")
    followed: Mapped[User] = relationship(foreign_keys=[followed_id], lazy="raise")

    __table_args__ = (
        CheckConstraint("follower_id <> followed_id", name="nobody_follows_themselves"),
        Index("ix_user_follows_followed_id_created_at", "followed_id", "created_at", "follower_id"),
        Index("ix_user_follows_follower_id_created_at", "follower_id", "created_at", "followed_id"),
    )

    @classmethod
    def by(cls, follower_id: int) -> ColumnElement[bool]:
        """Return the condition that this person follows the user of a query."""
        return exists().where(cls.follower_id == follower_id, cls.followed_id == User.id)

    @classmethod
    def wrote(cls, follower_id: int) -> ColumnElement[bool]:
        """Return the condition that they follow one of those who wrote the article of a query."""
        wrote = (ArticleAuthor.article_id == Article.id, ArticleAuthor.user_id == cls.followed_id)
        return exists().where(cls.follower_id == follower_id, *wrote)


class TagFollow(Base):
    """Somebody wants to read what is published under a tag."""

    __tablename__ = "tag_follows"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tag_id: Mapped[int] = mapped_column(
        ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    created_at: Mapped[datetime]

    tag: Mapped[Tag] = relationship(lazy="raise")

    @classmethod
    def marks(cls, user_id: int) -> ColumnElement[bool]:
        """Return the condition that this person follows a tag of the article of a query."""
        has = (ArticleTag.article_id == Article.id, ArticleTag.tag_id == cls.tag_id)
        return exists().where(cls.user_id == user_id, *has)


class FeedMark(Base):
    """Up to when somebody has seen their feed."""

    __tablename__ = "feed_marks"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seen_at: Mapped[datetime]
