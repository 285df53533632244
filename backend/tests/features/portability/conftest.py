"""A folder of posts to import."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.markup import Renderer
from app.features.writing.service import WritingService
from tests.factories import Factory
from tests.features.portability.blog import Blog


@pytest.fixture
async def blog(
    tmp_path: Path, session: AsyncSession, settings: Settings, renderer: Renderer, make: Factory
) -> Blog:
    """A folder without posts, and an author to import them for."""
    return Blog(tmp_path, session, (settings, renderer), await make.user())


@pytest.fixture
def writing(session: AsyncSession, settings: Settings, renderer: Renderer) -> WritingService:
    """The desk, in the transaction of the import."""
    return WritingService(session, settings, renderer)
