"""Revisions: what an article was like at each of its versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Identified
from app.models.user import User


class Revision(Identified, Base):
    """One version of an article: who made it, when, what changed, and the whole state after it."""

    __tablename__ = "revisions"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    version: Mapped[int]
    editor_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    published: Mapped[bool]
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)

    editor: Mapped[User | None] = relationship(lazy="raise")

    __table_args__ = (UniqueConstraint("article_id", "version"),)
