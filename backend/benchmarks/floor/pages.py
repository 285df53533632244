"""How the rows of a statement become the bytes of a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.reading import Row
from benchmarks.floor.learn import Answered, Asked, Headers


class NotOneStatement(Exception):
    """The product does not answer this page with the rows of one statement."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A statement, and the column of its rows that has the JSON.

    A list takes so many `rows`, beyond which one more may have been read, to know whether it goes
    on. Without that number it is one object, and the `tail` is what the product adds to it.
    """

    sql: str
    arguments: Sequence[Any]
    column: int
    headers: Headers
    rows: int | None = None
    tail: str = "}"

    def body(self, rows: Sequence[Row]) -> bytes:
        """Return the page that these rows are."""
        column = self.column
        if self.rows is None:
            return f"{rows[0][column][:-1]}{self.tail}".encode()
        return f"[{','.join([row[column] for row in rows[: self.rows]])}]".encode()


def recipe(answered: Answered) -> Recipe:
    """Return how the product has made a page; raise NotOneStatement if it is not that simple."""
    for asked in answered.asked:
        for guess in _guesses(asked, answered):
            if guess.body(asked.rows) == answered.body:
                return guess
    statements = "\n".join(asked.sql for asked in answered.asked)
    raise NotOneStatement(f"{answered.status} {answered.body[:200]!r}, of:\n{statements}")


def _guesses(asked: Asked, answered: Answered) -> Iterator[Recipe]:
    sql, arguments, rows = asked.sql, asked.arguments, asked.rows
    for column in range(len(rows[0]) if rows else 0):
        if not all(isinstance(row[column], str) and row[column] for row in rows):
            continue
        for taken in (len(rows), len(rows) - 1):
            yield Recipe(sql, arguments, column, answered.headers, taken)
        begin = len(rows[0][column].encode()) - 1
        tail = answered.body[begin:].decode(errors="replace")
        yield Recipe(sql, arguments, column, answered.headers, tail=tail)
