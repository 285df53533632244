"""What people are told about, and which of it also by mail."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.article import Article
from app.models.base import Base, Identified
from app.models.user import User

_KNOWN = "'comment', 'reply', 'mention', 'follower', 'favorite'"


class Notification(Identified, Base):
    """Somebody has done something that somebody else may want to know."""

    __tablename__ = "notifications"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True
    )
    comment_id: Mapped[int | None] = mapped_column(
        ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]

    actor: Mapped[User] = relationship(foreign_keys=[actor_id], lazy="raise")
    article: Mapped[Article | None] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(f"kind IN ({_KNOWN})", name="kind_known"),
        Index("ix_notifications_user_id_created_at_id", "user_id", "created_at", "id"),
        # Upkeep deletes by these.
        Index("ix_notifications_created_at", "created_at"),
        Index("ix_notifications_read_at", "read_at", postgresql_where=text("read_at IS NOT NULL")),
        Index(
            "ix_notifications_user_id_unread", "user_id", postgresql_where=text("read_at IS NULL")
        ),
        # Liking, leaving and liking again is told once.
        Index(
            "uq_notifications_told_once",
            "user_id",
            "kind",
            "actor_id",
            "article_id",
            "comment_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class NotificationSettings(Base):
    """Which kinds somebody gets by mail, in one digest a day, beside the list."""

    __tablename__ = "notification_settings"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mailed: Mapped[list[str]] = mapped_column(ARRAY(Text))
    digested_at: Mapped[datetime | None]
