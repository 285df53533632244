"""What nobody learns: who has an account, and what a link's token is."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import structlog
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.models import AuditEvent, User
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.verification.conftest import (
    FORGOT,
    NEW_PASSWORD,
    RESET,
    SITE,
    VERIFY,
    Post,
    words,
)

ANNA = "anna@example.com"
NUMBER = re.compile(r"(?<=sa_savepoint_)\d+")


@pytest.fixture
async def anna(make: Factory) -> User:
    """Somebody with an account."""
    return await make.user(email=ANNA, username="anna", email_verified_at=None)


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collect what the database is asked."""
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(NUMBER.sub("", str(args[2])))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", [FORGOT, VERIFY])
async def test_an_account_and_none_are_the_same_answer_and_the_same_work(
    client: httpx.AsyncClient, engine: AsyncEngine, anna: User, path: str
) -> None:
    with statements(engine) as for_known:
        known = await client.post(path, json={"email": ANNA})
    with statements(engine) as for_unknown:
        unknown = await client.post(path, json={"email": "nobody@example.com"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.headers.keys() == unknown.headers.keys()
    assert for_known == for_unknown
    assert any("pgqueuer" in statement for statement in for_known)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
        {"Forwarded": "host=evil.example"},
        {"Origin": "https://evil.example", "Referer": "https://evil.example/"},
    ],
)
async def test_links_lead_to_the_site_whatever_a_request_claims(
    client: httpx.AsyncClient, anna: User, post: Post, headers: dict[str, str]
) -> None:
    answer = await client.post(FORGOT, json={"email": ANNA}, headers=headers)
    assert answer.status_code == 202
    [letter] = await post.to(ANNA)
    assert f"{SITE}/account/reset-password#token=" in words(letter)
    assert b"evil.example" not in letter.as_bytes()


async def test_mail_to_an_address_that_is_not_proven_repeats_nothing_that_was_typed(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, post: Post
) -> None:
    spammer = await make.user(
        email=ANNA, username="buy-now.example", full_name="Win at spam.example"
    )
    await client.post(VERIFY, headers=sign_in(spammer))
    await client.post(FORGOT, json={"email": ANNA})
    letters = await post.to(ANNA)
    assert len(letters) == 2
    assert not any(b"now.example" in each.as_bytes() for each in letters)
    assert not any(b"spam" in each.as_bytes() for each in letters)


async def test_a_token_is_in_its_mail_and_nowhere_else(
    client: httpx.AsyncClient,
    anna: User,
    post: Post,
    session: AsyncSession,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        await client.post(FORGOT, json={"email": ANNA})
        waiting = await post.waiting()
        token = await post.token(ANNA, "reset-password")
        await client.post(RESET, json={"token": token, "password": NEW_PASSWORD})
        waiting += await post.waiting()
        await post.work()
    audited = [vars(each) for each in await session.scalars(select(AuditEvent))]
    everything = f"{logged} {caplog.text} {waiting} {audited}"
    assert logged
    assert audited
    for secret in (token, token.split(".")[2], NEW_PASSWORD, "#token="):
        assert secret not in everything
    assert ANNA not in f"{logged} {caplog.text} {audited}"
