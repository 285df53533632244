"""Races need transactions that really commit, on connections of their own."""

import pytest

from app.core.db import Sessions


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit."""
    return committing_sessions
