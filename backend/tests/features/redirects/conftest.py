"""Articles that have moved."""

from collections.abc import Awaitable, Callable

import pytest

from app.core.db import Sessions
from app.models import Address, Article
from tests.factories import MovableClock

Know = Callable[..., Awaitable[None]]


@pytest.fixture
def know(sessions: Sessions, clock: MovableClock) -> Know:
    """Returns what gives an article one more address that leads to it."""

    async def give(article: Article, *addresses: str) -> None:
        async with sessions.begin() as session:
            session.add_all(
                Address(article_id=article.id, address=address, created_at=clock())
                for address in addresses
            )

    return give
