"""What tests of upkeep stand on."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.markup import Renderer
from app.features.upkeep.service import UpkeepService


@pytest.fixture
def upkeep(session: AsyncSession, settings: Settings, renderer: Renderer) -> UpkeepService:
    """Upkeep, over a test's own session."""
    return UpkeepService(session, settings, renderer)
