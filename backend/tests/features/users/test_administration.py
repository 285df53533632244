"""What administrators do with accounts."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.policy import Role
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock

USERS = "/api/v1/users"


@pytest.fixture
async def admin(make: Factory) -> User:
    """The only administrator."""
    return await make.user(Role.ADMIN)


@pytest.fixture
def headers(admin: User, sign_in: SignIn) -> dict[str, str]:
    """The administrator's."""
    return sign_in(admin)


async def test_the_list_has_every_user_with_email_newest_first(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    admin: User,
    make: Factory,
    clock: MovableClock,
) -> None:
    clock.move(timedelta(minutes=1))
    inactive = await make.user(is_active=False)
    answer = await client.get(f"{USERS}?total=true", headers=headers)
    assert [user["email"] for user in answer.json()] == [inactive.email, admin.email]
    assert answer.headers["X-Total-Count"] == "2"


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
@pytest.mark.parametrize(("method", "path"), [("GET", USERS), ("PATCH", f"{USERS}/1")])
async def test_it_is_not_for_anybody_else(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role, method: str, path: str
) -> None:
    body: dict[str, Any] = {"json": {"role": "admin"}} if method == "PATCH" else {}
    answer = await client.request(method, path, headers=sign_in(await make.user(role)), **body)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "The user doesn't have enough privileges"


@pytest.mark.parametrize(
    "change",
    [{"role": "editor"}, {"is_active": False}, {"username": "renamed"}, {"bio": "Moderated."},
     {"email": "new@example.org"}],
    ids=str,
)  # fmt: skip
async def test_any_account_can_be_changed_without_its_password(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory, change: dict[str, Any]
) -> None:
    address = f"{USERS}/{(await make.user()).id}"
    answer = await client.patch(address, headers=headers, json=change)
    assert answer.status_code == 200
    assert answer.json().items() >= change.items()
    assert (await client.get(address, headers=headers)).json() == answer.json()


async def test_a_password_can_be_set_for_somebody(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory
) -> None:
    user = await make.user()
    change = {"password": "set-by-the-admin"}
    await client.patch(f"{USERS}/{user.id}", headers=headers, json=change)
    form = {"username": user.username, "password": change["password"]}
    assert (await client.post("/api/v1/auth/login", data=form)).status_code == 200


@pytest.mark.parametrize("role", list(Role))
async def test_superusers_are_administrators(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory, role: Role
) -> None:
    address = f"{USERS}/{(await make.user()).id}"
    answer = await client.patch(address, headers=headers, json={"role": role})
    assert answer.json()["is_superuser"] is (role is Role.ADMIN)


@pytest.mark.parametrize(
    "change",
    [{"role": "owner"}, {"role": None}, {"role": 1}, {"is_active": None}, {"is_active": "yes"},
     {"current_password": "x"}, {"is_superuser": True}, {"email": None}],
    ids=str,
)  # fmt: skip
async def test_what_breaks_a_rule_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory, change: dict[str, Any]
) -> None:
    address = f"{USERS}/{(await make.user()).id}"
    assert (await client.patch(address, headers=headers, json=change)).status_code == 422


@pytest.mark.parametrize(
    ("ref", "status"),
    [("999999999", 404), ("9223372036854775807", 404), ("0", 422), ("9223372036854775808", 422),
     ("anna", 422)],
)  # fmt: skip
async def test_accounts_are_administered_by_id(
    client: httpx.AsyncClient, headers: dict[str, str], ref: str, status: int
) -> None:
    answer = await client.patch(f"{USERS}/{ref}", headers=headers, json={"bio": "x"})
    assert answer.status_code == status
    assert status == 422 or answer.json()["detail"] == "User not found"


@pytest.mark.parametrize("change", [{"role": "editor"}, {"is_active": False}], ids=str)
async def test_the_last_active_administrator_stays_one(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    admin: User,
    make: Factory,
    change: dict[str, Any],
) -> None:
    await make.user(Role.ADMIN, is_active=False)
    address = f"{USERS}/{admin.id}"
    answer = await client.patch(address, headers=headers, json=change)
    assert (answer.status_code, answer.json()["code"]) == (400, "last_administrator")
    await make.user(Role.ADMIN)
    assert (await client.patch(address, headers=headers, json=change)).status_code == 200


async def test_the_last_administrator_may_change_in_other_ways(
    client: httpx.AsyncClient, headers: dict[str, str], admin: User
) -> None:
    change = {"role": "admin", "is_active": True, "bio": "In charge."}
    answer = await client.patch(f"{USERS}/{admin.id}", headers=headers, json=change)
    assert answer.status_code == 200


async def test_a_stale_change_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory
) -> None:
    address = f"{USERS}/{(await make.user()).id}"
    etag = (await client.get(address, headers=headers)).headers["ETag"]
    conditional = {**headers, "If-Match": etag}
    first = await client.patch(address, headers=conditional, json={"role": "reader"})
    second = await client.patch(address, headers=conditional, json={"role": "editor"})
    assert (first.status_code, second.status_code) == (200, 412)


async def test_deactivating_somebody_ends_their_sign_in(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory, sign_in: SignIn
) -> None:
    user = await make.user()
    await client.patch(f"{USERS}/{user.id}", headers=headers, json={"is_active": False})
    assert (await client.get(f"{USERS}/me", headers=sign_in(user))).status_code == 401
