"""The bare insert: the rows that the product writes for one request, written without it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import asyncpg

from benchmarks.floor.learn import Asked

ARTICLES = "articles"
_INTO = re.compile(r"INSERT INTO (?:public\.)?(\w+)")
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
    AND attidentity = '' AND attgenerated = '' AND atttypid <> 'tsvector'::regtype
    ORDER BY attnum
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of one table; the database itself makes the columns that are not named here."""

    table: str
    columns: Sequence[str]
    values: Sequence[Sequence[Any]]

    @property
    def sql(self) -> str:
        """The one statement that inserts them all."""
        wide = len(self.columns)
        places = (
            f"({', '.join(f'${row * wide + column + 1}' for column in range(wide))})"
            for row in range(len(self.values))
        )
        names = ", ".join(f'"{name}"' for name in self.columns)
        statement = f"INSERT INTO {self.table} ({names}) VALUES {', '.join(places)}"  # noqa: S608 - names of ours
        return statement + " RETURNING id" * (self.table == ARTICLES)

    def arguments(self, **instead: object) -> list[Any]:
        """Return their values, with others in the columns that are named."""
        return [
            instead.get(name, value)
            for row in self.values
            for name, value in zip(self.columns, row, strict=True)
        ]


def tables(asked: Iterable[Asked]) -> list[str]:
    """Return the tables that statements insert into; what triggers write is not among them."""
    found = {table for each in asked for table in _INTO.findall(each.sql)}
    return sorted(found, key=lambda name: (name != ARTICLES, name))


class Inserts:
    """Writes an article again and again, as it was written once: in one transaction."""

    def __init__(self, rows: Sequence[Rows], name: str) -> None:
        """Take the rows, the article first, and what the addresses of articles begin with."""
        self._article, *self._others = rows
        self._name, self._numbers = name, count(1)

    @classmethod
    async def of(
        cls, connection: asyncpg.Connection, article_id: int, asked: Iterable[Asked], name: str
    ) -> "Inserts":
        """Find what was written about an article, in the tables that statements insert into."""
        rows = []
        for table in tables(asked):
            columns = [row["attname"] for row in await connection.fetch(_COLUMNS, table)]
            named = ", ".join(f'"{column}"' for column in columns)
            key = "id" if table == ARTICLES else "article_id"
            written = f"SELECT {named} FROM {table} WHERE {key} = $1"  # noqa: S608 - names of ours
            values = [tuple(row) for row in await connection.fetch(written, article_id)]
            rows.append(Rows(table, columns, values))
        return cls(rows, name)

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write it once more, under an address of its own."""
        slug = f"{self._name}-{next(self._numbers)}"
        async with connection.transaction():
            sql, arguments = self._article.sql, self._article.arguments(slug=slug)
            article_id = await connection.fetchval(sql, *arguments)
            for rows in self._others:
                arguments = rows.arguments(article_id=article_id, address=slug)
                await connection.execute(rows.sql, *arguments)
