"""GET /notifications: what others have done, as far as it may still be seen."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions
from app.core.policy import Role
from app.features.notifications.schemas import Kind
from app.models import Article, Comment, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.notifications.conftest import (
    COUNT,
    NOTIFICATIONS,
    READ,
    SETTINGS,
    MakeComment,
    Tell,
    listed,
    unread,
)
from tests.statements import statements

MINUTE = timedelta(minutes=1)


async def test_it_says_who_did_what_where_and_when(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    bert: User,
    river: Article,
    make_comment: MakeComment,
) -> None:
    comment = await make_comment(river)
    await tell(Kind.COMMENT, article=river, comment=comment)
    (found,) = await listed(client, headers)
    assert found == {
        "id": found["id"],
        "kind": "comment",
        "actor": {
            "id": bert.id,
            "username": "bert",
            "full_name": "Bert Shannon",
            "avatar": "https://example.com/bert.png",
        },
        "article": {"id": river.id, "slug": "down-the-river", "title": "Down the river"},
        "comment_id": comment.id,
        "created_at": "2026-01-15T12:00:00Z",
        "read_at": None,
    }


async def test_some_things_are_about_no_article(
    client: httpx.AsyncClient, headers: dict[str, str], tell: Tell
) -> None:
    await tell(Kind.FOLLOWER)
    (found,) = await listed(client, headers)
    assert (found["kind"], found["article"], found["comment_id"]) == ("follower", None, None)


async def test_everybody_sees_their_own(
    client: httpx.AsyncClient, headers: dict[str, str], tell: Tell, bert: User, sign_in: SignIn
) -> None:
    await tell(Kind.FOLLOWER)
    assert await listed(client, sign_in(bert)) == []
    assert await unread(client, sign_in(bert)) == 0
    assert len(await listed(client, headers)) == 1


async def test_the_newest_stands_first_and_pages_lead_to_each_other(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    make: Factory,
    clock: MovableClock,
) -> None:
    people = [await make.user() for _ in range(5)]
    for number, actor in enumerate(people):
        await tell(Kind.FOLLOWER, actor=actor, at=clock() + number // 2 * MINUTE)
    found, query = [], "?limit=2&total=true"
    while True:
        answer = await client.get(NOTIFICATIONS + query, headers=headers)
        found += [each["actor"]["id"] for each in answer.json()]
        assert answer.headers["X-Total-Count"] == "5"
        if "next" not in answer.links:
            break
        query = httpx.URL(answer.links["next"]["url"]).query.decode().join(["?", ""])
    assert found == [actor.id for actor in reversed(people)]


async def test_it_can_be_only_what_is_unread_or_of_one_kind(
    client: httpx.AsyncClient, headers: dict[str, str], tell: Tell, river: Article
) -> None:
    await tell(Kind.FOLLOWER)
    await tell(Kind.FAVORITE, article=river)
    first, second = await listed(client, headers)
    await client.post(READ, headers=headers, json={"ids": [first["id"]]})
    assert await listed(client, headers, unread="true") == [second]
    assert [each["kind"] for each in await listed(client, headers, kind="favorite")] == ["favorite"]
    assert await listed(client, headers, unread="true", kind="favorite") == []
    assert len(await listed(client, headers, unread="false")) == 2


@pytest.mark.parametrize(
    "query", [{"kind": "gossip"}, {"unread": "maybe"}, {"limit": "0"}, {"cursor": "x"}], ids=str
)
async def test_nonsense_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], query: dict[str, str]
) -> None:
    answer = await client.get(NOTIFICATIONS, headers=headers, params=query)
    assert answer.status_code == 422


# What may still be seen


async def change(sessions: Sessions, row: Article | Comment, **fields: object) -> None:
    async with sessions.begin() as session:
        kind = type(row)
        await session.execute(update(kind).where(kind.id == row.id).values(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"published": False},
        {"published_at": EARLY_2026 + MINUTE},
        {"deleted_at": EARLY_2026},
    ],
    ids=["a draft", "scheduled", "in the bin"],
)
async def test_what_is_about_an_article_that_is_not_public_is_left_out(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    sessions: Sessions,
    river: Article,
    fields: dict[str, Any],
) -> None:
    await tell(Kind.FAVORITE, article=river)
    await change(sessions, river, **fields)
    assert await listed(client, headers) == []
    assert await unread(client, headers) == 0


@pytest.mark.parametrize(
    "fields",
    [{"status": "pending"}, {"status": "hidden"}, {"status": "spam"}, {"deleted_at": EARLY_2026}],
    ids=["pending", "hidden", "spam", "deleted"],
)
async def test_what_is_about_a_comment_that_is_not_shown_is_left_out(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    sessions: Sessions,
    river: Article,
    make_comment: MakeComment,
    fields: dict[str, Any],
) -> None:
    comment = await make_comment(river)
    await tell(Kind.MENTION, article=river, comment=comment)
    await change(sessions, comment, **fields)
    assert await listed(client, headers) == []
    assert await unread(client, headers) == 0
    await change(sessions, comment, status="visible", deleted_at=None)
    assert len(await listed(client, headers)) == 1
    assert await unread(client, headers) == 1


# What it costs, and whom it serves


async def test_it_is_one_statement_besides_knowing_who_asks(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    tell: Tell,
    make: Factory,
    engine: AsyncEngine,
    river: Article,
) -> None:
    await client.get(NOTIFICATIONS, headers=headers)
    with statements(engine) as alone:
        await client.get("/api/v1/users/me/activity", headers=headers)
    for _ in range(20):
        await tell(Kind.FAVORITE, article=river, actor=await make.user())
    for path in (NOTIFICATIONS, COUNT):
        with statements(engine) as sent:
            assert (await client.get(path, headers=headers)).status_code == 200
        assert len(sent) == 2 == len(alone)


async def test_who_has_it_already_is_told_so(
    client: httpx.AsyncClient, headers: dict[str, str], tell: Tell
) -> None:
    await tell(Kind.FOLLOWER)
    etag = (await client.get(NOTIFICATIONS, headers=headers)).headers["ETag"]
    again = await client.get(NOTIFICATIONS, headers={**headers, "If-None-Match": etag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", NOTIFICATIONS),
        ("GET", COUNT),
        ("POST", READ),
        ("GET", SETTINGS),
        ("PATCH", SETTINGS),
    ],
)
async def test_it_is_for_people_who_are_signed_in(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, method: str, path: str
) -> None:
    body = {"ids": [1]} if path == READ else {"mailed": []} if method == "PATCH" else None
    answer = await client.request(method, path, json=body)
    assert answer.status_code == 401
    admin = sign_in(await make.user(Role.ADMIN))
    new = {"name": "Robot", "scopes": ["articles:read", "articles:write", "admin"]}
    key = (await client.post("/api/v1/auth/keys", headers=admin, json=new)).json()["key"]
    bearing = {"Authorization": f"Bearer {key}"}
    refused = await client.request(method, path, json=body, headers=bearing)
    assert (refused.status_code, refused.json()["code"]) == (403, "key_not_allowed")
