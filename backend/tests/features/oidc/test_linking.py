"""An account is linked by somebody who is signed in to it, and by its own confirmed address."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.models import Identity, Passkey, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
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

IDENTITIES = f"{AUTH}/identities"


@pytest.fixture
async def anna(make: Factory) -> User:
    """Who has an account, and a password."""
    return await make.user(email="anna@EXAMPLE.com", username="anna")


@pytest.fixture
def as_anna(anna: User, sign_in: SignIn) -> dict[str, str]:
    """Her headers."""
    return sign_in(anna)


async def begin(browser: Browser, headers: dict[str, str], return_to: str = "/account") -> str:
    """Ask to link; return where the provider sends the browser back to."""
    body = {"return_to": return_to}
    answer = await browser.site.post(f"{OIDC}/link", headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return await browser.at_provider(answer.json()["url"])


async def link(browser: Browser, headers: dict[str, str]) -> httpx.Response:
    return await browser.come_back(await begin(browser, headers))


async def linked(session: AsyncSession) -> list[tuple[int, str]]:
    rows = await session.execute(select(Identity.user_id, Identity.subject))
    return [(row[0], row[1]) for row in rows]


async def test_an_account_is_linked_and_then_signs_in_that_way(
    browser: Browser,
    as_anna: dict[str, str],
    anna: User,
    session: AsyncSession,
    sessions: Sessions,
) -> None:
    answer = await link(browser, as_anna)
    assert answer.headers["Location"] == f"{SITE}/account"
    assert not signed_in(answer), "who links is signed in already"
    assert await linked(session) == [(anna.id, ANNA["sub"])]
    assert await events(sessions) == [("identity.linked", anna.id)]
    assert signed_in(await browser.sign_in())


async def test_linking_twice_is_linking_once(
    browser: Browser, as_anna: dict[str, str], anna: User, session: AsyncSession
) -> None:
    assert error_of(await link(browser, as_anna)) is None
    assert error_of(await link(browser, as_anna)) is None
    assert await linked(session) == [(anna.id, ANNA["sub"])]


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ({"email": "mallory@example.com"}, "address_differs"),
        ({"email": "anna@example.com.evil.example"}, "address_differs"),
        ({"email_verified": False}, "address_unproven"),
        ({"email_verified": None}, "address_unproven"),
        ({"email": None}, "address_unproven"),
    ],
)
async def test_only_the_accounts_own_confirmed_address_links(
    browser: Browser,
    realm: Realm,
    as_anna: dict[str, str],
    session: AsyncSession,
    person: dict[str, object],
    code: str,
) -> None:
    await realm.set(person=ANNA | person)
    assert error_of(await link(browser, as_anna)) == code
    assert await linked(session) == []


async def test_an_identity_belongs_to_one_account(
    browser: Browser,
    make: Factory,
    sign_in: SignIn,
    as_anna: dict[str, str],
    session: AsyncSession,
    realm: Realm,
) -> None:
    await link(browser, as_anna)
    before = await linked(session)
    bert = await make.user(email="bert@example.com")
    await realm.set(person=ANNA | {"email": "bert@example.com"})
    assert error_of(await link(browser, sign_in(bert))) == "identity_taken"
    assert await linked(session) == before


async def test_the_way_back_of_a_sign_in_links_nothing(
    browser: Browser, as_anna: dict[str, str], session: AsyncSession
) -> None:
    back = await browser.at_provider(await browser.leave())
    answer = await browser.site.get(back, headers=as_anna)
    assert error_of(answer) == "account_exists"
    assert await linked(session) == []


async def test_another_browser_cannot_finish_what_this_one_began(
    browser: Browser, as_anna: dict[str, str], session: AsyncSession
) -> None:
    back = await begin(browser, as_anna)
    browser.site.cookies.clear()
    answer = await browser.site.get(back, headers=as_anna)
    assert (answer.status_code, answer.json()["code"]) == (400, "visit_unknown")
    assert await linked(session) == []


async def test_an_account_that_is_switched_off_meanwhile_is_not_linked(
    browser: Browser, as_anna: dict[str, str], anna: User, session: AsyncSession
) -> None:
    back = await begin(browser, as_anna)
    await session.execute(update(User).values(is_active=False))
    await session.commit()
    assert error_of(await browser.come_back(back)) == "inactive_user"
    assert await linked(session) == []


async def test_the_visit_of_an_account_that_is_gone_is_gone(
    browser: Browser, as_anna: dict[str, str], anna: User, session: AsyncSession
) -> None:
    back = await begin(browser, as_anna)
    await session.delete(await session.get_one(User, anna.id))
    await session.commit()
    assert (await browser.come_back(back)).json()["code"] == "visit_unknown"


async def test_it_needs_somebody_who_has_just_signed_in(
    client: httpx.AsyncClient, as_anna: dict[str, str], clock: MovableClock, anna: User
) -> None:
    clock.move(timedelta(minutes=14))
    assert (await client.post(f"{OIDC}/link", headers=as_anna)).status_code == 200
    assert (await client.post(f"{OIDC}/link")).status_code == 401


async def test_a_sign_in_of_long_ago_does_not_link(
    client: httpx.AsyncClient,
    make: Factory,
    sign_in: SignIn,
    clock: MovableClock,
    anna: User,
) -> None:
    clock.move(timedelta(minutes=15))
    for method, path in (("POST", f"{OIDC}/link"), ("DELETE", f"{IDENTITIES}/1")):
        answer = await client.request(method, path, headers=sign_in(anna))
        assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_required")


@pytest.mark.parametrize("return_to", ["//evil.example", "https://evil.example", "", 7, None])
async def test_the_way_back_is_a_path_here_too(
    client: httpx.AsyncClient, as_anna: dict[str, str], return_to: object
) -> None:
    answer = await client.post(f"{OIDC}/link", headers=as_anna, json={"return_to": return_to})
    assert answer.status_code == 422


@pytest.mark.parametrize("more_settings", [{"oidc_issuer": ""}])
async def test_without_a_provider_nothing_can_be_linked(
    client: httpx.AsyncClient, as_anna: dict[str, str]
) -> None:
    answer = await client.post(f"{OIDC}/link", headers=as_anna)
    assert (answer.status_code, answer.json()["code"]) == (404, "oidc_not_configured")
    assert (await client.get(IDENTITIES, headers=as_anna)).json() == []


async def test_everybody_sees_their_own_identities(
    browser: Browser,
    as_anna: dict[str, str],
    make: Factory,
    sign_in: SignIn,
    realm: Realm,
) -> None:
    await link(browser, as_anna)
    (shown,) = (await browser.site.get(IDENTITIES, headers=as_anna)).json()
    assert shown == {
        "id": shown["id"],
        "issuer": realm.issuer,
        "email": "Anna@example.com",
        "created_at": "2026-01-15T12:00:00Z",
        "last_used_at": None,
    }
    stranger = sign_in(await make.user())
    assert (await browser.site.get(IDENTITIES, headers=stranger)).json() == []
    answer = await browser.site.delete(f"{IDENTITIES}/{shown['id']}", headers=stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "identity_not_found")


async def test_what_was_linked_can_be_unlinked(
    browser: Browser,
    as_anna: dict[str, str],
    anna: User,
    session: AsyncSession,
    sessions: Sessions,
) -> None:
    await link(browser, as_anna)
    (shown,) = (await browser.site.get(IDENTITIES, headers=as_anna)).json()
    path = f"{IDENTITIES}/{shown['id']}"
    assert (await browser.site.delete(path, headers=as_anna)).status_code == 204
    assert await linked(session) == []
    assert (await events(sessions))[-1] == ("identity.unlinked", anna.id)
    assert (await browser.site.delete(path, headers=as_anna)).status_code == 404
    assert error_of(await browser.sign_in()) == "account_exists"


async def test_the_last_way_in_stays(
    browser: Browser,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    await browser.sign_in()
    user = (await session.scalars(select(User))).one()
    make.sessions_of[user.id] = (await make.login_session(user)).id
    headers = sign_in(user)
    (shown,) = (await browser.site.get(IDENTITIES, headers=headers)).json()
    path = f"{IDENTITIES}/{shown['id']}"
    answer = await browser.site.delete(path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "last_way_in")
    assert await session.scalar(select(func.count()).select_from(Identity)) == 1
    session.add(
        Passkey(
            user_id=user.id,
            name="A key",
            credential_id=b"1",
            public_key=b"1",
            transports=[],
            created_at=clock(),
        )
    )
    await session.commit()
    assert (await browser.site.delete(path, headers=headers)).status_code == 204


async def test_an_identity_of_a_former_provider_is_no_way_in(
    browser: Browser,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    await browser.sign_in()
    user = (await session.scalars(select(User))).one()
    make.sessions_of[user.id] = (await make.login_session(user)).id
    old = Identity(user_id=user.id, issuer="https://old.example", subject="1", created_at=clock())
    session.add(old)
    await session.commit()
    headers = sign_in(user)
    newest, current = (await browser.site.get(IDENTITIES, headers=headers)).json()
    assert newest["id"] == old.id
    answer = await browser.site.delete(f"{IDENTITIES}/{current['id']}", headers=headers)
    assert answer.json()["code"] == "last_way_in"
    assert (await browser.site.delete(f"{IDENTITIES}/{old.id}", headers=headers)).status_code == 204
