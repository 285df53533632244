"""Renaming tags: their articles follow, and nothing that led to them stops doing so."""

import httpx
import pytest

from app.features.tags.service import TagService
from app.models import Article, User
from tests.factories import EARLY_2026, Factory
from tests.features.tags.conftest import NamesOf

TAGS = "/api/v1/tags"


@pytest.fixture
async def article(make: Factory, author: User) -> Article:
    """A public article about rivers and more."""
    return await make.article(author, tags=["x", "Rivers", "y"])


class Renaming:
    """Changes one tag again and again."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], address: str) -> None:
        self._client = client
        self._headers = headers
        self._address = address

    async def __call__(self, **changes: str) -> str:
        """Return the slug after these changes."""
        answer = await self._client.patch(self._address, headers=self._headers, json=changes)
        assert answer.status_code == 200, answer.text
        assert answer.json() | changes == answer.json()
        slug: str = answer.json()["slug"]
        return slug


@pytest.fixture
async def rename(
    client: httpx.AsyncClient, as_editor: dict[str, str], make: Factory, article: Article
) -> Renaming:
    """The way to change that article's tag."""
    tag = await make.tag("Rivers")
    assert article.tag_names[1] == tag.name
    return Renaming(client, as_editor, f"{TAGS}/{tag.id}")


async def where(client: httpx.AsyncClient, slug: str) -> tuple[int, str]:
    answer = await client.get(f"{TAGS}/{slug}")
    return answer.status_code, answer.json().get("slug", "")


async def test_all_its_articles_show_the_new_name_and_keep_their_version(
    client: httpx.AsyncClient, rename: Renaming, article: Article, names_of: NamesOf
) -> None:
    assert await rename(name="Great streams") == "great-streams"
    assert await names_of(article) == ["x", "Great streams", "y"]
    assert article.version == 1
    assert await where(client, "great-streams") == (200, "great-streams")


async def test_every_former_name_and_slug_leads_to_it(
    client: httpx.AsyncClient, rename: Renaming, tags: TagService
) -> None:
    await rename(name="Streams")
    await rename(slug="currents")
    await rename(name="Brooks", slug="currents")
    await rename(name="Creeks", slug="currents")
    await rename(slug="flows")
    await rename(slug="runs")
    for slug in ("rivers", "streams", "currents", "flows"):
        assert await where(client, slug) == (308, "runs")
    for name in ("rivers", "STREAMS", "Brooks", "creeks"):
        assert [tag.name for tag in await tags.use([name], at=EARLY_2026)] == ["Creeks"]
        found = await tags.named(name)
        assert found is not None
        assert found.name == "Creeks"


async def test_a_former_name_is_taken_back(
    client: httpx.AsyncClient, rename: Renaming, names_of: NamesOf, article: Article
) -> None:
    for _ in range(2):
        assert await rename(name="Streams") == "streams"
        assert await where(client, "rivers") == (308, "streams")
        assert await rename(name="Rivers") == "rivers"
        assert await where(client, "rivers") == (200, "rivers")
        assert await where(client, "streams") == (308, "rivers")
    assert await names_of(article) == ["x", "Rivers", "y"]


async def test_another_spelling_of_the_same_name_moves_nothing(
    client: httpx.AsyncClient, rename: Renaming, names_of: NamesOf, article: Article
) -> None:
    assert await rename(name="RIVERS") == "rivers"
    assert await rename(name="Rivers!") == "rivers"
    assert await names_of(article) == ["x", "Rivers!", "y"]
    assert await where(client, "rivers") == (200, "rivers")


async def test_a_change_that_changes_nothing_leaves_the_version_as_it_is(
    client: httpx.AsyncClient, as_editor: dict[str, str], rename: Renaming
) -> None:
    await rename(name="Rivers", slug="rivers")
    answer = await client.patch(f"{TAGS}/rivers", headers=as_editor, json={})
    assert answer.json()["version"] == 1


async def test_looks_change_and_go(
    client: httpx.AsyncClient, as_editor: dict[str, str], rename: Renaming
) -> None:
    await rename(description="All that flows.", colour="#abcdef", cover="https://e.org/r.jpg")
    none = {"description": None, "colour": None, "cover": None}
    answer = await client.patch(f"{TAGS}/rivers", headers=as_editor, json=none)
    assert answer.json() | none == answer.json()
    assert answer.json()["version"] == 3


async def test_a_new_name_whose_address_is_taken_gets_another_one(
    rename: Renaming, make: Factory
) -> None:
    await make.tag("C")
    assert (await rename(name="C#")).startswith("c-")


@pytest.mark.parametrize(
    ("name", "then"),
    [("\u0130stanbul", "istanbul"), ("Stra\u00dfe", "STRASSE"), ("\u1e9e", "\u00df")],
)
async def test_whatever_lower_case_means_somewhere_no_name_is_lost(
    rename: Renaming, tags: TagService, name: str, then: str
) -> None:
    for spelling in (name, then, "Rivers", name, then, "Rivers"):
        await rename(name=spelling)
    for spelling in (name, then):
        assert [tag.name for tag in await tags.use([spelling], at=EARLY_2026)] == ["Rivers"]


async def test_the_articles_of_a_tag_follow_in_as_many_statements_however_many_they_are(
    rename: Renaming, make: Factory, author: User, statements: list[str]
) -> None:
    sent = []
    for name in ("Streams", "Brooks", "Creeks"):
        for _ in range(3):
            await make.article(author, tags=["x"])
        statements.clear()
        await rename(name=name)
        sent.append(len([each for each in statements if "SAVEPOINT" not in each]))
    assert len(set(sent)) == 1
