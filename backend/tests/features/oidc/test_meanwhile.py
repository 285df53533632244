"""What happens at the same time: one visit is one sign-in, and one person one account."""

import asyncio
from http.cookies import SimpleCookie

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions
from app.features.oidc.adapters import provider as adapter
from app.models import Identity, LoginSession, User
from tests.features.oidc.conftest import OIDC, Browser, Realm, error_of, signed_in
from tests.races.crowd import CROWD, ROUNDS, at_once, statuses


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit."""
    return committing_sessions


async def count(sessions: Sessions, table: type[User | Identity | LoginSession]) -> int | None:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(table))


async def test_of_many_who_come_back_from_one_visit_one_is_signed_in(
    browser: Browser, sessions: Sessions, realm: Realm
) -> None:
    for each in range(1, ROUNDS + 1):
        back = await browser.at_provider(await browser.leave())
        cookie = {"Cookie": f"galley_visit={browser.site.cookies['galley_visit']}"}
        browser.site.cookies.clear()
        answers = await at_once(*(browser.site.get(back, headers=cookie) for _ in range(CROWD)))
        assert statuses(answers) == {303: 1, 400: CROWD - 1}
        assert await count(sessions, LoginSession) == each
        assert (await realm.asked()).count("token") == each


async def test_one_person_in_many_browsers_gets_one_account(
    browser: Browser, sessions: Sessions
) -> None:
    async def visit() -> tuple[str, dict[str, str]]:
        leaving = await browser.site.get(f"{OIDC}/start")
        cookie = SimpleCookie(leaving.headers["set-cookie"])["galley_visit"].value
        back = await browser.at_provider(leaving.headers["Location"])
        return back, {"Cookie": f"galley_visit={cookie}"}

    visits = [await visit() for _ in range(CROWD)]
    browser.site.cookies.clear()
    answers = await at_once(*(browser.site.get(back, headers=own) for back, own in visits))
    assert all(map(signed_in, answers))
    assert await count(sessions, User) == await count(sessions, Identity) == 1
    assert await count(sessions, LoginSession) == CROWD


async def test_many_can_leave_before_anything_is_known_of_the_provider(browser: Browser) -> None:
    answers = await at_once(*(browser.site.get(f"{OIDC}/start") for _ in range(CROWD)))
    assert statuses(answers) == {302: CROWD}


async def test_nobody_holds_a_connection_while_the_provider_thinks(
    browser: Browser, realm: Realm, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = await browser.at_provider(await browser.leave())
    await realm.set(trouble={"token": "slow"})
    monkeypatch.setattr(adapter, "SECONDS", 1.0)
    waiting = asyncio.create_task(browser.come_back(back))
    while "token" not in await realm.asked():
        assert not waiting.done()
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert error_of(await waiting) == "provider_unavailable"


async def test_nobody_holds_a_connection_while_it_is_looked_up(
    client: httpx.AsyncClient, realm: Realm, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await realm.set(trouble={"discovery": "slow"})
    monkeypatch.setattr(adapter, "SECONDS", 1.0)
    waiting = asyncio.create_task(client.get(f"{OIDC}/start"))
    while "discovery" not in await realm.asked():
        assert not waiting.done()
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert (await waiting).status_code == 503
