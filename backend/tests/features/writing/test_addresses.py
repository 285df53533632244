"""An address never breaks: slugs change, and the old ones lead to the new one for ever."""

import re

import httpx
import pytest

from tests.features.writing.conftest import ARTICLES, NEW, Change, Write


async def place(client: httpx.AsyncClient, slug: str, headers: dict[str, str]) -> tuple[int, str]:
    """Return what an address answers, and with which slug."""
    answer = await client.get(f"{ARTICLES}/{slug}", headers=headers)
    return answer.status_code, answer.json().get("slug", answer.json().get("code"))


@pytest.fixture
async def moved(write: Write, change: Change) -> int:
    """The id of an article that went from `a` by `b` to `c`."""
    article = await write(slug="a")
    await change(article["id"], slug="b")
    await change(article["id"], slug="c")
    return int(article["id"])


@pytest.mark.usefixtures("moved")
async def test_every_old_slug_leads_straight_to_the_new_one(
    client: httpx.AsyncClient, as_author: dict[str, str]
) -> None:
    assert await place(client, "c", as_author) == (200, "c")
    assert await place(client, "a", as_author) == (308, "c")
    assert await place(client, "b", as_author) == (308, "c")


@pytest.mark.usefixtures("moved")
async def test_a_slug_can_be_taken_back(
    client: httpx.AsyncClient, as_author: dict[str, str], change: Change
) -> None:
    assert (await change("b", slug="a"))["version"] == 4
    assert await place(client, "a", as_author) == (200, "a")
    assert await place(client, "b", as_author) == (308, "a")
    assert await place(client, "c", as_author) == (308, "a")


@pytest.mark.parametrize("old", ["a", "b"])
async def test_an_article_is_changed_under_an_old_slug_as_well(
    client: httpx.AsyncClient, as_author: dict[str, str], change: Change, moved: int, old: str
) -> None:
    assert (await change(old, title="Up the river"))["id"] == moved
    answer = await client.delete(f"{ARTICLES}/{old}", headers=as_author)
    assert answer.status_code == 204


@pytest.mark.parametrize("slug", ["a", "b", "c"])
@pytest.mark.usefixtures("moved")
async def test_no_other_article_can_take_a_slug_old_or_new(
    client: httpx.AsyncClient,
    as_author: dict[str, str],
    as_stranger: dict[str, str],
    write: Write,
    slug: str,
) -> None:
    other = await write(slug="other")
    for refused in (
        await client.patch(f"{ARTICLES}/other", headers=as_author, json={"slug": slug}),
        await client.post(ARTICLES, headers=as_author, json={**NEW, "slug": slug}),
        await client.post(ARTICLES, headers=as_stranger, json={**NEW, "slug": slug}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (400, "slug_taken")
        assert refused.json()["detail"] == "Slug already taken"
    again = await client.get(f"{ARTICLES}/other", headers=as_author)
    assert (again.json()["slug"], again.json()["version"]) == ("other", other["version"])
    assert await place(client, slug, as_author) == (200 if slug == "c" else 308, "c")


@pytest.mark.parametrize("slug", ["a", "b", "c"])
@pytest.mark.usefixtures("moved")
async def test_what_else_lies_in_the_bin_frees_no_slug(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write, slug: str
) -> None:
    await write(slug="other")
    await write(slug="gone")
    await client.delete(f"{ARTICLES}/gone", headers=as_author)
    for refused in (
        await client.patch(f"{ARTICLES}/other", headers=as_author, json={"slug": slug}),
        await client.post(ARTICLES, headers=as_author, json={**NEW, "slug": slug}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (400, "slug_taken")
    assert await place(client, slug, as_author) == (200 if slug == "c" else 308, "c")


@pytest.mark.usefixtures("moved")
async def test_by_its_title_it_gets_a_number_beside_an_old_slug(write: Write) -> None:
    assert (await write(title="A"))["slug"] == "a-2"
    assert (await write(title="A"))["slug"] == "a-3"


async def test_the_slug_of_what_lies_in_the_bin_can_be_taken(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write, change: Change, moved: int
) -> None:
    await client.delete(f"{ARTICLES}/{moved}", headers=as_author)
    by_choice, by_title = await write(slug="c"), await write(title="B")
    by_change = await change((await write(title="Any"))["id"], slug="a")
    assert [each["slug"] for each in (by_choice, by_title, by_change)] == ["c", "b", "a"]
    for each in (by_choice, by_title, by_change):
        found = await client.get(f"{ARTICLES}/{each['slug']}", headers=as_author)
        assert (found.status_code, found.json()["id"]) == (200, each["id"])


async def test_what_comes_back_gets_an_address_near_its_own(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write
) -> None:
    deleted = await write(slug="river")
    await client.delete(f"{ARTICLES}/river", headers=as_author)
    taken = await write(slug="river")
    back = await client.post(f"{ARTICLES}/{deleted['id']}/undelete", headers=as_author)
    assert back.status_code == 200
    assert back.json()["id"] == deleted["id"]
    assert re.fullmatch(r"river-[0-9a-f]+", back.json()["slug"])
    assert await place(client, back.json()["slug"], as_author) == (200, back.json()["slug"])
    found = await client.get(f"{ARTICLES}/river", headers=as_author)
    assert found.json()["id"] == taken["id"]


async def test_what_comes_back_has_its_addresses_if_nobody_took_them(
    client: httpx.AsyncClient, as_author: dict[str, str], moved: int
) -> None:
    await client.delete(f"{ARTICLES}/{moved}", headers=as_author)
    back = await client.post(f"{ARTICLES}/{moved}/undelete", headers=as_author)
    assert back.json()["slug"] == "c"
    assert await place(client, "a", as_author) == (308, "c")


async def test_an_old_slug_that_was_taken_from_the_bin_stays_with_its_taker(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write, moved: int
) -> None:
    await client.delete(f"{ARTICLES}/{moved}", headers=as_author)
    taker = await write(slug="a")
    back = await client.post(f"{ARTICLES}/{moved}/undelete", headers=as_author)
    assert back.json()["slug"] == "c"
    assert (await client.get(f"{ARTICLES}/a", headers=as_author)).json()["id"] == taker["id"]
    assert await place(client, "b", as_author) == (308, "c")


@pytest.mark.parametrize("slug", ["feed", "2026", "Upper", "two--hyphens", "-edge", "x" * 101, ""])
async def test_a_new_slug_has_to_be_one(
    client: httpx.AsyncClient, as_author: dict[str, str], write: Write, slug: str
) -> None:
    await write(slug="a")
    answer = await client.patch(f"{ARTICLES}/a", headers=as_author, json={"slug": slug})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "slug"]


async def test_the_same_slug_is_no_change(write: Write, change: Change) -> None:
    await write(slug="a")
    assert (await change("a", slug="a"))["version"] == 1


async def test_an_address_that_only_a_draft_had_shows_in_no_list(
    client: httpx.AsyncClient, write: Write, change: Change
) -> None:
    draft = await write(title="We fire Bob on Monday")
    await change(draft["id"], slug="some-news")
    await change(draft["id"], published=True)
    assert (await client.get("/api/v1/redirects")).json() == []
    await change(draft["id"], slug="old-news")
    listed = (await client.get("/api/v1/redirects")).json()
    assert [each["from"] for each in listed] == ["/articles/some-news"]
