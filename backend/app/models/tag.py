"""Tags, and the names and addresses that they once had."""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    Text,
    func,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Versioned

_NAME_WORDS = text("to_tsvector('galley_simple'::regconfig, name)")


class Tag(Identified, Versioned, Base):
    """What articles have in common. A name is unique whatever its case, and shown as typed."""

    __tablename__ = "tags"

    slug: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    colour: Mapped[str | None] = mapped_column(Text)
    cover: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("uq_tags_name_lower", func.lower(name), unique=True),
        Index("ix_tags_words", _NAME_WORDS, postgresql_using="gin"),
    )


class TagAlias(Identified, Base):
    """A name or a slug that a tag had before, or that was merged into it."""

    __tablename__ = "tag_aliases"

    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), index=True)
    slug: Mapped[str | None] = mapped_column(Text(collation="C"), unique=True)
    name: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("(slug IS NULL) <> (name IS NULL)", name="is_slug_or_name"),
        Index("uq_tag_aliases_name_lower", func.lower(name), unique=True),
    )


def tag_called(words: ColumnElement[str], id_: ColumnElement[int | None]) -> ColumnElement[int]:
    """Return the id of the tag that goes, or went, by a slug or name, or else has this id."""
    same = func.lower(words)
    ways: list[Select[Any]] = [
        select(Tag.id).where(Tag.slug == words),
        select(Tag.id).where(func.lower(Tag.name) == same),
        select(TagAlias.tag_id).where(TagAlias.slug == words),
        select(TagAlias.tag_id).where(func.lower(TagAlias.name) == same),
        select(Tag.id).where(Tag.id == id_),
    ]
    ranked = (
        way.add_columns(literal_column(str(rank)).label("rank")) for rank, way in enumerate(ways)
    )
    found = union_all(*ranked).subquery()
    first = select(found.c.id).order_by(found.c.rank).limit(literal_column("1"))
    return first.scalar_subquery()
