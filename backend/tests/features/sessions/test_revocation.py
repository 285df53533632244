"""What ends a sign-in holds at the next request, and for the refresh token as well."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.policy import Role
from app.models import LoginSession, User
from tests.conftest import SignIn
from tests.factories import PASSWORD, Factory
from tests.features.sessions.conftest import ME, Device, NewDevice

NEW_PASSWORD = "another-long-pass-phrase"

Administer = Callable[..., Awaitable[int]]


@pytest.fixture
def administer(browser: Device, make: Factory, sign_in: SignIn) -> Administer:
    """Changes an account as an administrator."""

    async def change(user: User, **changes: Any) -> int:  # noqa: ANN401 - of any field
        headers = sign_in(await make.user(Role.ADMIN))
        path = f"/api/v1/users/{user.id}"
        return (await browser.http.patch(path, headers=headers, json=changes)).status_code

    return change


@pytest.fixture
async def anna(make: Factory) -> User:
    """Whose sign-in it is about."""
    return await make.user()


@pytest.fixture
async def signed_in(browser: Device, anna: User) -> Device:
    """Her browser."""
    await browser.sign_in(anna)
    return browser


async def _is_over(device: Device) -> bool:
    return await device.status() == (await device.refresh()).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"role": "reader"}, {"role": "editor"}, {"is_active": False}, {"password": NEW_PASSWORD}],
    ids=str,
)
async def test_what_an_administrator_changes_about_ones_rights_ends_every_session(
    signed_in: Device, anna: User, administer: Administer, changes: dict[str, object]
) -> None:
    assert await administer(anna, **changes) == 200
    assert await _is_over(signed_in)


@pytest.mark.parametrize(
    "changes", [{"full_name": "Anna"}, {"role": "author"}, {"is_active": True}], ids=str
)
async def test_what_changes_nothing_about_them_ends_none(
    signed_in: Device, anna: User, administer: Administer, changes: dict[str, object]
) -> None:
    assert await administer(anna, **changes) == 200
    assert await signed_in.status() == (await signed_in.refresh()).status_code == 200


async def test_an_account_that_is_switched_on_again_has_to_sign_in(
    signed_in: Device, anna: User, administer: Administer
) -> None:
    await administer(anna, is_active=False)
    await administer(anna, is_active=True)
    assert await _is_over(signed_in)
    assert (await signed_in.sign_in(anna)).status_code == 200


async def test_a_new_password_ends_all_sessions_but_the_one_that_sets_it(
    signed_in: Device, new_device: NewDevice, anna: User
) -> None:
    thief = new_device()
    await thief.sign_in(anna)
    changes = {"password": NEW_PASSWORD, "current_password": PASSWORD}
    answer = await signed_in.http.patch(ME, headers=signed_in.headers, json=changes)
    assert answer.status_code == 200
    assert await _is_over(thief)
    assert await signed_in.status() == (await signed_in.refresh()).status_code == 200


async def test_other_changes_of_ones_own_end_no_session(
    signed_in: Device, new_device: NewDevice, anna: User
) -> None:
    phone = new_device()
    await phone.sign_in(anna)
    changes = {"full_name": "Anna Liffey"}
    answer = await signed_in.http.patch(ME, headers=signed_in.headers, json=changes)
    assert answer.status_code == 200
    assert await phone.status() == await signed_in.status() == 200


async def test_a_deleted_account_is_signed_in_nowhere(
    signed_in: Device, new_device: NewDevice, anna: User, session: AsyncSession
) -> None:
    phone = new_device()
    await phone.sign_in(anna)
    id_ = await phone.session_id()
    answer = await signed_in.http.delete(ME, headers=signed_in.headers)
    assert answer.status_code == 204
    assert await _is_over(signed_in)
    assert await _is_over(phone)
    assert await session.get(LoginSession, id_) is None


async def test_an_account_that_was_switched_off_without_our_doing_is_refused(
    signed_in: Device, anna: User, session: AsyncSession
) -> None:
    """Whatever has switched it off, and although its sessions are still there."""
    (await session.get_one(User, anna.id)).is_active = False
    await session.commit()
    assert await _is_over(signed_in)


async def test_a_role_that_was_changed_without_our_doing_counts_at_the_next_request(
    signed_in: Device, anna: User, session: AsyncSession
) -> None:
    assert (await signed_in.get("/api/v1/users")).status_code == 403
    (await session.get_one(User, anna.id)).role = Role.ADMIN
    await session.commit()
    assert (await signed_in.get("/api/v1/users")).status_code == 200
