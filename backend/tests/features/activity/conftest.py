"""Events, written as services write them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.db import Sessions
from app.core.provenance import Provenance, mark
from app.features.audit.schemas import Event
from app.features.audit.service import AuditService
from tests.factories import MovableClock

Happen = Callable[..., Awaitable[None]]


@pytest.fixture
def happen(sessions: Sessions, clock: MovableClock) -> Happen:
    """Writes an event down, as if it happened now: `happen(Event.X, actor_id=1, address="…")`."""

    async def write(
        event: Event,
        *,
        actor_id: int | None = None,
        address: str = "192.0.2.1",
        **more: Any,  # noqa: ANN401 - details of any type
    ) -> None:
        async with sessions.begin() as session:
            mark(session, Provenance(address, "A browser", "a-request", actor_id))
            AuditService(session).record(event, at=clock(), **more)

    return write
