"""GET /audit: who did what, to whom and from where."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.policy import Role
from app.features.audit.schemas import Event
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.activity.conftest import Happen

AUDIT = "/api/v1/audit"
ME = "/api/v1/users/me"
MOST_STATEMENTS = 14
MINUTE = timedelta(minutes=1)
Headers = dict[str, str]


@pytest.fixture
async def admin(make: Factory) -> User:
    """Who may read it."""
    return await make.user(Role.ADMIN, username="ada")


@pytest.fixture
def headers(admin: User, sign_in: SignIn) -> Headers:
    """The administrator's."""
    return sign_in(admin)


@pytest.fixture
def statements(connection: AsyncConnection) -> Iterator[list[str]]:
    """Every statement that is sent to the database."""
    sent: list[str] = []

    def note(*about: Any) -> None:  # noqa: ANN401 - an event of SQLAlchemy passes many kinds
        sent.append(about[2])

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection.sync_connection, "before_cursor_execute", note)


async def events(client: httpx.AsyncClient, headers: Headers, query: str = "") -> list[str]:
    answer = await client.get(f"{AUDIT}?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [each["event"] for each in answer.json()]


async def test_an_entry_says_everything(
    client: httpx.AsyncClient, headers: Headers, admin: User, make: Factory, happen: Happen
) -> None:
    bert = await make.user(username="bert")
    change = {"from": "reader", "to": "author"}
    await happen(Event.ROLE_CHANGED, actor_id=admin.id, subject_id=bert.id, **change)
    (entry,) = (await client.get(AUDIT, headers=headers)).json()
    assert entry.pop("id") > 0
    assert entry == {
        "at": "2026-01-15T12:00:00Z",
        "event": "role.changed",
        "actor_id": admin.id,
        "actor": "ada",
        "subject_id": bert.id,
        "subject": "bert",
        "address": "192.0.2.1",
        "user_agent": "A browser",
        "request_id": "a-request",
        "details": change,
    }


async def test_who_is_gone_is_a_number_without_a_name(
    client: httpx.AsyncClient, headers: Headers, make: Factory, sign_in: SignIn
) -> None:
    gone = await make.user(username="anna", email="anna@example.com")
    assert (await client.delete(ME, headers=sign_in(gone))).status_code == 204
    answer = await client.get(AUDIT, headers=headers)
    (entry,) = answer.json()
    assert (entry["event"], entry["actor_id"], entry["actor"]) == ("account.deleted", gone.id, None)
    assert "anna" not in answer.text


async def test_nobody_signed_in_is_nobody(
    client: httpx.AsyncClient, headers: Headers, happen: Happen
) -> None:
    await happen(Event.SIGN_IN_FAILED)
    (entry,) = (await client.get(AUDIT, headers=headers)).json()
    assert (entry["actor_id"], entry["actor"], entry["subject"]) == (None, None, None)


async def test_it_is_newest_first_in_pages(
    client: httpx.AsyncClient, headers: Headers, happen: Happen, clock: MovableClock
) -> None:
    order = [Event.SIGNED_IN, Event.KEY_MADE, Event.KEY_REVOKED, Event.SITE_CHANGED]
    for number, each in enumerate(order):
        await happen(each)
        if number % 2:
            clock.move(MINUTE)
    page = await client.get(f"{AUDIT}?limit=3&total=true", headers=headers)
    assert [each["event"] for each in page.json()] == order[:0:-1]
    assert page.headers["X-Total-Count"] == "4"
    rest = await client.get(page.links["next"]["url"], headers=headers)
    assert [each["event"] for each in rest.json()] == order[:1]
    assert "next" not in rest.links
    back = await client.get(rest.links["prev"]["url"], headers=headers)
    assert back.json() == page.json()


async def test_filters_narrow_it_down(
    client: httpx.AsyncClient,
    headers: Headers,
    admin: User,
    make: Factory,
    happen: Happen,
    clock: MovableClock,
) -> None:
    anna = await make.user()
    await happen(Event.SIGNED_IN, actor_id=anna.id, subject_id=anna.id, address="2001:db8::1")
    clock.move(MINUTE)
    await happen(Event.ROLE_CHANGED, actor_id=admin.id, subject_id=anna.id)
    clock.move(MINUTE)
    await happen(Event.SITE_CHANGED, actor_id=admin.id)
    everything = [Event.SITE_CHANGED, Event.ROLE_CHANGED, Event.SIGNED_IN]
    for query, expected in {
        "": everything,
        "event=role.changed": everything[1:2],
        f"actor_id={admin.id}": everything[:2],
        f"subject_id={anna.id}": everything[1:],
        f"actor_id={anna.id}&subject_id={anna.id}": everything[2:],
        "address=2001:db8::1": everything[2:],
        "address=2001:db8::2": [],
        "after=2026-01-15T12:01:00Z": everything[:2],
        "before=2026-01-15T12:01:00Z": everything[2:],
        "after=2026-01-15T12:01:00Z&before=2026-01-15T12:02:00Z": everything[1:2],
    }.items():
        assert await events(client, headers, query) == expected, query


@pytest.mark.parametrize(
    "query",
    ["event=nothing", "actor_id=0", "actor_id=anna", f"subject_id={2**63}", "address=",
     "after=yesterday", "before=2026-01-15", f"address={'x' * 101}", "limit=101", "cursor=x"],
)  # fmt: skip
async def test_a_filter_that_means_nothing_is_refused(
    client: httpx.AsyncClient, headers: Headers, query: str
) -> None:
    assert (await client.get(f"{AUDIT}?{query}", headers=headers)).status_code == 422


@pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
async def test_it_is_for_administrators(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role
) -> None:
    answer = await client.get(AUDIT, headers=sign_in(await make.user(role)))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_an_administrator")
    assert (await client.get(AUDIT)).status_code == 401


@pytest.mark.parametrize("path", [AUDIT, f"{ME}/activity"])
async def test_a_longer_log_takes_no_more_statements(
    client: httpx.AsyncClient,
    headers: Headers,
    admin: User,
    make: Factory,
    happen: Happen,
    statements: list[str],
    path: str,
) -> None:
    async def cost() -> int:
        statements.clear()
        assert (await client.get(path, headers=headers)).status_code == 200
        return len(statements)

    await happen(Event.SIGNED_IN, actor_id=admin.id)
    one = await cost()
    for _ in range(19):
        somebody = await make.user()
        await happen(Event.ROLE_CHANGED, actor_id=admin.id, subject_id=somebody.id)
    assert await cost() == one <= MOST_STATEMENTS
