"""What has become of an owner between signing in and making a key."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import GalleyError, Unauthenticated
from app.core.policy import Role, Scope
from app.features.keys.errors import ScopeAboveRole
from app.features.keys.schemas import KeyCreate
from app.features.keys.service import KeyService
from app.models import User
from tests.factories import EARLY_2026


@pytest.mark.parametrize(
    ("change", "error"),
    [({"is_active": False}, Unauthenticated), ({"role": Role.READER}, ScopeAboveRole)],
    ids=str,
)
async def test_an_owner_is_taken_as_they_are_now(
    session: AsyncSession, owner: User, change: dict[str, Any], error: type[GalleyError]
) -> None:
    await session.execute(update(User).values(**change))
    new = KeyCreate(name="Robot", scopes=[Scope.ARTICLES_WRITE])
    with pytest.raises(error):
        await KeyService(session).make(new, owner=owner, at=EARLY_2026)


async def test_an_account_that_has_gone_gets_none(session: AsyncSession, owner: User) -> None:
    await session.delete(await session.get_one(User, owner.id))
    await session.commit()
    new = KeyCreate(name="Robot", scopes=[Scope.ARTICLES_READ])
    with pytest.raises(Unauthenticated):
        await KeyService(session).make(new, owner=owner, at=EARLY_2026)
