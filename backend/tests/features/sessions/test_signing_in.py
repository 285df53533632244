"""Signing in with a password."""

import httpx
import pytest
from passlib.hash import bcrypt
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import LoginSession, RefreshToken, User
from tests.factories import PASSWORD, Factory, MovableClock
from tests.features.sessions.conftest import AUTH, ME, Device, NewDevice, cookie_set_by, events

LOGIN = f"{AUTH}/login"


async def sign_in_as(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.post(LOGIN, data={"username": username, "password": password})


@pytest.mark.parametrize(
    "login", ["anna", "ANNA", "anna@example.com", "Anna@Example.COM", "  anna  "]
)
async def test_a_username_or_an_email_in_whatever_case_gets_a_token(
    client: httpx.AsyncClient, make: Factory, login: str
) -> None:
    await make.user(username="Anna", email="anna@Example.com")
    answer = await sign_in_as(client, login, PASSWORD)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json()
    assert token.keys() == {"access_token", "token_type", "expires_in"}
    assert (token["token_type"], token["expires_in"]) == ("bearer", 900)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await client.get(ME, headers=headers)).json()["username"] == "Anna"


@pytest.mark.parametrize(
    ("login", "password"),
    [("anna", "a-wrong-pass-phrase"), ("nobody", PASSWORD), ("anna", PASSWORD.upper()),
     ("anna", f"{PASSWORD} "), ("an_a", PASSWORD), ("%", PASSWORD)],
)  # fmt: skip
async def test_a_bad_login_tells_nobody_whether_the_account_exists(
    client: httpx.AsyncClient, make: Factory, login: str, password: str
) -> None:
    await make.user(username="anna")
    answer = await sign_in_as(client, login, password)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Incorrect username or password"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert cookie_set_by(answer) is None


async def test_an_inactive_account_is_told_so_to_whoever_knows_its_password(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.user(username="anna", is_active=False)
    right = await sign_in_as(client, "anna", PASSWORD)
    assert (right.status_code, right.json()["detail"]) == (400, "Inactive user")
    assert cookie_set_by(right) is None
    assert (await sign_in_as(client, "anna", "a-wrong-pass-phrase")).status_code == 401


async def test_an_old_hash_is_replaced_at_the_next_sign_in(
    client: httpx.AsyncClient, make: Factory, session: AsyncSession
) -> None:
    old = bcrypt.using(rounds=4).hash(PASSWORD)
    user = await make.user(username="anna", password_hash=old)
    assert (await sign_in_as(client, "anna", PASSWORD)).status_code == 200
    assert (await session.get_one(User, user.id)).password_hash.startswith("$argon2id$")
    assert (await sign_in_as(client, "anna", PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "form",
    [{}, {"username": "anna"}, {"password": PASSWORD}, {"username": "", "password": PASSWORD},
     {"username": "anna", "password": ""}, {"username": "anna", "password": "nul \x00"},
     {"username": "anna", "password": "x" * 1025}, {"username": "x" * 255, "password": PASSWORD},
     {"username": "anna", "password": PASSWORD, "grant_type": "refresh_token"},
     {"username": "anna", "password": PASSWORD, "delivery": "pigeon"}],
    ids=lambda form: ",".join(form) or "nothing",
)  # fmt: skip
async def test_a_form_that_is_not_complete_is_refused(
    client: httpx.AsyncClient, form: dict[str, str]
) -> None:
    answer = await client.post(LOGIN, data=form)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


async def test_what_oauth_clients_add_is_accepted(client: httpx.AsyncClient, make: Factory) -> None:
    await make.user(username="anna")
    extra = {"grant_type": "password", "scope": "", "client_id": "app", "client_secret": ""}
    form = {"username": "anna", "password": PASSWORD, **extra}
    assert (await client.post(LOGIN, data=form)).status_code == 200


async def test_a_login_is_a_form_and_not_json(client: httpx.AsyncClient) -> None:
    answer = await client.post(LOGIN, json={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 422


# What it makes


async def test_signing_in_makes_a_session(
    new_device: NewDevice, make: Factory, session: AsyncSession, clock: MovableClock
) -> None:
    anna = await make.user()
    await new_device("Galley for phones/1.0").sign_in(anna)
    made = await session.scalar(select(LoginSession).order_by(LoginSession.id.desc()).limit(1))
    assert made is not None
    assert (made.user_id, made.method, made.second_factor) == (anna.id, "password", False)
    assert (made.address, made.user_agent) == ("127.0.0.1", "Galley for phones/1.0")
    assert made.created_at == made.authenticated_at == made.last_seen_at == clock()


async def test_signing_in_is_written_down(
    browser: Device, make: Factory, session: AsyncSession, clock: MovableClock
) -> None:
    anna = await make.user()
    answer = await browser.sign_in(anna)
    (event,) = await events(session, "sign_in.done")
    assert (event.actor_id, event.subject_id, event.at) == (anna.id, anna.id, clock())
    assert (event.address, event.user_agent) == ("127.0.0.1", "A browser")
    assert event.request_id == answer.headers["X-Request-ID"]
    assert event.details == {"method": "password", "session_id": await browser.session_id()}


async def test_a_refresh_token_is_kept_by_its_hash_only(
    browser: Device, make: Factory, session: AsyncSession
) -> None:
    await browser.sign_in(await make.user(), delivery="body")
    token = browser.refresh_token or ""
    kept = await session.scalar(select(RefreshToken.token_hash))
    assert kept is not None
    assert len(kept) == 32
    assert token.encode() not in kept
    assert len(token) == 43  # 256 bits in base 64


async def test_only_so_many_sessions_are_kept_and_the_newest_of_them(
    browser: Device, make: Factory, session: AsyncSession, clock: MovableClock
) -> None:
    anna = await make.user()
    for _ in range(120):
        await make.login_session(anna)
    await browser.sign_in(anna)
    count = select(func.count()).select_from(LoginSession).filter_by(user_id=anna.id)
    assert await session.scalar(count) == 100
    assert await browser.status() == 200


# How the refresh token travels


async def test_a_browser_gets_a_cookie_that_no_script_sees_and_only_auth_is_sent(
    browser: Device, make: Factory
) -> None:
    answer = await browser.sign_in(await make.user())
    assert "refresh_token" not in answer.json()
    cookie = cookie_set_by(answer)
    assert cookie is not None
    assert cookie.key == "galley_refresh"
    assert cookie["path"] == "/api/v1/auth"
    assert cookie["httponly"] is True
    assert cookie["samesite"].lower() == "strict"
    assert cookie["secure"] == ""
    assert cookie["domain"] == ""
    assert cookie["expires"] == "Thu, 29 Jan 2026 12:00:00 GMT"


async def test_an_app_gets_the_refresh_token_in_the_body_and_no_cookie(
    browser: Device, make: Factory
) -> None:
    answer = await browser.sign_in(await make.user(), delivery="body")
    assert cookie_set_by(answer) is None
    assert len(answer.json()["refresh_token"]) == 43
