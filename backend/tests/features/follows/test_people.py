"""Following people: everybody can see who follows whom."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.features.follows.service import FollowService
from app.models import Notification, User, UserFollow
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.statements import statements

Headers = dict[str, str]

ANNA = "/api/v1/users/anna"
RITA = "/api/v1/users/rita"
PROFILE = {"id", "username", "full_name", "bio", "website", "avatar", "created_at"}


async def names(client: httpx.AsyncClient, address: str) -> list[str]:
    answer = await client.get(address)
    assert answer.status_code == 200
    return [each["username"] for each in answer.json()]


async def test_somebody_is_followed_and_followed_no_more(
    client: httpx.AsyncClient, anna: User, as_rita: Headers
) -> None:
    for _ in range(2):
        answer = await client.put(f"{ANNA}/follow", headers=as_rita)
        assert (answer.status_code, answer.json()) == (200, {"followed": True})
        assert await names(client, f"{ANNA}/followers") == ["rita"]
        assert await names(client, f"{RITA}/following") == ["anna"]
    assert await names(client, f"{RITA}/followers") == []
    assert await names(client, f"{ANNA}/following") == []
    for _ in range(2):
        answer = await client.delete(f"{ANNA}/follow", headers=as_rita)
        assert (answer.status_code, answer.json()) == (200, {"followed": False})
        assert await names(client, f"{ANNA}/followers") == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_nobody_follows_themselves(
    client: httpx.AsyncClient, anna: User, as_anna: Headers, method: str
) -> None:
    for ref in ("anna", "ANNA", str(anna.id)):
        answer = await client.request(method, f"/api/v1/users/{ref}/follow", headers=as_anna)
        assert (answer.status_code, answer.json()["code"]) == (400, "follows_self")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "follow"), ("DELETE", "follow"), ("GET", "followers"), ("GET", "following")],
)
async def test_nobody_is_nobody(
    client: httpx.AsyncClient, as_rita: Headers, method: str, path: str
) -> None:
    for ref in ("nobody", "9223372036854775807", "me"):
        answer = await client.request(method, f"/api/v1/users/{ref}/{path}", headers=as_rita)
        assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


async def test_nobody_follows_without_a_name(client: httpx.AsyncClient, anna: User) -> None:
    assert (await client.put(f"{ANNA}/follow")).status_code == 401
    assert (await client.delete(f"{ANNA}/follow")).status_code == 401


async def test_whoever_is_followed_is_told_once(
    client: httpx.AsyncClient, anna: User, rita: User, as_rita: Headers, session: AsyncSession
) -> None:
    for method in ("PUT", "PUT", "DELETE", "PUT"):
        await client.request(method, f"{ANNA}/follow", headers=as_rita)
    [told] = (await session.scalars(select(Notification))).all()
    assert (told.user_id, told.kind, told.actor_id) == (anna.id, "follower", rita.id)


async def test_the_lists_show_public_profiles_the_latest_first_by_pages(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, anna: User, clock: MovableClock
) -> None:
    followers = [await make.user() for _ in range(5)]
    for number, follower in enumerate(followers):
        await client.put(f"{ANNA}/follow", headers=sign_in(follower))
        clock.move(timedelta(minutes=number % 2))
    wanted = [follower.username for follower in reversed(followers)]
    pages = [await client.get(f"{ANNA}/followers?limit=2&total=true")]
    assert pages[0].headers["X-Total-Count"] == "5"
    assert {frozenset(each) for each in pages[0].json()} == {frozenset(PROFILE)}
    while "next" in pages[-1].links:
        pages.append(await client.get(pages[-1].links["next"]["url"]))
    assert [each["username"] for page in pages for each in page.json()] == wanted
    before = await client.get(pages[-1].links["prev"]["url"])
    assert before.json() == pages[-2].json()


async def test_whom_somebody_follows_is_listed_by_pages_too(
    client: httpx.AsyncClient, make: Factory, rita: User, as_rita: Headers
) -> None:
    followed = [await make.user() for _ in range(3)]
    for each in followed:
        await client.put(f"/api/v1/users/{each.id}/follow", headers=as_rita)
    first = await client.get(f"{RITA}/following?limit=2&total=true")
    second = await client.get(first.links["next"]["url"])
    shown = [each["username"] for page in (first, second) for each in page.json()]
    assert shown == [each.username for each in reversed(followed)]
    assert first.headers["X-Total-Count"] == "3"


async def test_accounts_that_are_switched_off_are_left_out(
    client: httpx.AsyncClient, make: Factory, session: AsyncSession, anna: User, rita: User
) -> None:
    off = await make.user(is_active=False)
    session.add_all(
        UserFollow(follower_id=follower, followed_id=followed, created_at=anna.created_at)
        for follower, followed in ((off.id, anna.id), (rita.id, anna.id), (rita.id, off.id))
    )
    await session.commit()
    assert await names(client, f"{ANNA}/followers") == ["rita"]
    assert await names(client, f"{RITA}/following") == ["anna"]


async def test_whoever_leaves_follows_nobody_and_is_followed_by_nobody(
    client: httpx.AsyncClient, anna: User, as_anna: Headers, rita: User, as_rita: Headers
) -> None:
    await client.put(f"{ANNA}/follow", headers=as_rita)
    await client.put(f"{RITA}/follow", headers=as_anna)
    assert (await client.delete("/api/v1/users/me", headers=as_anna)).status_code == 204
    assert await names(client, f"{RITA}/followers") == []
    assert await names(client, f"{RITA}/following") == []


async def test_a_list_takes_two_statements(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, anna: User, engine: AsyncEngine
) -> None:
    for _ in range(20):
        await client.put(f"{ANNA}/follow", headers=sign_in(await make.user()))
    with statements(engine) as sent:
        answer = await client.get(f"{ANNA}/followers")
    assert len(answer.json()) == 20
    assert len(sent) == 2  # who is followed, and by whom


async def test_the_service_knows_who_follows_whom(
    session: AsyncSession, anna: User, rita: User
) -> None:
    follows = FollowService(session)
    assert not await follows.is_following(rita.id, anna.id)
    assert await follows.follow("anna", rita, at=anna.created_at) is not None
    assert await follows.is_following(rita.id, anna.id)
    assert not await follows.is_following(anna.id, rita.id)
    assert (await follows.unfollow("anna", rita)).id == anna.id
    assert not await follows.is_following(rita.id, anna.id)
