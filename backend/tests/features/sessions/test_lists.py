"""The devices that one is signed in on, and ending one of them."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import LoginSession
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.sessions.conftest import AUTH, Device, NewDevice, events

SESSIONS = f"{AUTH}/sessions"


async def test_a_session_is_shown_with_all_that_is_known_of_it(
    new_device: NewDevice, make: Factory, clock: MovableClock
) -> None:
    anna, phone = await make.user(), new_device("Galley for phones/1.0")
    await phone.sign_in(anna)
    clock.move(timedelta(minutes=5))
    await phone.refresh()
    (shown, _) = (await phone.get(SESSIONS)).json()
    assert isinstance(shown.pop("id"), int)
    assert shown == {
        "is_current": True,
        "method": "password",
        "second_factor": False,
        "device": "Galley for phones/1.0",
        "address": "127.0.0.1",
        "created_at": "2026-01-15T12:00:00Z",
        "last_seen_at": "2026-01-15T12:05:00Z",
        "expires_at": "2026-01-29T12:05:00Z",
    }


async def test_the_one_used_last_comes_first_and_the_one_that_asks_is_marked(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, clock: MovableClock
) -> None:
    anna = await make.user()
    old, new = [
        await make.login_session(anna, last_seen_at=clock() + timedelta(minutes=minutes))
        for minutes in (-5, 5)
    ]
    listed = (await client.get(SESSIONS, headers=sign_in(anna))).json()
    current = make.sessions_of[anna.id]
    assert [each["id"] for each in listed] == [new.id, current, old.id]
    assert [each["is_current"] for each in listed] == [False, True, False]


async def test_nobody_elses_sessions_are_listed_and_none_that_have_ended(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, clock: MovableClock
) -> None:
    anna = await make.user()
    await make.user()
    await make.login_session(anna, expires_at=clock())
    listed = (await client.get(SESSIONS, headers=sign_in(anna))).json()
    assert [each["id"] for each in listed] == [make.sessions_of[anna.id]]


async def test_a_list_holds_no_token_and_is_kept_by_no_cache(
    browser: Device, make: Factory
) -> None:
    await browser.sign_in(await make.user(), delivery="body")
    answer = await browser.get(SESSIONS)
    assert browser.refresh_token
    assert browser.refresh_token not in answer.text
    cached = answer.headers["Cache-Control"]
    assert "private" in cached or "no-store" in cached
    assert "public" not in cached


async def test_a_session_can_be_ended_and_is_refused_at_its_next_request(
    browser: Device, new_device: NewDevice, make: Factory, session: AsyncSession
) -> None:
    anna, lost = await make.user(), new_device()
    await browser.sign_in(anna)
    await lost.sign_in(anna)
    id_ = await lost.session_id()
    answer = await browser.delete(f"{SESSIONS}/{id_}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await lost.status() == (await lost.refresh()).status_code == 401
    assert await browser.status() == 200
    (event,) = await events(session, "session.ended")
    assert (event.actor_id, event.subject_id) == (anna.id, anna.id)
    assert event.details == {"session_id": id_}


async def test_one_may_end_the_session_that_one_asks_with(browser: Device, make: Factory) -> None:
    await browser.sign_in(await make.user())
    answer = await browser.delete(f"{SESSIONS}/{await browser.session_id()}")
    assert answer.status_code == 204
    assert await browser.status() == 401


async def test_somebody_elses_session_does_not_exist_for_me(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    anna, other = await make.user(), await make.user()
    theirs = make.sessions_of[other.id]
    answer = await client.delete(f"{SESSIONS}/{theirs}", headers=sign_in(anna))
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert await session.get(LoginSession, theirs) is not None
    assert await events(session, "session.ended") == []


@pytest.mark.parametrize(
    ("id_", "status"),
    [
        ("0", 422),
        ("-1", 422),
        ("x", 422),
        ("9" * 30, 422),
        (str(2**63), 422),
        (str(2**63 - 1), 404),
    ],
)
async def test_what_is_no_session_cannot_be_ended(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, id_: str, status: int
) -> None:
    answer = await client.delete(f"{SESSIONS}/{id_}", headers=sign_in(await make.user()))
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", SESSIONS), ("DELETE", f"{SESSIONS}/1"), ("POST", f"{AUTH}/logout-everywhere")],
)
async def test_who_is_not_signed_in_has_no_sessions(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    assert (await client.request(method, path)).status_code == 401
