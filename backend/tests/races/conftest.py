"""Races need transactions that really commit, on connections of their own, and patience."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.core.config import Settings
from app.core.db import Sessions
from app.core.reading import Reads, open_reads
from app.core.services import Services
from tests.conftest import PATIENCE


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit."""
    return committing_sessions


@pytest.fixture
async def reads(settings: Settings) -> AsyncIterator[Reads]:
    """Read as production does."""
    async with open_reads(settings) as reads:
        yield reads


@pytest.fixture
def services(services: Services) -> Services:
    """The process's parts, for people who come in crowds."""
    return replace(services, settings=services.settings.model_copy(update=PATIENCE))
