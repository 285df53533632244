"""Names with commas between them, as the value of one query parameter."""

from collections.abc import Set
from typing import Annotated

from fastapi import Query

from app.web.problems import InvalidQuery

# Which names there are, `names_in` says.
Names = Annotated[str, Query(max_length=500, pattern=r"^[a-z_]*(,[a-z_]+)*$")]


def names_in(given: str, known: Set[str], parameter: str) -> frozenset[str]:
    """Return the names in a parameter; raise InvalidQuery for one that is not known."""
    names = frozenset(given.split(",")) - {""}
    if unknown := sorted(names - known):
        raise InvalidQuery(
            f"`{parameter}` knows {', '.join(sorted(known))}, and not {unknown[0]}",
            code="unknown_name",
            field=parameter,
        )
    return names
