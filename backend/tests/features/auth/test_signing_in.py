"""Signing in, and being known again."""

from datetime import timedelta

import httpx
import pytest
from passlib.hash import bcrypt
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import User
from tests.conftest import SignIn
from tests.factories import PASSWORD, Factory, MovableClock

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/users/me"


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
    assert (token["token_type"], token["expires_in"]) == ("bearer", 1800)
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


async def test_an_inactive_account_is_told_so_to_whoever_knows_its_password(
    client: httpx.AsyncClient, make: Factory
) -> None:
    await make.user(username="anna", is_active=False)
    right = await sign_in_as(client, "anna", PASSWORD)
    assert (right.status_code, right.json()["detail"]) == (400, "Inactive user")
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
     {"username": "anna", "password": PASSWORD, "grant_type": "refresh_token"}],
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


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Bearer a.b.c", "Basic YW5uYTpwYXNz",
     "nonsense", "Bearer \u00e9.b.c"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ME), ("PATCH", ME), ("DELETE", ME), ("GET", "/api/v1/users"),
     ("PATCH", "/api/v1/users/1"), ("POST", "/api/v1/articles"), ("PATCH", "/api/v1/articles/1"),
     ("DELETE", "/api/v1/articles/1")],
)  # fmt: skip
async def test_without_a_good_token_nothing_private_is_done(
    client: httpx.AsyncClient, method: str, path: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {b"Authorization": authorization.encode()}
    answer = await client.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Could not validate credentials"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/api/v1/articles", "/api/v1/users/1"])
async def test_a_bad_token_is_an_error_even_where_none_is_needed(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_the_scheme_is_bearer_in_whatever_case(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    token = sign_in(await make.user())["Authorization"].removeprefix("Bearer ")
    answer = await client.get(ME, headers={"Authorization": f"bearer {token}"})
    assert answer.status_code == 200


async def test_a_token_ends_after_half_an_hour(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, clock: MovableClock
) -> None:
    headers = sign_in(await make.user())
    clock.move(timedelta(minutes=29))
    assert (await client.get(ME, headers=headers)).status_code == 200
    clock.move(timedelta(minutes=1))
    assert (await client.get(ME, headers=headers)).status_code == 401


async def test_a_token_ends_with_its_account(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, session: AsyncSession
) -> None:
    leaving, inactive = await make.user(), await make.user(is_active=False)
    headers = sign_in(leaving)
    await client.delete(ME, headers=headers)
    assert (await client.get(ME, headers=headers)).status_code == 401
    assert (await client.get(ME, headers=sign_in(inactive))).status_code == 401
