"""Whom and what people follow, and how far they have read."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, select, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Id, is_found
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
    def by(cls, follower_id: Id) -> ColumnElement[bool]:
        """Return the condition that this person follows the user of a query."""
        follows = select(true()).where(cls.follower_id == follower_id, cls.followed_id == User.id)
        return is_found(follows.correlate(User))


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


class FeedMark(Base):
    """Up to when somebody has seen their feed."""

    __tablename__ = "feed_marks"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seen_at: Mapped[datetime]
