"""What every table shares: names for its constraints, time with a zone, an id, a version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Identity,
    MetaData,
    Select,
    false,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = int | ColumnElement[int]


def is_found(query: Select[bool]) -> ColumnElement[bool]:
    """Return whether a query that finds one row at the most, and shows `true`, finds it.

    It is asked of each row that is looked at, and stops with them. For EXISTS, PostgreSQL may
    gather beforehand all that somebody has ever liked, say, for a page of twenty.
    """
    return func.coalesce(query.scalar_subquery(), false())


class Base(DeclarativeBase):
    """The root of the models.

    `eager_defaults` brings what the database filled in back with the statement that wrote it:
    reading it later would be hidden I/O, which an asynchronous session refuses.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        int: BigInteger(),
    }
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - declared so by SQLAlchemy


class Identified:
    """An integer id that only the database gives out."""

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(always=True), primary_key=True, sort_order=-1
    )


class Versioned:
    """When a row was made and changed, and how often: the version that an ETag shows."""

    created_at: Mapped[datetime] = mapped_column(sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(sort_order=2)
    version: Mapped[int] = mapped_column(default=1, sort_order=3)

    def change(self, given: Mapping[str, Any], at: datetime) -> bool:
        """Set what is given; if anything differs, count a version and say so."""
        differs = {name: value for name, value in given.items() if getattr(self, name) != value}
        for name, value in differs.items():
            setattr(self, name, value)
        if differs:
            self.version += 1
            self.updated_at = at
        return bool(differs)
