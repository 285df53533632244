"""Health, for nginx and Docker."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.services import Services


@pytest.mark.parametrize("path", ["/health", "/health/", "/health/live", "/health/ready"])
async def test_a_healthy_service_says_so(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE alembic_version RENAME TO elsewhere", "DELETE FROM alembic_version"],
    ids=["never migrated", "all the way back"],
)
async def test_a_database_without_our_tables_is_not_ready(
    client: httpx.AsyncClient, connection: AsyncConnection, change: str
) -> None:
    await connection.execute(text(change))
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert (await client.get("/health/live")).status_code == 200


class TestADatabaseOfAnotherRelease:
    @pytest.fixture(params=["older", "newer"])
    def services(self, services: Services, request: pytest.FixtureRequest) -> Services:
        known = services.revisions if request.param == "older" else ()
        return replace(services, revisions=("next", *known))

    async def test_is_ready_when_it_is_ahead_of_us(
        self, client: httpx.AsyncClient, services: Services
    ) -> None:
        is_behind = len(services.revisions) > 1
        answer = await client.get("/health/ready")
        assert answer.status_code == (503 if is_behind else 200)
        assert not is_behind or answer.json()["detail"] == "The database is not migrated to next"
