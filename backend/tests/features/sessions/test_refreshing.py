"""Staying signed in: refresh tokens, each of which works once."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import LoginSession
from tests.factories import Factory, MovableClock
from tests.features.sessions.conftest import AUTH, Device, NewDevice, cookie_set_by, events

ENDED = (401, "bad_refresh_token", "This sign-in has ended; sign in again")
DELIVERIES = ["cookie", "body"]


def _refusal(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["detail"]


@pytest.fixture(params=DELIVERIES)
async def device(request: pytest.FixtureRequest, browser: Device, make: Factory) -> Device:
    """Somebody's browser, or their app, that is signed in."""
    await browser.sign_in(await make.user(), delivery=request.param)
    return browser


# Rotation


async def test_refreshing_gives_a_new_access_token_and_a_new_refresh_token(device: Device) -> None:
    before = device.copy()
    answer = await device.refresh()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["expires_in"] == 900
    assert device.headers != before.headers
    assert await device.status() == await before.status() == 200
    kept = [each.refresh_token or (each.cookie and each.cookie.value) for each in (before, device)]
    assert len(set(kept)) == 2


async def test_the_new_refresh_token_travels_as_the_old_one_did(device: Device) -> None:
    in_body = device.refresh_token is not None
    for _ in range(3):
        answer = await device.refresh()
        assert ("refresh_token" in answer.json()) is in_body
        assert (cookie_set_by(answer) is None) is in_body


async def test_one_session_goes_on(device: Device, session: AsyncSession) -> None:
    id_ = await device.session_id()
    for _ in range(3):
        assert (await device.refresh()).status_code == 200
    assert await device.session_id() == id_
    assert await session.get(LoginSession, id_) is not None


async def test_a_token_in_the_body_wins_over_a_cookie(
    browser: Device, new_device: NewDevice, make: Factory
) -> None:
    app = new_device()
    await browser.sign_in(await make.user())
    await app.sign_in(anna := await make.user(), delivery="body")
    app.cookie = browser.cookie
    answer = await app.refresh()
    assert "refresh_token" in answer.json()
    assert (await app.get("/api/v1/users/me")).json()["id"] == anna.id


# What is refused


@pytest.mark.parametrize("value", ["nonsense", "x" * 512, "\u00fcber", "'; --", "\x00"])
async def test_a_token_that_is_none_of_ours_is_refused(
    client: httpx.AsyncClient, value: str
) -> None:
    answer = await client.post(f"{AUTH}/refresh", json={"refresh_token": value})
    assert _refusal(answer) == ENDED
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "status"),
    [(None, 401), ({}, 401), ({"refresh_token": None}, 401), ({"refresh_token": ""}, 422),
     ({"refresh_token": "x" * 513}, 422), ({"refresh_token": 7}, 422), ({"token": "x"}, 422),
     ([], 422)],
    ids=str,
)  # fmt: skip
async def test_without_a_token_nobody_is_renewed(
    client: httpx.AsyncClient, body: object, status: int
) -> None:
    answer = await client.post(f"{AUTH}/refresh", json=body)
    assert answer.status_code == status


async def test_an_access_token_renews_nothing(device: Device, client: httpx.AsyncClient) -> None:
    token = device.headers["Authorization"].removeprefix("Bearer ")
    answer = await client.post(f"{AUTH}/refresh", json={"refresh_token": token})
    assert answer.status_code == 401
    assert (await client.post(f"{AUTH}/refresh", headers=device.headers)).status_code == 401


async def test_a_refresh_token_is_no_access_token(browser: Device, make: Factory) -> None:
    await browser.sign_in(await make.user(), delivery="body")
    browser.headers = {"Authorization": f"Bearer {browser.refresh_token}"}
    assert await browser.status() == 401


# A token that comes back


async def test_two_tabs_that_race_both_go_on(device: Device, clock: MovableClock) -> None:
    tab = device.copy()
    assert (await device.refresh()).status_code == 200
    clock.move(timedelta(seconds=10))
    assert (await tab.refresh()).status_code == 200
    assert await device.status() == await tab.status() == 200
    assert await device.session_id() == await tab.session_id()
    clock.move(timedelta(minutes=5))
    assert (await device.refresh()).status_code == (await tab.refresh()).status_code == 200


