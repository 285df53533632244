"""Series: articles that are read one after the other."""

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Versioned


class Series(Identified, Versioned, Base):
    """A series. It outlives whoever began it."""

    __tablename__ = "series"

    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    slug: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    cover: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_series_title_id", "title", "id"),)
