"""The corpus of tests/hostile against a site with a provider: nothing breaks or leads away."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp

from app.core.services import Services
from app.models import Identity, LoginSession
from tests.conftest import SignIn
from tests.factories import Factory
from tests.features.oidc.conftest import SITE, Realm
from tests.hostile.attacks import attacks, volleys
from tests.hostile.document import Ask, Operation, operations
from tests.hostile.verdict import faults
from tests.hostile.wire import Answer, Wire


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Limits have tests of their own."""
    return {"attempts_per_address": 1_000_000}


def asks(operation: Operation) -> Iterator[Ask]:
    """Yield every attack on an operation, the volleys at once and one by one."""
    yield from attacks(operation, ("name",))
    for volley in volleys(operation):
        yield volley.at_once()
        yield from volley.one_by_one(())


def leads_away(answer: Answer, issuer: str) -> bool:
    """Say whether an answer sends a browser to some third place."""
    target = answer.headers.get("location", f"{SITE}/")
    return not target.startswith((f"{SITE}/", f"{issuer}/authorize?"))


@pytest.mark.parametrize("name", ["oidc_read", "oidc_start", "oidc_callback", "oidc_link"])
async def test_nothing_breaks_and_nobody_is_led_away(
    app: ASGIApp,
    services: Services,
    realm: Realm,
    make: Factory,
    sign_in: SignIn,
    session: AsyncSession,
    name: str,
) -> None:
    wire = Wire(app, services)
    headers = sign_in(await make.user())["Authorization"].encode()
    (operation,) = (each for each in operations(app, {}, {}) if each.id == name)
    wrong = []
    for ask in asks(operation):
        answer = await wire.send(ask.with_header("authorization", headers))
        wrong += [(fault, ask) for fault in faults(ask, answer)]
        wrong += [("leads away", ask)] if leads_away(answer, realm.issuer) else []
    assert wrong == []
    assert await session.scalar(select(func.count()).select_from(Identity)) == 0
    assert await session.scalar(select(func.count()).select_from(LoginSession)) == 1
    assert set(await realm.asked()) <= {"discovery"}
