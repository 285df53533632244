"""What somebody who is signed in may not do is written down, and costs the refusal nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import cast

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.keys import beginning_of, make_key
from app.core.provenance import Provenance, mark
from app.core.sealing import secret_hash
from app.core.services import Services
from app.features.audit import service
from app.features.audit.service import note_refusal
from app.models import ApiKey, AuditEvent, User
from tests.conftest import SignIn
from tests.factories import EARLY_2026, Factory, MovableClock

USERS = "/api/v1/users"
OPERATION = {"method": "GET", "operation": "users_list", "code": "not_an_administrator"}


@pytest.fixture
async def author(make: Factory) -> User:
    """Who is no administrator."""
    return await make.user()


@pytest.fixture
def headers(author: User, sign_in: SignIn) -> dict[str, str]:
    """The author's."""
    return sign_in(author)


async def refusals(session: AsyncSession) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.event == "action.refused").order_by(AuditEvent.id)
    return list(await session.scalars(query))


async def test_it_says_who_was_refused_what_and_from_where(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    author: User,
    session: AsyncSession,
    clock: MovableClock,
) -> None:
    more = {"User-Agent": "Lynx", "X-Request-ID": "a-request"}
    answer = await client.get(f"{USERS}?limit=1", headers={**headers, **more})
    assert answer.status_code == 403
    (refused,) = await refusals(session)
    assert (refused.actor_id, refused.subject_id, refused.at) == (author.id, None, clock())
    assert (refused.address, refused.user_agent) == ("127.0.0.1", "Lynx")
    assert refused.request_id == "a-request"
    assert refused.details == OPERATION


async def test_it_holds_nothing_that_somebody_typed(
    client: httpx.AsyncClient, headers: dict[str, str], make: Factory, session: AsyncSession
) -> None:
    article = await make.article(await make.user(), slug="somebody-elses")
    path = f"/api/v1/articles/{article.slug}?draft=false"
    answer = await client.patch(path, headers=headers, json={"title": "A typed title"})
    assert answer.status_code == 403
    (refused,) = await refusals(session)
    assert refused.details == {
        "method": "PATCH",
        "operation": "articles_update",
        "code": answer.json()["code"],
    }


async def test_what_a_key_may_not_do_is_its_owners(
    client: httpx.AsyncClient, author: User, session: AsyncSession
) -> None:
    key = make_key()
    async with session.begin():
        session.add(
            ApiKey(
                user_id=author.id, name="Builds", prefix=beginning_of(key),
                secret_hash=secret_hash(key), scopes=["public:read"], created_at=EARLY_2026,
            )
        )  # fmt: skip
    answer = await client.get(USERS, headers={"Authorization": f"Bearer {key}"})
    (refused,) = await refusals(session)
    assert answer.json()["code"] == refused.details["code"] == "scope_missing"
    assert refused.actor_id == author.id


async def test_who_is_not_signed_in_leaves_no_trace(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    assert (await client.get(USERS)).status_code == 401
    assert await refusals(session) == []


async def test_the_same_is_written_down_once_a_minute(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    session: AsyncSession,
    make: Factory,
    sign_in: SignIn,
    clock: MovableClock,
) -> None:
    for _ in range(5):
        await client.get(USERS, headers=headers)
    assert len(await refusals(session)) == 1
    await client.patch(f"{USERS}/1", headers=headers, json={})
    await client.get(USERS, headers=sign_in(await make.user()))
    assert len(await refusals(session)) == 3
    clock.move(timedelta(seconds=60))
    await client.get(USERS, headers=headers)
    assert len(await refusals(session)) == 4


class Away:
    """Sessions of a database that is away; without an error, of one that does not answer."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def begin(self) -> "Away":
        return self

    async def __aenter__(self) -> AsyncSession:
        if self.error is None:
            await asyncio.Event().wait()
        raise self.error or AssertionError

    async def __aexit__(self, *_: object) -> None:
        """Never come here."""


@pytest.mark.parametrize(
    "error",
    [OperationalError("", {}, OSError()), ConnectionRefusedError(), None],
    ids=["lost", "refused", "silent"],
)
async def test_a_database_that_is_away_makes_the_refusal_no_worse(
    services: Services,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
) -> None:
    monkeypatch.setattr(service, "PATIENCE", 0.01)
    away = replace(services, sessions=cast("Sessions", Away(error)))
    mark(session, Provenance(account_id=1))
    await note_refusal(away, session, method="GET", operation="users_list", code="forbidden")
    assert await refusals(session) == []
