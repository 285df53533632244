"""What the articles found have in common."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from app.features.search import repository
from app.models import User
from tests.factories import EARLY_2026, Factory

Facets = Callable[..., Awaitable[dict[str, Any]]]
DAY = timedelta(days=1)


async def test_a_search_is_summed_up(make: Factory, author: User, facets: Facets) -> None:
    bert = await make.user(username="bert", full_name=None)
    await make.article(author, tags=["boats", "water"], with_authors=[bert], content="A river.")
    await make.article(
        author, tags=["water"], published_at=EARLY_2026 - 400 * DAY, content="A river."
    )
    await make.draft(author, tags=["hidden"], content="A river.")
    await make.article(bert, tags=["other"], content="Nothing.")
    year = EARLY_2026.year
    assert await facets("river") == {
        "total": 2,
        "is_capped": False,
        "corrected": None,
        "tags": [
            {"slug": "water", "name": "water", "count": 2},
            {"slug": "boats", "name": "boats", "count": 1},
        ],
        "authors": [
            {"id": author.id, "username": "anna", "full_name": "Anna Liffey", "count": 2},
            {"id": bert.id, "username": "bert", "full_name": None, "count": 1},
        ],
        "years": [{"year": year, "count": 1}, {"year": year - 2, "count": 1}],
    }
    assert (await facets("river", tag="boats"))["total"] == 1


async def test_nothing_has_nothing_in_common(facets: Facets) -> None:
    nothing = {"total": 0, "is_capped": False, "corrected": None}
    assert await facets("river") == nothing | {"tags": [], "authors": [], "years": []}


async def test_a_capped_search_says_so(
    make: Factory, author: User, facets: Facets, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await make.article(author, content="A river.")
    monkeypatch.setattr(repository, "MOST_HITS", 2)
    found = await facets("river")
    assert (found["total"], found["is_capped"]) == (2, True)
