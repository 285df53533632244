"""Making, listing and revoking keys."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.keys import is_key
from app.core.policy import Role
from app.core.sealing import secret_hash
from app.features.keys.rules import MOST_KEYS
from app.models import ApiKey, AuditEvent, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock
from tests.features.keys.conftest import KEYS, MakeKey, bearing

ME = "/api/v1/users/me"
NEW = {"name": "Build server", "scopes": ["public:read"]}


async def test_a_key_is_shown_once(client: httpx.AsyncClient, as_owner: dict[str, str]) -> None:
    answer = await client.post(KEYS, headers=as_owner, json={**NEW, "expires_in_days": 365})
    assert answer.status_code == 201
    made = answer.json()
    key = made.pop("key")
    assert is_key(key)
    assert made == {
        "id": made["id"],
        "name": "Build server",
        "prefix": key[:10],
        "scopes": ["public:read"],
        "created_at": "2026-01-15T12:00:00Z",
        "expires_at": "2027-01-15T12:00:00Z",
        "last_used_at": None,
    }
    assert answer.headers["Location"] == f"{KEYS}/{made['id']}"
    assert answer.headers["Cache-Control"] == "no-store"
    read = await client.get(answer.headers["Location"], headers=as_owner)
    listed = await client.get(KEYS, headers=as_owner)
    assert (read.json(), listed.json()) == (made, [made])
    assert key not in read.text + listed.text


async def test_only_its_hash_is_kept(make_key: MakeKey, session: AsyncSession, owner: User) -> None:
    made = await make_key()
    row = (await session.scalars(select(ApiKey))).one()
    assert row.secret_hash == secret_hash(made["key"])
    kept = " ".join(str(value) for name, value in vars(row).items() if name != "secret_hash")
    assert made["key"][10:] not in kept
    events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id))).all()
    assert made["key"] not in str([event.details for event in events])
    assert made["key"][10:] not in str([event.details for event in events])


async def test_making_and_revoking_are_written_down(
    client: httpx.AsyncClient,
    as_owner: dict[str, str],
    make_key: MakeKey,
    session: AsyncSession,
    owner: User,
) -> None:
    made = await make_key("articles:write", name="Robot")
    await client.delete(f"{KEYS}/{made['id']}", headers=as_owner)
    query = select(AuditEvent).where(AuditEvent.event.startswith("key.")).order_by(AuditEvent.id)
    events = (await session.scalars(query)).all()
    assert [(each.event, each.actor_id, each.subject_id, each.details) for each in events] == [
        ("key.made", owner.id, owner.id, {"key_id": made["id"], "scopes": ["articles:write"]}),
        ("key.revoked", owner.id, owner.id, {"key_id": made["id"]}),
    ]


async def test_the_newest_stands_first_and_everybody_sees_their_own(
    client: httpx.AsyncClient, make: Factory, make_key: MakeKey, as_owner: dict[str, str]
) -> None:
    stranger = await make.user()
    for name, of in (("first", None), ("theirs", stranger), ("second", None)):
        await make_key(of=of, name=name)
    listed = (await client.get(KEYS, headers=as_owner)).json()
    assert [key["name"] for key in listed] == ["second", "first"]


# Until when


@pytest.mark.parametrize(
    "body", [{"expires_in_days": 1}, {"expires_at": "2026-01-16T13:00:00+01:00"}], ids=str
)
async def test_it_is_good_until_it_expires(
    client: httpx.AsyncClient, make_key: MakeKey, clock: MovableClock, body: dict[str, Any]
) -> None:
    made = await make_key(**body)
    assert made["expires_at"] == "2026-01-16T12:00:00Z"
    clock.move(timedelta(days=1) - timedelta(microseconds=1))
    assert (await client.get("/api/v1/articles", headers=bearing(made))).status_code == 200
    clock.move(timedelta(microseconds=1))
    assert (await client.get("/api/v1/articles", headers=bearing(made))).status_code == 401


async def test_one_that_has_expired_is_still_listed(
    client: httpx.AsyncClient,
    make_key: MakeKey,
    owner: User,
    sign_in: SignIn,
    clock: MovableClock,
) -> None:
    await make_key(expires_in_days=1)
    clock.move(timedelta(days=2))
    assert len((await client.get(KEYS, headers=sign_in(owner))).json()) == 1


async def test_without_an_expiry_it_is_good_until_it_is_revoked(
    client: httpx.AsyncClient, as_owner: dict[str, str], make_key: MakeKey, clock: MovableClock
) -> None:
    made = await make_key(expires_at=None, expires_in_days=None)
    assert made["expires_at"] is None
    clock.move(timedelta(days=10_000))
    assert (await client.get("/api/v1/articles", headers=bearing(made))).status_code == 200


async def test_it_is_revoked_at_once(
    client: httpx.AsyncClient, as_owner: dict[str, str], make_key: MakeKey
) -> None:
    first, second = await make_key(), await make_key()
    address = f"{KEYS}/{first['id']}"
    answer = await client.delete(address, headers=as_owner)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get("/api/v1/articles", headers=bearing(first))).status_code == 401
    assert (await client.get("/api/v1/articles", headers=bearing(second))).status_code == 200
    for method in ("DELETE", "GET"):
        again = await client.request(method, address, headers=as_owner)
        assert (again.status_code, again.json()["code"]) == (404, "key_not_found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("role", [Role.AUTHOR, Role.ADMIN])
async def test_nobody_else_sees_or_revokes_it(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    make_key: MakeKey,
    method: str,
    role: Role,
) -> None:
    made = await make_key()
    address = f"{KEYS}/{made['id']}"
    headers = sign_in(await make.user(role))
    answer = await client.request(method, address, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "key_not_found")
    assert (await client.get("/api/v1/articles", headers=bearing(made))).status_code == 200


# Which keys


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": 7}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["all"]}, "scopes"),
        ({"scopes": "admin"}, "scopes"),
        ({"scopes": ["articles:read"] * 6}, "scopes"),
        ({"scopes": [None]}, "scopes"),
        ({"scopes": ["public:read", "articles:write"]}, "scopes"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 3651}, "expires_in_days"),
        ({"expires_in_days": "7"}, "expires_in_days"),
        ({"expires_in_days": 7, "expires_at": "2026-02-01T00:00:00Z"}, "expires_in_days"),
        ({"expires_at": "2026-01-15T12:00:00Z"}, "expires_at"),
        ({"expires_at": "2025-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2027-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": 1_800_000_000}, "expires_at"),
        ({"key": "gly_mine"}, "key"),
        ({"user_id": 1}, "user_id"),
    ],
    ids=str,
)
async def test_what_breaks_a_rule_is_refused(
    client: httpx.AsyncClient, as_owner: dict[str, str], change: dict[str, Any], field: str
) -> None:
    answer = await client.post(KEYS, headers=as_owner, json={**NEW, **change})
    assert answer.status_code == 422
    assert {tuple(each["loc"][:2]) for each in answer.json()["errors"]} == {("body", field)}
    assert (await client.get(KEYS, headers=as_owner)).json() == []


async def test_scopes_are_kept_once_and_in_order(make_key: MakeKey) -> None:
    made = await make_key("articles:write", "articles:read", "articles:write")
    assert made["scopes"] == ["articles:read", "articles:write"]


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (Role.READER, "public:read", 201),
        (Role.READER, "articles:read", 201),
        (Role.READER, "articles:write", 403),
        (Role.READER, "media:write", 403),
        (Role.AUTHOR, "articles:write", 201),
        (Role.AUTHOR, "media:write", 201),
        (Role.AUTHOR, "admin", 403),
        (Role.EDITOR, "admin", 403),
        (Role.ADMIN, "admin", 201),
    ],
)
async def test_a_key_can_do_no_more_than_its_owner(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role, scope: str, status: int
) -> None:
    headers = sign_in(await make.user(role))
    answer = await client.post(KEYS, headers=headers, json={"name": "x", "scopes": [scope]})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "scope_above_role"
        assert scope in answer.json()["detail"]
        assert (await client.get(KEYS, headers=headers)).json() == []


async def test_an_account_has_room_for_fifty(
    client: httpx.AsyncClient,
    as_owner: dict[str, str],
    owner: User,
    make: Factory,
    make_key: MakeKey,
    session: AsyncSession,
) -> None:
    session.add_all(
        ApiKey(
            user_id=owner.id,
            name="x",
            prefix="gly_x",
            secret_hash=bytes([number]),
            scopes=["articles:read"],
            created_at=EARLY_2026,
        )
        for number in range(MOST_KEYS - 1)
    )
    await session.commit()
    last = await make_key()
    answer = await client.post(KEYS, headers=as_owner, json=NEW)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_keys")
    assert answer.json()["detail"] == "You have 50 keys; revoke some"
    await make_key(of=await make.user())
    await client.delete(f"{KEYS}/{last['id']}", headers=as_owner)
    assert (await client.post(KEYS, headers=as_owner, json=NEW)).status_code == 201


async def test_making_one_needs_a_sign_in_of_just_now(
    client: httpx.AsyncClient, owner: User, sign_in: SignIn, clock: MovableClock
) -> None:
    headers = sign_in(owner)
    clock.move(timedelta(minutes=15))
    answer = await client.post(KEYS, headers=sign_in(owner), json=NEW)
    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_required")
    assert (await client.post(KEYS, headers=headers, json=NEW)).status_code in {401, 403}
    assert (await client.get(KEYS, headers=sign_in(owner))).json() == []


async def test_its_answer_is_kept_nowhere(
    client: httpx.AsyncClient, as_owner: dict[str, str]
) -> None:
    """An Idempotency-Key would store it; so there is none, and each request makes a key."""
    headers = {**as_owner, "Idempotency-Key": "once"}
    first, second = [await client.post(KEYS, headers=headers, json=NEW) for _ in range(2)]
    assert "Idempotent-Replay" not in second.headers
    assert first.json()["key"] != second.json()["key"]


# When it was used


async def last_used(session: AsyncSession, key_id: int) -> object:
    return await session.scalar(select(ApiKey.last_used_at).where(ApiKey.id == key_id))


async def test_it_is_noted_when_it_was_used_once_a_minute_at_the_most(
    client: httpx.AsyncClient, make_key: MakeKey, session: AsyncSession, clock: MovableClock
) -> None:
    made = await make_key()
    id_, headers = made["id"], bearing(made)
    await client.get("/api/v1/articles", headers=headers)
    assert await last_used(session, id_) == EARLY_2026
    clock.move(timedelta(seconds=59))
    await client.get("/api/v1/articles", headers=headers)
    assert await last_used(session, id_) == EARLY_2026
    clock.move(timedelta(seconds=1))
    await client.get("/api/v1/articles", headers=headers)
    assert await last_used(session, id_) == EARLY_2026 + timedelta(minutes=1)


async def test_it_is_noted_even_when_the_request_is_refused(
    client: httpx.AsyncClient, make_key: MakeKey, session: AsyncSession
) -> None:
    made = await make_key()
    assert (await client.get(ME, headers=bearing(made))).status_code == 403
    assert await last_used(session, made["id"]) == EARLY_2026


async def test_keys_go_with_the_account(
    client: httpx.AsyncClient, make_key: MakeKey, session: AsyncSession, owner: User
) -> None:
    made = await make_key()
    await session.delete(await session.get_one(User, owner.id))
    await session.commit()
    assert (await client.get("/api/v1/articles", headers=bearing(made))).status_code == 401
    assert await session.scalar(select(ApiKey.id)) is None


async def test_a_scope_of_a_newer_release_opens_nothing(
    client: httpx.AsyncClient, make_key: MakeKey, session: AsyncSession
) -> None:
    made = await make_key("articles:read")
    await session.execute(update(ApiKey).values(scopes=["galaxies:write"]))
    await session.commit()
    answer = await client.get("/api/v1/articles", headers=bearing(made))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
