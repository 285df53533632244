"""A slip of the finger is forgiven, and shows nobody a word that is not public."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.features.search import rules
from app.models import User
from tests.factories import Factory
from tests.features.search.conftest import Titles

Facets = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def _river(make: Factory, author: User) -> None:
    await make.article(author, title="Mountain rivers", content="Boats.", tags=["Fluß", "Böte"])


@pytest.mark.usefixtures("_river")
@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("rivrs", "rivers"),
        ("rivesr", "rivers"),
        ("rivvers", "rivers"),
        ("ribers", "rivers"),
        ("moutnain RIVRES", "mountain rivers"),
        ('"mountain rivrs"', '"mountain rivers"'),
        ("moumtain -lake", "mountain -lake"),
        ("boete", "bote"),
        ("bóete", "bote"),
    ],
)
async def test_a_word_that_nothing_has_is_corrected(
    titles: Titles, facets: Facets, typed: str, corrected: str
) -> None:
    assert await titles(typed) == ["Mountain rivers"]
    found = await facets(typed)
    assert (found["corrected"], found["total"]) == (corrected, 1)


@pytest.mark.usefixtures("_river")
@pytest.mark.parametrize(
    "typed",
    ["rivers", "xyzzy", "rvr", "rivers lake", "mountain -rivers", "ri", "1234567", "-rivrs x"],
)
async def test_otherwise_nothing_is_corrected(facets: Facets, typed: str) -> None:
    assert (await facets(typed))["corrected"] is None


async def test_no_word_of_a_draft_shows(make: Factory, author: User, facets: Facets) -> None:
    await make.draft(author, title="Secret takeover", tags=["merger"])
    await make.article(author, title="Harbour")
    for typed in ("takeovr", "mergre", "harbor or takeovr"):
        assert "takeover" not in str(await facets(typed))
        assert "merger" not in str(await facets(typed))


async def test_a_correction_is_narrowed_as_well(
    make: Factory, author: User, facets: Facets
) -> None:
    await make.article(author, title="Harbour")
    await make.user(username="bert")
    assert (await facets("harbuor", author="bert"))["corrected"] is None
    assert (await facets("harbuor", author="anna"))["corrected"] == "harbour"


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("", "", 0), ("a", "", 1), ("", "ab", 2), ("river", "river", 0), ("rivr", "river", 1),
     ("rivre", "river", 1), ("rover", "river", 1), ("ca", "abc", 3), ("abcd", "badc", 2)],
)  # fmt: skip
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert rules.slips_between(one, other) == slips


def test_in_a_short_word_only_one_slip_is_forgiven() -> None:
    assert rules.nearest("boat", ["bolt", "bloat", "beast", "boat"]) == ["bloat", "bolt"]
    assert rules.nearest("boats", ["bolts", "belts"]) == ["bolts", "belts"]