async def test_the_grace_begins_with_the_first_use_and_is_not_renewed(
    device: Device, clock: MovableClock
) -> None:
    first = device.copy()
    await device.refresh()
    clock.move(timedelta(seconds=8))
    assert (await first.copy().refresh()).status_code == 200
    clock.move(timedelta(seconds=8))
    assert (await first.copy().refresh()).status_code == 401


async def test_a_token_that_comes_back_later_ends_the_session_for_everybody(
    device: Device, clock: MovableClock
) -> None:
    thief = device.copy()
    await device.refresh()
    clock.move(timedelta(seconds=11))
    assert _refusal(await thief.refresh()) == ENDED
    assert await device.status() == await thief.status() == 401
    assert _refusal(await device.refresh()) == ENDED
    assert _refusal(await thief.refresh()) == ENDED


async def test_it_ends_for_the_thief_who_was_first_as_well(
    device: Device, clock: MovableClock
) -> None:
    thief = device.copy()
    await thief.refresh()
    clock.move(timedelta(minutes=2))
    await thief.refresh()
    clock.move(timedelta(minutes=2))
    assert await thief.status() == 200
    assert (await device.refresh()).status_code == 401
    assert await thief.status() == 401
    assert (await thief.refresh()).status_code == 401


async def test_other_sessions_of_the_account_go_on(
    browser: Device, new_device: NewDevice, make: Factory, clock: MovableClock
) -> None:
    anna, other = await make.user(), new_device()
    await browser.sign_in(anna)
    await other.sign_in(anna)
    thief = browser.copy()
    await browser.refresh()
    clock.move(timedelta(minutes=1))
    await thief.refresh()
    assert (await browser.status(), await other.status()) == (401, 200)


async def test_the_theft_is_written_down_and_logged_without_the_token(
    device: Device,
    clock: MovableClock,
    session: AsyncSession,
    caplog: pytest.LogCaptureFixture,
) -> None:
    id_ = await device.session_id()
    token = device.refresh_token or (device.cookie.value if device.cookie else "")
    thief = device.copy()
    await device.refresh()
    clock.move(timedelta(seconds=11))
    with caplog.at_level("DEBUG"):
        answer = await thief.refresh()
    (event,) = await events(session, "session.stolen")
    assert (event.details, event.at) == ({"session_id": id_}, clock())
    assert event.subject_id == event.actor_id is not None
    assert event.request_id == answer.headers["X-Request-ID"]
    (warning,) = [each for each in caplog.records if each.name == "galley.sessions"]
    assert (warning.levelname, "refresh token used again" in str(warning.msg)) == ("WARNING", True)
    assert token
    assert token not in caplog.text
    assert await session.get(LoginSession, id_) is None


async def test_it_is_written_down_once(
    device: Device, clock: MovableClock, session: AsyncSession
) -> None:
    thief = device.copy()
    await device.refresh()
    clock.move(timedelta(minutes=1))
    for _ in range(3):
        await thief.copy().refresh()
    assert len(await events(session, "session.stolen")) == 1


# What is seen of it


async def test_a_session_remembers_from_where_it_was_renewed_last(
    browser: Device, new_device: NewDevice, make: Factory, session: AsyncSession,
    clock: MovableClock,
) -> None:  # fmt: skip
    await browser.sign_in(await make.user())
    id_ = await browser.session_id()
    began = clock()
    clock.move(timedelta(hours=3))
    updated = new_device("A newer browser")
    updated.cookie = browser.cookie
    await updated.refresh()
    seen = await session.get_one(LoginSession, id_)
    assert (seen.last_seen_at, seen.user_agent) == (clock(), "A newer browser")
    assert seen.created_at == seen.authenticated_at == began


async def test_refreshing_is_no_sign_in(
    device: Device, session: AsyncSession, clock: MovableClock
) -> None:
    """What needs somebody who has just signed in needs a password again, not a cookie."""
    before = len(await events(session, "sign_in.done"))
    clock.move(timedelta(hours=1))
    await device.refresh()
    seen = await session.get_one(LoginSession, await device.session_id())
    assert clock() - seen.authenticated_at == timedelta(hours=1)
    assert len(await events(session, "sign_in.done")) == before
