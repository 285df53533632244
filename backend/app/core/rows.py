"""Rows that were read past a session, as objects of that session.

To have a session make objects of rows takes three times as long as to read them. What every request
asks is read as a ready `Statement`, and becomes an object here.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached

Kind = TypeVar("Kind", bound=DeclarativeBase)


def columns_of(kind: type[DeclarativeBase]) -> Sequence[ColumnElement[Any]]:
    """Return what a query has to show for objects of this kind, in the order of `loaded`."""
    return [attribute.columns[0] for attribute in inspect(kind).column_attrs]


def loaded(session: AsyncSession, kind: type[Kind], row: Sequence[Any]) -> Kind:
    """Return the object of a row, as if the session had just loaded it.

    The driver's values are taken as they are, so no column may have a type that would change them.
    """
    made = kind()
    names = (attribute.key for attribute in inspect(kind).column_attrs)
    vars(made).update(zip(names, row, strict=True))
    make_transient_to_detached(made)
    return session.sync_session.merge(made, load=False)
