"""Working copies: changes to an article that are not published yet."""

from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Versioned


class WorkingCopy(Versioned, Base):
    """The changes that wait beside one article.

    `changes` holds only the fields that differ, as a revision's state has them, and `seen` what the
    article had there when each was last saved: publishing refuses to overwrite somebody else's.
    One that has been published or discarded is empty, and goes on counting its versions.
    """

    __tablename__ = "working_copies"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    editor_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seen: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str | None] = mapped_column(Text)
