"""Whichever way search finds articles, near or far, rare or common, they are the newest ones."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from app.core import lookup
from app.features.search import repository
from app.models import User
from tests.factories import EARLY_2026, Factory
from tests.features.search.conftest import Ask

# How long ago: many in an hour, some in a month, and a few in other centuries.
AGES = [0.01, 0.02, 0.03, 0.2, 1, 1, 5, 9, 30, 31, 90, 120, 500, 3_000, 9_600, 40_000, 90_000]
ODDS = {"boats": 0.7, "rare": 0.15, "rivers": 0.6, "bert": 0.5}
YEAR = EARLY_2026.year - 1
WANTED: list[tuple[dict[str, str | int], set[str], set[str]]] = [
    ({"q": "boats"}, {"boats"}, set()),
    ({"q": "rare"}, {"rare"}, set()),
    ({"q": "boats rare"}, {"boats", "rare"}, set()),
    ({"q": "boats -rare"}, {"boats"}, {"rare"}),
    ({"q": '"some boats"'}, {"boats"}, set()),
    ({"q": "-rare", "tag": "rivers"}, {"rivers"}, {"rare"}),
    ({"q": "boats", "tag": "rivers"}, {"rivers", "boats"}, set()),
    ({"q": "boats", "tag": "rivers", "author": "bert"}, {"rivers", "boats", "bert"}, set()),
    ({"q": "boats", "year": YEAR}, {"boats", "that year"}, set()),
    ({"q": "boats", "year": YEAR, "author": "bert"}, {"boats", "that year", "bert"}, set()),
    ({"q": "boats", "year": 1000}, {"boats", "then"}, set()),
]


class Known(NamedTuple):
    """What a test knows of an article."""

    at: datetime
    id: int
    has: frozenset[str]


@pytest.fixture
def _anew() -> Iterator[None]:
    """Statements are made anew, and again afterwards."""
    repository._ranked.cache_clear()
    yield
    repository._ranked.cache_clear()


@pytest.fixture
async def shelf(make: Factory, author: User) -> list[Known]:
    """Articles of four centuries, the newest first."""
    chance = random.Random(1729)
    bert = await make.user(username="bert")
    shelf = []
    for _ in range(60):
        has = {name for name, odd in ODDS.items() if chance.random() < odd}
        at = EARLY_2026 - timedelta(days=chance.choice(AGES))
        article = await make.article(
            bert if "bert" in has else author, tags=["rivers"] if "rivers" in has else [],
            title="A", content=f"some {' '.join(sorted(has & {'boats', 'rare'}))}", published_at=at,
        )  # fmt: skip
        has |= {"that year"} if at.year == YEAR else set()
        shelf.append(Known(at, article.id, frozenset(has)))
    return sorted(shelf, reverse=True)


@pytest.mark.parametrize(("few", "most"), [(2_000, 1_000), (2_000, 3), (5, 7), (0, 1), (0, 12)])
@pytest.mark.usefixtures("_anew")
async def test_search_finds_the_newest(
    search: Ask, shelf: list[Known], monkeypatch: pytest.MonkeyPatch, few: int, most: int
) -> None:
    monkeypatch.setattr(lookup, "FEW", few)
    monkeypatch.setattr(repository, "MOST_HITS", most)
    for asked, given, missing in WANTED:
        wanted = [each.id for each in shelf if given <= each.has and not missing & each.has]
        found = [hit["id"] for hit in await search(**asked, limit=100)]
        assert (asked, found) == (asked, wanted[:most])
