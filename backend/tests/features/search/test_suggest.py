"""Suggestions while a reader types."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.features.search import repository
from app.models import User
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.search.conftest import SEARCH

Suggest = Callable[[str], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def suggest(client: httpx.AsyncClient) -> Suggest:
    async def ask(q: str) -> list[dict[str, Any]]:
        answer = await client.get(f"{SEARCH}/suggest", params={"q": q})
        assert answer.status_code == 200
        suggestions: list[dict[str, Any]] = answer.json()
        return suggestions

    return ask


async def test_tags_authors_and_articles_are_suggested(make: Factory, suggest: Suggest) -> None:
    rio = await make.user(username="b.rio", full_name="Bert Rió")
    article = await make.article(rio, title="Down the Río", tags=["The rio grande"])
    expected = [
        {"kind": "tag", "text": "The rio grande", "ref": "the-rio-grande"},
        {"kind": "author", "text": "Bert Rió", "ref": "b.rio"},
        {"kind": "article", "text": "Down the Río", "ref": article.slug},
    ]
    for typed in ("r", "ri", "RI", "río", "rio"):
        assert await suggest(typed) == expected
    assert await suggest("down r") == await suggest("rio dow") == expected[2:]
    assert await suggest("bert r") == expected[1:2]
    for typed in ("io", "owni", "r down", "rio xyz", "riox", "%", "r%o", "_io"):
        assert await suggest(typed) == []


async def test_somebody_without_a_full_name_is_suggested_by_the_username(
    make: Factory, suggest: Suggest
) -> None:
    await make.article(await make.user(username="bert", full_name=None), title="A")
    assert await suggest("ber") == [{"kind": "author", "text": "bert", "ref": "bert"}]


async def test_nothing_is_suggested_that_is_not_public(
    make: Factory, author: User, suggest: Suggest, clock: MovableClock
) -> None:
    reader = await make.user(username="rivkah", full_name="Rivkah")
    await make.draft(author, title="River draft", tags=["rivers"])
    await make.article(author, title="Riverbed", tags=["rivers"], deleted_at=clock())
    tomorrow = clock() + timedelta(days=1)
    await make.article(reader, title="Rivulet", tags=["rivulets"], published_at=tomorrow)
    await make.tag("rivets")
    assert await suggest("riv") == []
    clock.move(timedelta(days=2))
    assert [each["text"] for each in await suggest("riv")] == ["rivulets", "Rivkah", "Rivulet"]


@pytest.mark.parametrize("fresh", [1, 500])
async def test_ten_are_enough_and_the_newest_come_first(
    make: Factory, author: User, suggest: Suggest, monkeypatch: pytest.MonkeyPatch, fresh: int
) -> None:
    monkeypatch.setattr(repository, "FRESH_TITLES", fresh)
    for age in range(12):
        when = EARLY_2026 - timedelta(days=age)
        await make.article(author, title=f"River {age}", tags=[f"river {age}"], published_at=when)
    found = await suggest("riv")
    assert [each["kind"] for each in found] == ["tag"] * 3 + ["article"] * 7
    assert [each["text"] for each in found[3:]] == [f"River {age}" for age in range(7)]
