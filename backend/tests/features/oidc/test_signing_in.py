"""Somebody comes back from the provider: known, new, or not for this site."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pyotp import TOTP
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.policy import Role
from app.core.services import Services
from app.features.factors.service import FactorService
from app.features.oidc.rules import NO_PASSWORD
from app.models import Identity, LoginSession, ProviderVisit, User
from tests.factories import PASSWORD, Factory, MovableClock
from tests.features.oidc.conftest import (
    ANNA,
    AUTH,
    OIDC,
    SITE,
    Browser,
    Realm,
    error_of,
    events,
    signed_in,
)


async def users(session: AsyncSession) -> int | None:
    return await session.scalar(select(func.count()).select_from(User))


@pytest.fixture
async def anna(make: Factory, realm: Realm, session: AsyncSession, clock: MovableClock) -> User:
    """Who is linked to the provider."""
    user = await make.user(email="anna@example.com", username="anna")
    session.add(
        Identity(user_id=user.id, issuer=realm.issuer, subject=ANNA["sub"], created_at=clock())
    )
    await session.commit()
    return user


async def test_a_page_is_told_which_provider_there_is(client: httpx.AsyncClient) -> None:
    assert (await client.get(OIDC)).json() == {"enabled": True, "name": "Example"}


async def test_who_is_new_gets_an_account_and_is_signed_in(
    browser: Browser, session: AsyncSession, clock: MovableClock
) -> None:
    answer = await browser.sign_in("/desk?tab=drafts")
    assert answer.headers["Location"] == f"{SITE}/desk?tab=drafts"
    assert (error_of(answer), signed_in(answer)) == (None, True)
    user = (await session.scalars(select(User))).one()
    assert (user.email, user.full_name, user.username) == (
        "Anna@example.com",
        "Anna Liffey",
        "Anna",
    )
    assert (user.role, user.email_verified_at) == (Role.AUTHOR, clock())
    assert user.password_hash.startswith(NO_PASSWORD)
    identity = (await session.scalars(select(Identity))).one()
    assert (identity.user_id, identity.subject) == (user.id, ANNA["sub"])
    assert (await session.scalars(select(LoginSession.method))).all() == ["oidc"]


async def test_the_browser_then_gets_access_tokens_as_after_any_sign_in(browser: Browser) -> None:
    cookies = (await browser.sign_in()).headers.get_list("set-cookie")
    # The test's clock is behind, so that the jar would take the cookie for an old one.
    (cookie,) = (each.split(";")[0] for each in cookies if each.startswith("galley_refresh="))
    renewed = await browser.site.post(f"{AUTH}/refresh", headers={"Cookie": cookie})
    headers = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
    me = await browser.site.get("/api/v1/users/me", headers=headers)
    assert me.json()["email"] == "Anna@example.com"


async def test_who_comes_again_is_the_same(
    browser: Browser, realm: Realm, session: AsyncSession
) -> None:
    await browser.sign_in()
    await realm.set(person=ANNA | {"email": "anna@elsewhere.example", "name": "Anna L."})
    assert signed_in(await browser.sign_in())
    assert await users(session) == 1
    user = (await session.scalars(select(User))).one()
    assert (user.email, user.full_name) == ("Anna@example.com", "Anna Liffey")
    identity = (await session.scalars(select(Identity))).one()
    assert (identity.email, identity.last_used_at) == ("anna@elsewhere.example", user.created_at)


async def test_who_is_linked_needs_no_address(browser: Browser, realm: Realm, anna: User) -> None:
    await realm.set(person={"sub": ANNA["sub"]})
    assert signed_in(await browser.sign_in())


async def test_it_is_written_down(browser: Browser, sessions: Sessions) -> None:
    await browser.sign_in()
    (created, who), *others = await events(sessions)
    assert created == "account.created"
    assert others == [("identity.linked", who), ("sign_in.done", who)]


async def test_an_account_with_the_address_is_not_taken_over(
    browser: Browser, make: Factory, session: AsyncSession, sessions: Sessions
) -> None:
    await make.user(email="anna@EXAMPLE.com")
    answer = await browser.sign_in()
    assert (error_of(answer), signed_in(answer)) == ("account_exists", False)
    assert answer.headers["Location"] == f"{SITE}/desk?sign_in_error=account_exists"
    assert await session.scalar(select(func.count()).select_from(Identity)) == 0
    assert await events(sessions) == [("sign_in.failed", None)]


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "x"},
        {"sub": "x", "email": "anna@example.com"},
        {"sub": "x", "email": "anna@example.com", "email_verified": False},
        {"sub": "x", "email": "anna@example.com", "email_verified": "yes"},
        {"sub": "x", "email": "anna@example.com", "email_verified": 1},
        {"sub": "x", "email": "no address", "email_verified": True},
        {"sub": "x", "email": "nul\x00@example.com", "email_verified": True},
        {"sub": "x", "email": ["anna@example.com"], "email_verified": True},
        {"sub": "x", "email": f"{'a' * 60}@{'b.' * 120}example.com", "email_verified": True},
    ],
    ids=["none", "silent", "unverified", "words", "number", "nonsense", "NUL", "list", "long"],
)
async def test_who_is_new_needs_an_address_that_the_provider_confirms(
    browser: Browser, realm: Realm, session: AsyncSession, person: dict[str, Any]
) -> None:
    await realm.set(person=person)
    assert error_of(await browser.sign_in()) == "address_unproven"
    assert await users(session) == 0


async def test_an_unconfirmed_address_does_not_tell_whether_there_is_an_account(
    browser: Browser, realm: Realm, make: Factory
) -> None:
    await make.user(email="anna@example.com")
    await realm.set(person=ANNA | {"email_verified": False})
    assert error_of(await browser.sign_in()) == "address_unproven"


async def test_a_name_that_is_of_no_use_is_left_out(
    browser: Browser, realm: Realm, session: AsyncSession
) -> None:
    await realm.set(person=ANNA | {"name": "x" * 5000, "email_verified": "true"})
    assert signed_in(await browser.sign_in())
    assert (await session.scalars(select(User.full_name))).one() is None


async def test_an_address_may_stand_in_the_userinfo_alone(
    browser: Browser, realm: Realm, session: AsyncSession
) -> None:
    await realm.set(person={"sub": ANNA["sub"]}, userinfo=ANNA)
    assert signed_in(await browser.sign_in())
    assert (await session.scalars(select(User.email))).one() == "Anna@example.com"


async def test_the_userinfo_of_somebody_else_is_not_believed(
    browser: Browser, realm: Realm, session: AsyncSession
) -> None:
    await realm.set(person={"sub": "mallory"}, userinfo=ANNA)
    assert error_of(await browser.sign_in()) == "provider_answer_invalid"
    assert await users(session) == 0


@pytest.mark.parametrize("subject", ["", "x" * 256, "nul\x00", "émile", 7, None])
async def test_a_subject_that_is_none_is_not_believed(
    browser: Browser, realm: Realm, session: AsyncSession, subject: object
) -> None:
    await realm.set(person=ANNA | {"sub": subject})
    assert error_of(await browser.sign_in()) == "provider_answer_invalid"
    assert await users(session) == 0


@pytest.mark.parametrize("more_settings", [{"registration": "closed"}, {"registration": "invite"}])
async def test_while_registration_is_not_open_nobody_is_new(
    browser: Browser, session: AsyncSession
) -> None:
    assert error_of(await browser.sign_in()) == "registration_closed"
    assert await users(session) == 0


@pytest.mark.parametrize("more_settings", [{"registration": "closed"}])
async def test_while_registration_is_closed_the_linked_sign_in(
    browser: Browser, anna: User
) -> None:
    assert signed_in(await browser.sign_in())


async def test_an_account_that_is_switched_off_stays_so(
    browser: Browser, anna: User, session: AsyncSession, sessions: Sessions
) -> None:
    session.add(anna)
    anna.is_active = False
    await session.commit()
    answer = await browser.sign_in()
    assert (error_of(answer), signed_in(answer)) == ("inactive_user", False)
    assert (await session.scalars(select(Identity.last_used_at))).all() == [None]
    assert await events(sessions) == [("sign_in.failed", None)]


async def test_a_second_factor_is_still_asked_for(
    browser: Browser, anna: User, session: AsyncSession, clock: MovableClock, services: Services
) -> None:
    factors = FactorService(session, services.settings, services.sealer)
    secret = (await factors.begin_totp(anna, at=clock())).secret
    code = TOTP(secret).at(clock())
    await factors.confirm_totp(anna, code, session_id=0, at=clock())
    await session.commit()
    clock.move(timedelta(seconds=30))
    answer = await browser.sign_in("/desk?tab=drafts")
    assert (error_of(answer), signed_in(answer)) == (None, False)
    page, _, fragment = answer.headers["Location"].partition("#")
    asked = parse_qs(fragment)
    assert page == f"{SITE}/desk?tab=drafts"
    assert asked["second_factor_methods"] == ["totp,recovery_code"]
    body = {"challenge": asked["second_factor_challenge"][0], "code": TOTP(secret).at(clock())}
    assert signed_in(await browser.site.post(f"{AUTH}/second-factor", json=body))
    opened = (await session.scalars(select(LoginSession))).one()
    assert (opened.method, opened.second_factor) == ("oidc", True)


async def test_no_password_opens_such_an_account(browser: Browser, session: AsyncSession) -> None:
    await browser.sign_in()
    stored = (await session.scalars(select(User.password_hash))).one()
    for password in (PASSWORD, stored, stored.removeprefix(NO_PASSWORD)):
        form = {"username": "Anna@example.com", "password": password}
        answer = await browser.site.post(f"{AUTH}/login", data=form)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_login")


@pytest.mark.parametrize("more_settings", [{"oidc_issuer": ""}, {"oidc_client_id": ""}])
async def test_without_a_provider_there_is_nothing(
    client: httpx.AsyncClient, browser: Browser, session: AsyncSession
) -> None:
    assert (await client.get(OIDC)).json()["enabled"] is False
    for path in ("start", "callback?state=x&code=x"):
        answer = await client.get(f"{OIDC}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "oidc_not_configured")
    assert await session.scalar(select(func.count()).select_from(ProviderVisit)) == 0
