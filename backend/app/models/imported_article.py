"""Where an imported article came from, so that a second import of the same file changes nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified


class ImportedArticle(Identified, Base):
    """One file of another system, and the article that it became.

    `metadata_` keeps the whole of its front matter: what Galley has no field for yet is not lost.
    """

    __tablename__ = "imported_articles"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB)
    imported_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("author_id", "source"),)
