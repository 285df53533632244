"""Following tags: nobody else ever knows."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.models import Article, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

Headers = dict[str, str]

RIVERS = "/api/v1/tags/rivers"
FOLLOWED = "/api/v1/users/me/followed-tags"


async def slugs(client: httpx.AsyncClient, headers: Headers) -> list[str]:
    answer = await client.get(FOLLOWED, headers=headers)
    assert answer.status_code == 200
    return [each["slug"] for each in answer.json()]


@pytest.fixture(autouse=True)
async def rivers(make: Factory, anna: User) -> Article:
    """An article that has the tag."""
    return await make.article(anna, tags=["rivers"])


async def test_a_tag_is_followed_and_followed_no_more(
    client: httpx.AsyncClient, as_rita: Headers, as_anna: Headers
) -> None:
    for _ in range(2):
        answer = await client.put(f"{RIVERS}/follow", headers=as_rita)
        assert (answer.status_code, answer.json()) == (200, {"followed": True})
        assert await slugs(client, as_rita) == ["rivers"]
    assert await slugs(client, as_anna) == []
    for _ in range(2):
        answer = await client.delete(f"{RIVERS}/follow", headers=as_rita)
        assert (answer.status_code, answer.json()) == (200, {"followed": False})
        assert await slugs(client, as_rita) == []


async def test_the_list_shows_the_latest_first_by_pages(
    client: httpx.AsyncClient,
    make: Factory,
    anna: User,
    as_rita: Headers,
    clock: MovableClock,
) -> None:
    await make.article(anna, tags=["streams", "lakes"])
    for slug in ("streams", "rivers", "lakes"):
        await client.put(f"/api/v1/tags/{slug}/follow", headers=as_rita)
        clock.move(timedelta(minutes=1))
    first = await client.get(f"{FOLLOWED}?limit=2&total=true", headers=as_rita)
    second = await client.get(first.links["next"]["url"], headers=as_rita)
    assert [each["slug"] for each in first.json()] == ["lakes", "rivers"]
    assert [each["slug"] for each in second.json()] == ["streams"]
    assert first.headers["X-Total-Count"] == "3"
    assert first.json()[0].keys() == {"id", "slug", "name", "colour"}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_tag_of_drafts_is_not_there(
    client: httpx.AsyncClient, make: Factory, anna: User, as_rita: Headers, method: str
) -> None:
    await make.draft(anna, tags=["secret plans"])
    for ref in ("secret-plans", "nothing", "9223372036854775807"):
        answer = await client.request(method, f"/api/v1/tags/{ref}/follow", headers=as_rita)
        assert (answer.status_code, answer.json()["code"]) == (404, "tag_not_found")


async def test_an_editor_follows_a_tag_ahead_of_its_use(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    await make.tag("unused")
    editor = sign_in(await make.user(Role.EDITOR))
    answer = await client.put("/api/v1/tags/unused/follow", headers=editor)
    assert answer.status_code == 200


async def test_a_tag_that_nothing_has_any_more_can_be_left(
    client: httpx.AsyncClient, as_rita: Headers, session: AsyncSession
) -> None:
    await client.put(f"{RIVERS}/follow", headers=as_rita)
    await session.execute(update(Article).values(published=False))
    await session.commit()
    assert (await client.delete(f"{RIVERS}/follow", headers=as_rita)).status_code == 200
    assert (await client.delete(f"{RIVERS}/follow", headers=as_rita)).status_code == 404


async def test_nobody_follows_without_a_name(client: httpx.AsyncClient) -> None:
    assert (await client.put(f"{RIVERS}/follow")).status_code == 401
    assert (await client.delete(f"{RIVERS}/follow")).status_code == 401
    assert (await client.get(FOLLOWED)).status_code == 401


async def test_a_tag_that_is_deleted_is_followed_by_nobody(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, as_rita: Headers
) -> None:
    await client.put(f"{RIVERS}/follow", headers=as_rita)
    editor = sign_in(await make.user(Role.EDITOR))
    assert (await client.delete(RIVERS, headers=editor)).status_code == 204
    assert await slugs(client, as_rita) == []
