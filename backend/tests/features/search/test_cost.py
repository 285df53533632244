"""What a search costs: counted on the wire, where nothing is forgotten that PostgreSQL is told."""

import httpx
import pytest

from app.core.db import Sessions
from app.core.reading import Reads
from app.models import User
from tests.factories import Factory
from tests.features.search.conftest import SEARCH
from tests.road import Wire


@pytest.fixture
def sessions(wired_sessions: Sessions) -> Sessions:
    """Commit, over the wire."""
    return wired_sessions


@pytest.fixture
def reads(wired_reads: Reads) -> Reads:
    """Read as production does, over the wire."""
    return wired_reads


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("?q=river", 3),
        ("?q=river&limit=1&skip=1&total=true", 3),
        ("?q=river&tag=water&author=anna&year=2024", 3),
        ('?q="a river"&tag=water', 3),
        ("?q=-lake", 3),
        ("?q=nowhere&tag=nothing", 1),
        ("?q=rivre", 8),
        ("/facets?q=river", 5),
        ("/suggest?q=riv", 4),
    ],
)
async def test_a_search_takes_few_round_trips_and_no_transaction(
    client: httpx.AsyncClient, make: Factory, author: User, wire: Wire, asked: str, number: int
) -> None:
    for _ in range(2):
        await make.article(author, title="A river", content="A river.", tags=["water"])
    await client.get(SEARCH + asked)
    wire.forget()
    assert (await client.get(SEARCH + asked)).status_code == 200
    assert (len(wire.executed), wire.round_trips) == (number, number)
    assert not any(statement.startswith(("BEGIN", "SET")) for statement in wire.executed)
