"""One tag: by its id or slug, by a slug that it had, and for whom."""

from datetime import timedelta

import httpx
import pytest

from app.features.tags.service import TagService
from app.models import User
from tests.factories import EARLY_2026, Factory, MovableClock

TAGS = "/api/v1/tags"


async def test_everybody_reads_a_tag_by_id_or_slug(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    tag = await make.tag("Rivers", description="All that flows.", colour="#1f6f8b", cover="/r.jpg")
    await make.article(author, tags=["Rivers"])
    for ref in (tag.id, "rivers"):
        answer = await client.get(f"{TAGS}/{ref}")
        assert answer.status_code == 200
        assert answer.json() == {
            "id": tag.id,
            "slug": "rivers",
            "name": "Rivers",
            "description": "All that flows.",
            "colour": "#1f6f8b",
            "cover": "/r.jpg",
            "article_count": 1,
            "version": 1,
            "created_at": "2026-01-15T12:00:00Z",
            "updated_at": "2026-01-15T12:00:00Z",
        }


@pytest.mark.parametrize("ref", ["nothing", "0", "99999999999999999999", "Rivers", "%20x"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, ref: str) -> None:
    answer = await client.get(f"{TAGS}/{ref}")
    assert (answer.status_code, answer.json()["code"]) == (404, "tag_not_found")


async def test_a_tag_of_nothing_public_exists_for_editors_only(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_author: dict[str, str],
    as_editor: dict[str, str],
    clock: MovableClock,
) -> None:
    await make.article(author, tags=["secret"], published_at=EARLY_2026 + timedelta(days=1))
    address = f"{TAGS}/secret"
    assert (await client.get(address)).json()["code"] == "tag_not_found"
    assert (await client.get(address, headers=as_author)).status_code == 404
    assert (await client.get(address, headers=as_editor)).json()["article_count"] == 0
    clock.move(timedelta(days=1))
    assert (await client.get(address)).json()["article_count"] == 1


async def test_an_etag_changes_with_the_count(
    client: httpx.AsyncClient, make: Factory, author: User
) -> None:
    await make.article(author, tags=["rivers"])
    etag = (await client.get(f"{TAGS}/rivers")).headers["ETag"]
    assert not etag.startswith("W/")
    same = {"If-None-Match": etag}
    assert (await client.get(f"{TAGS}/rivers", headers=same)).status_code == 304
    await make.article(author, tags=["rivers"])
    assert (await client.get(f"{TAGS}/rivers", headers=same)).status_code == 200


@pytest.mark.parametrize(
    ("query", "kept"),
    [("", ""), ("?", ""), ("?a=1&b=%20%C3%A9", "?a=1&b=%20%C3%A9"), ("?<\u00e9>", "?%3C%C3%A9%3E")],
)
async def test_a_former_slug_leads_to_the_present_one(
    client: httpx.AsyncClient,
    make: Factory,
    author: User,
    as_editor: dict[str, str],
    query: str,
    kept: str,
) -> None:
    await make.article(author, tags=["Rivers"])
    await client.patch(f"{TAGS}/rivers", headers=as_editor, json={"slug": "streams"})
    answer = await client.get(f"{TAGS}/rivers{query}")
    location = f"/api/v1/tags/streams{kept}"
    assert (answer.status_code, answer.headers["Location"]) == (308, location)
    tag = (await client.get(location)).json()
    assert answer.json() == {"id": tag["id"], "slug": "streams", "location": location}


async def test_a_former_slug_does_not_tell_of_a_draft_either(
    client: httpx.AsyncClient, make: Factory, author: User, as_editor: dict[str, str]
) -> None:
    await make.draft(author, tags=["rivers"])
    await client.patch(f"{TAGS}/rivers", headers=as_editor, json={"slug": "streams"})
    assert (await client.get(f"{TAGS}/rivers")).status_code == 404
    assert (await client.get(f"{TAGS}/rivers", headers=as_editor)).status_code == 308


async def test_the_most_used_come_first_then_by_name(
    tags: TagService, make: Factory, author: User
) -> None:
    for names in (["lakes", "boats"], ["lakes", "rivers"], ["lakes", "Otters"], ["rivers"]):
        await make.article(author, tags=names)
    for _ in range(3):
        await make.draft(author, tags=["secret", "boats"])
    for most, expected in ((9, ["lakes", "rivers", "boats", "Otters"]), (2, ["lakes", "rivers"])):
        found = await tags.most_used(most, at=EARLY_2026)
        assert [tag.name for tag in found] == expected


async def test_others_find_a_tag_by_slug_name_former_ones_and_id(
    tags: TagService, make: Factory
) -> None:
    tag = await make.tag("Great Rivers")
    other = await make.tag("2026", slug="tag-2026")
    for words in ("great-rivers", "Great Rivers", "GREAT rivers", str(tag.id)):
        found = await tags.named(words)
        assert found is not None
        assert found.id == tag.id
    by_name = await tags.named("2026")
    assert by_name is not None
    assert by_name.id == other.id
    for words in ("great", "", " great-rivers", "0", "99999999999999999999"):
        assert await tags.named(words) is None
