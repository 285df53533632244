"""What administrators have said about the site; the rest comes from the settings."""

from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Versioned


class Site(Versioned, Base):
    """The one row about the site: `edits` holds only what differs from the settings."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edits: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (CheckConstraint("id = 1", name="is_one_row"),)

    @classmethod
    def says(cls, name: str, otherwise: ColumnElement[str]) -> ColumnElement[str]:
        """Return the text of a field, which is `otherwise` unless somebody has edited it."""
        edited = select(cls.edits[name].astext).scalar_subquery()
        return func.coalesce(edited, otherwise)
