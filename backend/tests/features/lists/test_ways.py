"""Whichever way articles are found, by looking them up or by walking, they are the same ones."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import _lru_cache_wrapper
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import lookup
from app.core.policy import Role
from app.features.lists import repository
from app.models import Favorite, User
from tests.factories import EARLY_2026, Factory

ARTICLES = "/api/v1/articles"
DAY = timedelta(days=1)
# How long ago: many in an hour, some in a month, and a few in other centuries.
AGES = [0.01, 0.02, 0.03, 0.04, 0.2, 1, 1, 5, 9, 30, 31, 90, 500, 3_000, 9_600, 40_000, 90_000]
SIZE = 50
# Up to how many are few, and an order. With 2,000 each set is looked up here, with 0 none is.
WAYS = [(2_000, "-published_at"), (5, "published_at"), (0, "-published_at"), (0, "-created_at")]
ODDS = {
    "boats": 0.7, "rare": 0.1, "rivers": 0.6, "bert": 0.5, "liked": 0.5, "featured": 0.3,
    "pinned": 0.1, "journey": 0.3,
}  # fmt: skip
HIDDEN: list[dict[str, Any]] = [
    {"published": False}, {"deleted_at": EARLY_2026}, {"published_at": EARLY_2026 + DAY}
]  # fmt: skip


class Known(NamedTuple):
    """What a test knows of a public article."""

    id: int
    keys: dict[str, Any]
    has: frozenset[str]


Shelf = list[Known]
FILTERS: dict[str, Callable[[frozenset[str]], bool]] = {
    "q=boats": lambda has: "boats" in has,
    "q=boats rare": lambda has: {"boats", "rare"} <= has,
    "q=rare or never": lambda has: "rare" in has,
    "q=boats -rare": lambda has: "boats" in has and "rare" not in has,
    'q="some boats"': lambda has: "boats" in has,
    "q=-rare&tag=rivers": lambda has: "rare" not in has and "rivers" in has,
    "q=-rare&author=bert": lambda has: "rare" not in has and "bert" in has,
    "q=nowhere": lambda _: False,
    "q=boats&tag=rivers": lambda has: {"boats", "rivers"} <= has,
    "q=boats&author=bert&tag=rivers": lambda has: {"boats", "rivers", "bert"} <= has,
    "q=boats&featured=true": lambda has: {"boats", "featured"} <= has,
    "q=boats&pinned=false": lambda has: "boats" in has and "pinned" not in has,
    "q=boats&series=journey": lambda has: {"boats", "journey"} <= has,
    "q=boats&favorited_by=rita": lambda has: {"boats", "liked"} <= has,
    "q=boats&published_after=2025-06-01T00:00:00Z": lambda has: {"boats", "new"} <= has,
    "q=boats&published_before=2025-06-01T00:00:00Z": lambda has: (
        "boats" in has and "new" not in has
    ),
    "tag=rivers&author=bert": lambda has: {"rivers", "bert"} <= has,
    "tag=rivers&featured=true": lambda has: {"rivers", "featured"} <= has,
    "tag=rivers&pinned=true&series=journey": lambda has: {"rivers", "pinned", "journey"} <= has,
    "tag=rivers&published_before=2025-06-01T00:00:00Z": lambda has: (
        "rivers" in has and "new" not in has
    ),
    "author=bert&favorited_by=rita": lambda has: {"bert", "liked"} <= has,
    "favorited_by=rita": lambda has: "liked" in has,
    "featured=false": lambda has: "featured" not in has,
    "featured=false&pinned=false": lambda has: not {"featured", "pinned"} & has,
    "tag=rivers&featured=false": lambda has: "rivers" in has and "featured" not in has,
}


@pytest.fixture
def _anew() -> Iterator[None]:
    """Statements are made anew, and again afterwards."""
    kept = [each for each in vars(repository).values() if isinstance(each, _lru_cache_wrapper)]
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()


@pytest.fixture
async def shelf(make: Factory, author: User, session: AsyncSession) -> Shelf:
    """Articles of four centuries; and some that nobody finds, which have everything."""
    chance = random.Random(1729)
    bert, rita = await make.user(username="bert"), await make.user(Role.READER, username="rita")
    series = await make.series(author, slug="journey")
    shelf: Shelf = []
    for number in range(SIZE):
        is_hidden = number % 10 == 9
        has = {name for name, odd in ODDS.items() if is_hidden or chance.random() < odd}
        at = EARLY_2026 - chance.choice(AGES) * DAY
        fields = {"published_at": at} | (chance.choice(HIDDEN) if is_hidden else {})
        article = await make.article(
            bert if "bert" in has else author, tags=["rivers"] if "rivers" in has else [],
            title=chance.choice("abc"), content=f"some {' '.join(sorted(has & {'boats', 'rare'}))}",
            featured="featured" in has, pinned="pinned" in has,
            series_id=series.id if "journey" in has else None,
            created_at=EARLY_2026 - chance.randrange(9) * DAY, **fields,
        )  # fmt: skip
        if "liked" in has:
            like = Favorite(user_id=rita.id, article_id=article.id, created_at=EARLY_2026)
            session.add(like)
        if at >= EARLY_2026.replace(year=2025, month=6, day=1, hour=0):
            has.add("new")
        keys = {"published_at": at, "created_at": article.created_at, "title": article.title}
        if not is_hidden:
            shelf.append(Known(article.id, keys, frozenset(has)))
    await session.commit()
    return shelf


@pytest.mark.parametrize(("few", "sort"), WAYS)
@pytest.mark.usefixtures("_anew")
async def test_every_list_has_what_a_patient_reader_would_find(
    client: httpx.AsyncClient, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, few: int, sort: str
) -> None:
    monkeypatch.setattr(lookup, "FEW", few)
    for query, is_wanted in FILTERS.items():
        found = [known for known in shelf if is_wanted(known.has)]
        name = sort.removeprefix("-")
        found.sort(key=lambda known: (known.keys[name], known.id), reverse=sort.startswith("-"))
        wanted = [known.id for known in found]
        address = f"{ARTICLES}?{query}&sort={sort}&limit=9&fields=id&total=true"
        forward, last, total = await walked(client, address, "next")
        assert (query, forward, total) == (query, wanted, str(len(wanted)))
        back, _, _ = await walked(client, last, "prev")
        assert (query, back) == (query, wanted)
        skipping = (await client.get(f"{address}&skip=5")).json()
        assert (query, [item["id"] for item in skipping]) == (query, wanted[5:14])


async def walked(
    client: httpx.AsyncClient, address: str, rel: str
) -> tuple[list[int], str, str | None]:
    """Return all ids from here on in their order, the last address, and the first total."""
    pages: list[list[int]] = []
    total: str | None = None
    while True:
        answer = await client.get(address)
        assert answer.status_code == 200, answer.text
        pages.append([item["id"] for item in answer.json()])
        total = total or answer.headers["X-Total-Count"]
        if rel not in answer.links:
            break
        address = answer.links[rel]["url"]
    pages = pages if rel == "next" else pages[::-1]
    return [id_ for page in pages for id_ in page], address, total
