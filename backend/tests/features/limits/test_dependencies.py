"""The other doors: registration, recovery, refreshing, comments. Twelve tries an address here."""

from datetime import timedelta

import pytest

from tests.factories import MovableClock
from tests.features.limits.conftest import Caller, Elsewhere


@pytest.mark.parametrize(
    ("path", "name", "quota"),
    [("/register", "registration", 120), ("/refresh", "refresh", 240), ("/comment", "comment", 12)],
)
async def test_an_answer_says_what_is_left(
    caller: Caller, path: str, name: str, quota: int
) -> None:
    first = await caller.post(path)
    assert first.headers["RateLimit-Policy"] == f'"{name}";q={quota};w=900'
    assert first.headers["RateLimit"].startswith(f'"{name}";r={quota - 1};t=')


async def test_an_address_has_its_share(caller: Caller, elsewhere: Elsewhere) -> None:
    answers = [(await caller.post("/comment")).status_code for _ in range(13)]
    assert answers == [200] * 12 + [429]
    assert (await elsewhere(1).post("/comment")).status_code == 200


async def test_a_refusal_says_when_to_come_back(caller: Caller, clock: MovableClock) -> None:
    for _ in range(12):
        await caller.post("/comment")
    refused = await caller.post("/comment")
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["RateLimit"] == '"comment";r=0;t=900'
    clock.move(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert (await caller.post("/comment")).status_code == 200


async def test_one_door_takes_nothing_from_another(caller: Caller) -> None:
    for _ in range(121):
        await caller.post("/register")
    assert (await caller.post("/comment")).status_code == 200
    assert await caller.fail("anna", 1) == [401]


async def test_nobodys_mailbox_is_flooded(elsewhere: Elsewhere, clock: MovableClock) -> None:
    spellings = ["anna@example.com", "ANNA@example.com", "Anna@Example.Com", "anna@EXAMPLE.com"]
    answers = [
        (await elsewhere(number).post("/recover", email=spelling)).status_code
        for number, spelling in enumerate(spellings)
    ]
    assert answers == [200, 200, 200, 429]
    clock.move(timedelta(minutes=5))
    assert (await elsewhere(9).post("/recover", email="anna@example.com")).status_code == 200


async def test_asking_for_others_costs_an_address_its_share(caller: Caller) -> None:
    answers = [
        await caller.post("/recover", email=f"person{number}@example.com") for number in range(13)
    ]
    assert [answer.status_code for answer in answers] == [200] * 12 + [429]
    assert answers[0].headers["RateLimit-Policy"] == (
        '"recovery_address";q=12;w=900, "mails_to_address";q=3;w=900'
    )
    assert answers[12].headers["RateLimit-Policy"] == '"recovery_address";q=12;w=900'


async def test_a_refused_recovery_costs_neither_share(
    caller: Caller, elsewhere: Elsewhere, clock: MovableClock
) -> None:
    for _ in range(9):
        await caller.post("/recover", email="anna@example.com")
    left = (await caller.post("/recover", email="bert@example.com")).headers["RateLimit"]
    assert left.startswith('"recovery_address";r=8;')
