"""What is written down stays: also for whoever has the password of the service's own role."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.db import sqlstate

RESTRICT_VIOLATION = "23001"
INSUFFICIENT_PRIVILEGE = "42501"

ADD = text(
    "INSERT INTO audit_events (at, event, address, user_agent, request_id, details)"
    " VALUES (:at, 'site.changed', '', '', '', '{}')"
)


@pytest.fixture
async def as_the_service(connection: AsyncConnection, settings: Settings) -> AsyncConnection:
    """A connection with the privileges that postgres/roles.sql gives the service."""
    role = f"service_of_{settings.db_name}"
    for statement in (
        f"CREATE ROLE {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"SET LOCAL ROLE {role}",
    ):
        await connection.execute(text(statement))
    return connection


async def refusal(connection: AsyncConnection, statement: str) -> str:
    """Return the SQLSTATE with which a statement is refused."""
    with pytest.raises(DBAPIError) as refused:
        async with connection.begin_nested():
            await connection.execute(text(statement))
    return sqlstate(refused.value)


async def test_rows_are_added_and_neither_changed_nor_deleted(
    as_the_service: AsyncConnection,
) -> None:
    await as_the_service.execute(ADD, {"at": utc_now() - timedelta(days=29)})
    for statement in ("UPDATE audit_events SET event = 'x'", "DELETE FROM audit_events"):
        assert await refusal(as_the_service, statement) == RESTRICT_VIOLATION
    count = await as_the_service.scalar(text("SELECT count(*) FROM audit_events"))
    assert count == 1


async def test_old_rows_can_be_purged_and_not_changed(as_the_service: AsyncConnection) -> None:
    await as_the_service.execute(ADD, {"at": utc_now() - timedelta(days=31)})
    change = "UPDATE audit_events SET at = now()"
    assert await refusal(as_the_service, change) == RESTRICT_VIOLATION
    gone = await as_the_service.execute(text("DELETE FROM audit_events"))
    assert gone.rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE audit_events",
        "ALTER TABLE audit_events DISABLE TRIGGER audit_events_stay",
        "DROP TRIGGER audit_events_stay ON audit_events",
        "SET session_replication_role = replica",
        "ALTER FUNCTION public.audit_events_stay() RENAME TO audit_events_go",
    ],
)
async def test_the_role_of_the_service_has_no_way_around_that(
    as_the_service: AsyncConnection, statement: str
) -> None:
    assert await refusal(as_the_service, statement) == INSUFFICIENT_PRIVILEGE
