"""Signing out, here or everywhere: no token of an ended session works any more."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.sessions.conftest import AUTH, Device, NewDevice, cookie_set_by, events

LOGOUT = f"{AUTH}/logout"
EVERYWHERE = f"{AUTH}/logout-everywhere"


async def _all_is_over(device: Device) -> bool:
    return await device.status() == (await device.refresh()).status_code == 401


# Here


async def test_who_shows_the_access_token_is_signed_out(browser: Device, make: Factory) -> None:
    await browser.sign_in(await make.user())
    answer = await browser.http.post(LOGOUT, headers=browser.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await _all_is_over(browser)


async def test_who_shows_the_cookie_is_signed_out_and_loses_it(
    browser: Device, make: Factory
) -> None:
    await browser.sign_in(await make.user())
    answer = await browser.post("logout")
    assert answer.status_code == 204
    taken = cookie_set_by(answer)
    assert taken is not None
    assert (taken.key, taken.value, taken["max-age"]) == ("galley_refresh", "", "0")
    assert (taken["path"], taken["httponly"]) == ("/api/v1/auth", True)
    assert await _all_is_over(browser)


async def test_an_app_that_shows_its_refresh_token_is_signed_out(
    browser: Device, make: Factory
) -> None:
    await browser.sign_in(await make.user(), delivery="body")
    assert (await browser.post("logout")).status_code == 204
    assert await _all_is_over(browser)


async def test_a_token_that_was_used_before_signs_out_all_the_same(
    browser: Device, make: Factory
) -> None:
    await browser.sign_in(await make.user())
    before = browser.copy()
    await browser.refresh()
    assert (await before.post("logout")).status_code == 204
    assert await _all_is_over(browser)


@pytest.mark.parametrize("body", [None, {}, {"refresh_token": "nobody's"}], ids=str)
async def test_who_is_not_signed_in_may_sign_out(client: httpx.AsyncClient, body: object) -> None:
    answer = await client.post(LOGOUT, json=body)
    assert answer.status_code == 204
    assert cookie_set_by(answer) is not None


async def test_signing_out_twice_is_no_error(browser: Device, make: Factory) -> None:
    await browser.sign_in(await make.user())
    assert (await browser.post("logout")).status_code == 204
    assert (await browser.post("logout")).status_code == 204


async def test_other_devices_stay_signed_in(
    browser: Device, new_device: NewDevice, make: Factory
) -> None:
    anna, other = await make.user(), new_device()
    await browser.sign_in(anna)
    await other.sign_in(anna)
    await browser.post("logout")
    assert (await browser.status(), await other.status()) == (401, 200)
    assert (await other.refresh()).status_code == 200


async def test_tokens_of_two_sessions_end_both(
    browser: Device, new_device: NewDevice, make: Factory
) -> None:
    other = new_device()
    await browser.sign_in(await make.user())
    await other.sign_in(await make.user())
    answer = await browser.post("logout", **other.headers)
    assert answer.status_code == 204
    assert await _all_is_over(browser)
    assert await _all_is_over(other)


async def test_signing_out_is_written_down_once(
    browser: Device, make: Factory, session: AsyncSession
) -> None:
    anna = await make.user()
    await browser.sign_in(anna)
    id_ = await browser.session_id()
    await browser.post("logout", **browser.headers)
    await browser.post("logout")
    (event,) = await events(session, "session.ended")
    assert (event.actor_id, event.subject_id) == (anna.id, anna.id)
    assert event.details == {"session_id": id_}


# With an access token that has ended


FORGED = "Bearer a.b.c"


async def _with_an_old_token(device: Device, clock: MovableClock) -> httpx.Response:
    clock.move(timedelta(minutes=20))
    return await device.post("logout", **device.headers)


@pytest.mark.parametrize("delivery", ["cookie", "body"])
async def test_who_comes_back_later_is_signed_out_by_what_renews_the_token(
    browser: Device, make: Factory, clock: MovableClock, session: AsyncSession, delivery: str
) -> None:
    anna = await make.user()
    await browser.sign_in(anna, delivery=delivery)
    answer = await _with_an_old_token(browser, clock)
    assert answer.status_code == 204
    assert await _all_is_over(browser)
    taken = cookie_set_by(answer)
    assert taken is not None
    assert (taken.key, taken.value) == ("galley_refresh", "")
    (event,) = await events(session, "session.ended")
    assert (event.actor_id, event.subject_id) == (anna.id, anna.id)


async def test_a_cookie_that_has_ended_as_well_is_still_taken_back(
    browser: Device, new_device: NewDevice, make: Factory, clock: MovableClock
) -> None:
    phone = new_device()
    await browser.sign_in(anna := await make.user())
    await phone.sign_in(anna)
    await phone.http.post(EVERYWHERE, headers=phone.headers)
    answer = await _with_an_old_token(browser, clock)
    assert answer.status_code == 204
    taken = cookie_set_by(answer)
    assert taken is not None
    assert (taken.key, taken.value) == ("galley_refresh", "")


async def test_a_forged_token_keeps_nobody_from_leaving_either(
    browser: Device, make: Factory
) -> None:
    await browser.sign_in(await make.user())
    assert (await browser.post("logout", Authorization=FORGED)).status_code == 204
    assert await _all_is_over(browser)


async def test_a_token_that_is_not_good_says_nothing_by_itself(
    browser: Device, client: httpx.AsyncClient, make: Factory, clock: MovableClock
) -> None:
    await browser.sign_in(await make.user())
    clock.move(timedelta(minutes=20))
    for headers in (browser.headers, {"Authorization": FORGED}):
        answer = await client.post(LOGOUT, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert (await browser.refresh()).status_code == 200


# Everywhere


async def test_signing_out_everywhere_ends_every_session(
    browser: Device, new_device: NewDevice, make: Factory
) -> None:
    anna, phone, stranger = await make.user(), new_device(), new_device()
    await browser.sign_in(anna)
    await phone.sign_in(anna, delivery="body")
    await stranger.sign_in(await make.user())
    answer = await browser.http.post(EVERYWHERE, headers=browser.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    cookie = cookie_set_by(answer)
    assert cookie is not None
    assert cookie.value == ""
    assert await _all_is_over(browser)
    assert await _all_is_over(phone)
    assert await stranger.status() == 200


async def test_that_is_written_down_with_how_many_there_were(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    anna = await make.user()
    await make.login_session(anna)
    await client.post(EVERYWHERE, headers=sign_in(anna))
    (event,) = await events(session, "sessions.ended")
    assert (event.actor_id, event.subject_id) == (anna.id, anna.id)
    assert event.details["count"] == 2


async def test_a_cookie_alone_does_not_sign_out_everywhere(browser: Device, make: Factory) -> None:
    """A page of another site could make a browser send it."""
    await browser.sign_in(await make.user())
    assert (await browser.post("logout-everywhere")).status_code == 401
    assert await browser.status() == 200


async def test_who_has_signed_out_everywhere_can_sign_in_again(
    browser: Device, make: Factory
) -> None:
    anna = await make.user()
    await browser.sign_in(anna)
    await browser.http.post(EVERYWHERE, headers=browser.headers)
    assert (await browser.sign_in(anna)).status_code == 200
    assert await browser.status() == 200
