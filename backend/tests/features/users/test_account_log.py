"""What changes of accounts are written down, and which of them sign an account out."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.models import AuditEvent, LoginSession, User
from tests.conftest import SignIn
from tests.factories import PASSWORD, Factory

USERS = "/api/v1/users"
ME = f"{USERS}/me"
NEW_PASSWORD = "another-pass-phrase"


@pytest.fixture
async def admin(make: Factory) -> User:
    """Who administers."""
    return await make.user(Role.ADMIN)


@pytest.fixture
async def anna(make: Factory) -> User:
    """Whose account it is."""
    return await make.user()


@pytest.fixture
def as_admin(admin: User, sign_in: SignIn) -> dict[str, str]:
    """The administrator's headers."""
    return sign_in(admin)


@pytest.fixture
def as_anna(anna: User, sign_in: SignIn) -> dict[str, str]:
    """Anna's."""
    return sign_in(anna)


async def entries(session: AsyncSession) -> list[tuple[str, int | None, int | None, Any]]:
    found = await session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(each.event, each.actor_id, each.subject_id, each.details) for each in found]


async def sessions_of(session: AsyncSession, user: User) -> list[int]:
    query = select(LoginSession.id).filter_by(user_id=user.id).order_by(LoginSession.id)
    return list(await session.scalars(query))


async def test_a_new_account_is_written_down_as_its_own_doing(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    new = {"email": "anna@example.com", "password": PASSWORD}
    made = (await client.post(USERS, json=new)).json()["id"]
    assert ("account.created", made, made, {"role": "author"}) in await entries(session)


async def test_an_account_that_an_administrator_makes_is_the_administrators_doing(
    client: httpx.AsyncClient, as_admin: dict[str, str], admin: User, session: AsyncSession
) -> None:
    new = {"email": "anna@example.com", "password": PASSWORD}
    made = (await client.post(USERS, headers=as_admin, json=new)).json()["id"]
    assert ("account.created", admin.id, made, {"role": "author"}) in await entries(session)


@pytest.mark.parametrize(
    ("change", "event", "details"),
    [
        ({"bio": "Moderated.", "full_name": "A"}, "account.changed",
         {"fields": ["bio", "full_name"]}),
        ({"is_active": False}, "account.changed", {"fields": ["is_active"], "is_active": False}),
        ({"role": "editor"}, "role.changed", {"from": "author", "to": "editor"}),
        ({"password": NEW_PASSWORD}, "password.changed", {}),
    ],
)  # fmt: skip
async def test_what_an_administrator_changes_is_written_down_without_values(
    client: httpx.AsyncClient,
    as_admin: dict[str, str],
    admin: User,
    anna: User,
    session: AsyncSession,
    change: dict[str, Any],
    event: str,
    details: dict[str, Any],
) -> None:
    answer = await client.patch(f"{USERS}/{anna.id}", headers=as_admin, json=change)
    assert answer.status_code == 200
    assert (event, admin.id, anna.id, details) in await entries(session)


async def test_a_change_that_changes_nothing_is_not_written_down(
    client: httpx.AsyncClient, as_admin: dict[str, str], anna: User, session: AsyncSession
) -> None:
    same = {"role": "author", "is_active": True, "email": anna.email}
    await client.patch(f"{USERS}/{anna.id}", headers=as_admin, json=same)
    assert await entries(session) == []
    assert len(await sessions_of(session, anna)) == 1


async def test_what_is_refused_is_not_written_down_as_done(
    client: httpx.AsyncClient, as_admin: dict[str, str], anna: User, admin: User,
    session: AsyncSession,
) -> None:  # fmt: skip
    taken = {"username": admin.username, "role": "editor"}
    answer = await client.patch(f"{USERS}/{anna.id}", headers=as_admin, json=taken)
    assert answer.status_code == 400
    assert await entries(session) == []


@pytest.mark.parametrize(
    "change", [{"role": "editor"}, {"is_active": False}, {"password": NEW_PASSWORD}], ids=str
)
async def test_what_an_administrator_decides_signs_an_account_out_everywhere(
    client: httpx.AsyncClient,
    as_admin: dict[str, str],
    as_anna: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
    change: dict[str, Any],
) -> None:
    await make.login_session(anna)
    assert (await client.get(ME, headers=as_anna)).status_code == 200
    answer = await client.patch(f"{USERS}/{anna.id}", headers=as_admin, json=change)
    assert answer.status_code == 200
    assert (await client.get(ME, headers=as_anna)).status_code == 401
    assert await sessions_of(session, anna) == []
    assert (await client.get(ME, headers=as_admin)).status_code == 200


async def test_other_changes_sign_nobody_out(
    client: httpx.AsyncClient,
    as_admin: dict[str, str],
    as_anna: dict[str, str],
    anna: User,
) -> None:
    change = {"bio": "Moderated.", "username": "renamed", "email": "new@example.org"}
    answer = await client.patch(f"{USERS}/{anna.id}", headers=as_admin, json=change)
    assert answer.status_code == 200
    assert (await client.get(ME, headers=as_anna)).status_code == 200


async def test_a_new_password_of_ones_own_ends_the_other_sessions(
    client: httpx.AsyncClient,
    as_anna: dict[str, str],
    anna: User,
    make: Factory,
    session: AsyncSession,
) -> None:
    here = await sessions_of(session, anna)
    await make.login_session(anna)
    change = {"password": NEW_PASSWORD, "current_password": PASSWORD}
    assert (await client.patch(ME, headers=as_anna, json=change)).status_code == 200
    assert await sessions_of(session, anna) == here
    assert (await client.get(ME, headers=as_anna)).status_code == 200
    assert ("password.changed", anna.id, anna.id, {}) in await entries(session)


@pytest.mark.parametrize("change", [{"password": NEW_PASSWORD}, {"email": "a@example.org"}])
async def test_an_administrators_own_secrets_need_the_current_one(
    client: httpx.AsyncClient, as_admin: dict[str, str], admin: User, change: dict[str, str]
) -> None:
    answer = await client.patch(f"{USERS}/{admin.id}", headers=as_admin, json=change)
    assert (answer.status_code, answer.json()["code"]) == (400, "own_account")
    assert "PATCH /users/me" in answer.json()["detail"]
    kept = await client.get(ME, headers=as_admin)
    assert (kept.status_code, kept.json()["email"]) == (200, admin.email)


async def test_an_administrator_may_change_the_rest_of_their_own_account(
    client: httpx.AsyncClient, as_admin: dict[str, str], admin: User
) -> None:
    change = {"bio": "In charge.", "email": admin.email}
    answer = await client.patch(f"{USERS}/{admin.id}", headers=as_admin, json=change)
    assert answer.status_code == 200


async def test_the_site_says_who_changed_it(
    client: httpx.AsyncClient, as_admin: dict[str, str], admin: User, session: AsyncSession
) -> None:
    change = {"title": "Rivers"}
    for _ in range(2):
        answer = await client.patch("/api/v1/site", headers=as_admin, json=change)
        assert answer.status_code == 200
    assert await entries(session) == [("site.changed", admin.id, None, {"fields": ["title"]})]
