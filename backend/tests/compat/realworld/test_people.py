"""Making an account, signing in, and staying so, as RealWorld has it."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.types import ASGIApp

from app.core.passwords import PasswordHasher
from app.core.services import Services
from tests.compat.realworld.conftest import API, PASSWORD, Conduit
from tests.conftest import client_of
from tests.factories import Factory, MovableClock

ANNA = {"username": "anna", "email": "anna@test.com", "password": PASSWORD}
BLANK = ["can't be blank"]
TAKEN = ["has already been taken"]


async def test_an_account_is_made_and_signed_in(conduit: Conduit) -> None:
    answer = await conduit.ask("POST", "/users", {"user": ANNA}, status=201)

    assert list(answer) == ["user"]
    user = answer["user"]
    assert user.pop("token").count(".") == 2
    assert user == {"email": "anna@test.com", "username": "anna", "bio": None, "image": None}


@pytest.mark.parametrize("field", ["username", "email", "password"])
@pytest.mark.parametrize("value", ["", None, "missing"])
async def test_no_account_without(field: str, value: str | None, conduit: Conduit) -> None:
    user = {**ANNA, field: value}
    if value == "missing":
        del user[field]

    assert await conduit.refused("POST", "/users", {"user": user}, status=422) == {field: BLANK}


async def test_all_that_is_blank_is_told_at_once(conduit: Conduit) -> None:
    errors = await conduit.refused("POST", "/users", {"user": {"username": " "}}, status=422)

    assert errors == {"username": BLANK, "email": BLANK, "password": BLANK}


@pytest.mark.parametrize("taken", ["ANNA", "anna"])
async def test_a_username_is_taken_whatever_its_case(taken: str, conduit: Conduit) -> None:
    await conduit.join("anna")
    user = {**ANNA, "username": taken, "email": "other@test.com"}

    assert await conduit.refused("POST", "/users", {"user": user}, status=409) == {
        "username": TAKEN
    }


async def test_an_email_is_taken_whatever_its_case(conduit: Conduit) -> None:
    await conduit.join("anna")
    user = {**ANNA, "username": "other", "email": "Anna@Test.com"}

    assert await conduit.refused("POST", "/users", {"user": user}, status=409) == {"email": TAKEN}


@pytest.mark.parametrize("length", [8, 64, 128])
async def test_passwords_of_many_lengths_are_taken(length: int, conduit: Conduit) -> None:
    user = {**ANNA, "password": "p" * length}
    await conduit.ask("POST", "/users", {"user": user}, status=201)

    await conduit.ask("POST", "/users/login", {"user": user})


@pytest.mark.parametrize("length", [1, 7])
async def test_a_short_password_is_refused(length: int, conduit: Conduit) -> None:
    user = {**ANNA, "password": "p" * length}

    errors = await conduit.refused("POST", "/users", {"user": user}, status=422)
    assert errors == {"password": ["is too short (minimum is 8)"]}


async def test_too_long_a_password_is_refused(conduit: Conduit) -> None:
    errors = await conduit.refused(
        "POST", "/users", {"user": {**ANNA, "password": "p" * 129}}, status=422
    )
    assert errors == {"password": ["is too long (maximum is 128)"]}


@pytest.mark.parametrize("email", ["x@test.com", "x@example.test", "x@mail.test", "x@a.example"])
async def test_addresses_for_tests_are_addresses(email: str, conduit: Conduit) -> None:
    answer = await conduit.ask("POST", "/users", {"user": {**ANNA, "email": email}}, status=201)

    assert answer["user"]["email"] == email


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", 7),
        ("username", "a b"),
        ("username", "12345"),
        ("username", "x" * 51),
        ("username", ["anna"]),
        ("password", 12345678),
        ("password", "pass\x00word"),
    ],
)
async def test_what_no_account_can_have(field: str, value: object, conduit: Conduit) -> None:
    errors = await conduit.refused("POST", "/users", {"user": {**ANNA, field: value}}, status=422)

    assert list(errors) == [field]


async def test_a_username_may_be_one_letter(conduit: Conduit) -> None:
    await conduit.join("b")

    assert (await conduit.ask("GET", "/profiles/b"))["profile"]["username"] == "b"


async def test_other_fields_are_ignored(conduit: Conduit) -> None:
    user = {**ANNA, "role": "admin", "token": "x", "bio": "ignored"}
    answer = await conduit.ask("POST", "/users", {"user": user, "more": 1}, status=201)

    assert answer["user"]["bio"] is None


async def test_a_common_password_is_refused_where_the_site_says_so(
    app: ASGIApp, services: Services, passwords: PasswordHasher
) -> None:
    async with client_of(app, replace(services, passwords=passwords)) as client:
        errors = await Conduit(client).refused("POST", "/users", {"user": ANNA}, status=422)

    assert errors == {"password": ["This password is one of the most common ones"]}


async def test_signing_in(conduit: Conduit) -> None:
    await conduit.join("anna")

    answer = await conduit.ask("POST", "/users/login", {"user": ANNA})
    user = answer["user"]
    assert (await conduit.ask("GET", "/user", token=user["token"])) == answer
    del user["token"]
    assert user == {"email": "anna@test.com", "username": "anna", "bio": None, "image": None}


@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("value", ["", None])
async def test_nobody_signs_in_without(field: str, value: None, conduit: Conduit) -> None:
    user = {**ANNA, field: value}

    errors = await conduit.refused("POST", "/users/login", {"user": user}, status=422)
    assert errors == {field: BLANK}


@pytest.mark.parametrize("wrong", [{"password": "another-one"}, {"email": "nobody@test.com"}])
async def test_a_bad_login(wrong: dict[str, str], conduit: Conduit) -> None:
    await conduit.join("anna")

    errors = await conduit.refused("POST", "/users/login", {"user": {**ANNA, **wrong}}, status=401)
    assert errors == {"credentials": ["invalid"]}


async def test_guessing_is_slowed_down(app: ASGIApp, services: Services) -> None:
    few = services.settings.model_copy(update={"attempts_per_address": 2})
    async with client_of(app, replace(services, settings=few)) as client:
        conduit = Conduit(client)
        wrong = {"user": {"email": "anna@test.com", "password": "wrong"}}
        for _ in range(2):
            await conduit.refused("POST", "/users/login", wrong, status=401)
        errors = await conduit.refused("POST", "/users/login", wrong, status=429)
        answer = await client.post(f"{API}/users/login", json=wrong)

    assert errors == {"request": ["comes too often; wait and try again"]}
    assert int(answer.headers["Retry-After"]) > 0


async def test_somebody_switched_off_does_not_get_in(conduit: Conduit, make: Factory) -> None:
    await make.user(email="off@test.com", is_active=False)
    user = {"email": "off@test.com", "password": "a-long-pass-phrase"}

    errors = await conduit.refused("POST", "/users/login", {"user": user}, status=403)
    assert errors == {"account": ["is switched off"]}


async def test_who_has_a_second_factor_is_told_that_this_cannot_ask_for_it(
    conduit: Conduit, make: Factory
) -> None:
    await make.user(email="safe@test.com", second_factor=True)
    user = {"email": "safe@test.com", "password": "a-long-pass-phrase"}

    errors = await conduit.refused("POST", "/users/login", {"user": user}, status=401)
    assert list(errors) == ["credentials"]


@pytest.mark.parametrize("registration", ["closed", "invite"])
async def test_registration_may_be_closed(
    registration: str, app: ASGIApp, services: Services
) -> None:
    closed = services.settings.model_copy(update={"registration": registration})
    async with client_of(app, replace(services, settings=closed)) as client:
        errors = await Conduit(client).refused("POST", "/users", {"user": ANNA}, status=403)

    assert list(errors) == ["registration"]


async def test_where_addresses_are_proven_first_the_account_waits(
    app: ASGIApp, services: Services
) -> None:
    wary = services.settings.model_copy(update={"email_verification": "sign_in"})
    async with client_of(app, replace(services, settings=wary)) as client:
        conduit = Conduit(client)
        errors = await conduit.refused("POST", "/users", {"user": ANNA}, status=403)
        again = await conduit.refused("POST", "/users", {"user": ANNA}, status=409)
        login = await conduit.refused("POST", "/users/login", {"user": ANNA}, status=403)

    assert list(errors) == list(again) == list(login) == ["email"]


async def test_where_addresses_are_proven_nobody_publishes_before(
    app: ASGIApp, services: Services
) -> None:
    wary = services.settings.model_copy(update={"email_verification": "publish"})
    article = {"title": "A", "description": "b", "body": "c"}
    async with client_of(app, replace(services, settings=wary)) as client:
        conduit = Conduit(client)
        token = await conduit.join("anna")
        errors = await conduit.refused(
            "POST", "/articles", {"article": article}, token=token, status=403
        )

    assert list(errors) == ["email"]


@pytest.mark.parametrize("scheme", ["Token", "token", "Bearer", "bearer"])
async def test_a_token_comes_by_either_scheme(
    scheme: str, conduit: Conduit, client: httpx.AsyncClient
) -> None:
    token = await conduit.join("anna")
    answer = await client.get(f"{API}/user", headers={"Authorization": f"{scheme} {token}"})

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["user"] == {
        "email": "anna@test.com",
        "username": "anna",
        "bio": None,
        "image": None,
        "token": token,
    }


async def test_an_old_token_keeps_nobody_out(conduit: Conduit) -> None:
    await conduit.ask("POST", "/users", {"user": ANNA}, token="old", status=201)

    await conduit.ask("POST", "/users/login", {"user": ANNA}, token="old")


async def test_a_token_lasts_while_it_is_used(conduit: Conduit, clock: MovableClock) -> None:
    token = await conduit.join("anna")
    for _ in range(8):
        clock.move(timedelta(days=10))
        await conduit.ask("GET", "/user", token=token)

    clock.move(timedelta(days=10))
    assert await conduit.refused("GET", "/user", token=token, status=401) == {
        "token": ["is invalid"]
    }


async def test_a_token_that_nobody_uses_ends(conduit: Conduit, clock: MovableClock) -> None:
    token = await conduit.join("anna")
    clock.move(timedelta(days=15))

    await conduit.refused("GET", "/user", token=token, status=401)


async def test_a_token_ends_with_its_session(conduit: Conduit, client: httpx.AsyncClient) -> None:
    token = await conduit.join("anna")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.post("/api/v1/auth/logout", headers=headers)).is_success

    await conduit.refused("GET", "/user", token=token, status=401)
