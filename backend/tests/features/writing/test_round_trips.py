"""How often writing asks the database: each time costs more than what is asked.

What is counted is all that a request sends, with what begins and ends its transaction. A number
that has to be raised here is a request that has become slower.
"""

import httpx
import pytest

from app.core.db import Sessions
from app.core.reading import Reads
from tests.factories import Factory
from tests.features.writing.conftest import ARTICLES, NEW, Write
from tests.road import Wire

TAGS = ["Rivers", "Boats", "Towns"]
ANSWER = 1
WITH_KEY = {"Idempotency-Key": "once"}


@pytest.fixture
def sessions(wired_sessions: Sessions) -> Sessions:
    """Commit, over the wire."""
    return wired_sessions


@pytest.fixture
def reads(wired_reads: Reads) -> Reads:
    """Read as production does, over the wire."""
    return wired_reads


async def test_creating_takes_one_statement_to_write(
    client: httpx.AsyncClient, wire: Wire, as_author: dict[str, str], make: Factory, write: Write
) -> None:
    for name in TAGS:
        await make.tag(name)
    await write(title="What a new connection asks besides")
    new = {**NEW, "tags": TAGS, "published": True}
    wire.forget()
    answer = await client.post(ARTICLES, headers=as_author, json=new)
    assert answer.status_code == 201
    # Who asks; it begins; the tags, the article; the answer; and it commits.
    assert len(wire.executed) == 1 + 1 + 2 + ANSWER + 1, wire.executed
    assert sum("INSERT" in each for each in wire.executed) == 1


async def test_a_title_that_is_taken_takes_five_more(
    client: httpx.AsyncClient, wire: Wire, as_author: dict[str, str], write: Write
) -> None:
    await write()
    wire.forget()
    answer = await client.post(ARTICLES, headers=as_author, json=NEW)
    assert answer.json()["slug"].endswith("-2")
    assert len(wire.executed) == 1 + 1 + 1 + 4 + ANSWER + 1, wire.executed


async def test_a_key_takes_two_more(
    client: httpx.AsyncClient, wire: Wire, as_author: dict[str, str], write: Write
) -> None:
    await write(title="What a new connection asks besides")
    wire.forget()
    answer = await client.post(ARTICLES, headers=as_author | WITH_KEY, json=NEW)
    assert answer.status_code == 201
    assert len(wire.executed) == 1 + 1 + 1 + ANSWER + 2 + 1, wire.executed


async def test_publishing_takes_two_statements_to_write(
    client: httpx.AsyncClient, wire: Wire, as_author: dict[str, str], write: Write
) -> None:
    draft = await write(tags=TAGS)
    address, change = f"{ARTICLES}/{draft['id']}", {"published": True}
    wire.forget()
    answer = await client.patch(address, headers=as_author, json=change)
    assert answer.json()["status"] == "published"
    # Who asks, the article; nobody leaves or changes it now; the article, what is beside it.
    assert len(wire.executed) == 1 + 6 + ANSWER + 1, wire.executed


async def test_publishing_with_a_working_copy_reads_it_before_and_after_the_lock(
    client: httpx.AsyncClient, wire: Wire, as_author: dict[str, str], write: Write
) -> None:
    draft = await write(tags=TAGS)
    wire.forget()
    answer = await client.post(f"{ARTICLES}/{draft['id']}/publish", headers=as_author)
    assert answer.json()["status"] == "published"
    assert len(wire.executed) == 1 + 8 + ANSWER + 1, wire.executed


async def test_deleting_takes_two_statements_to_write(
    client: httpx.AsyncClient, wire: Wire, as_author: dict[str, str], write: Write
) -> None:
    article = await write(tags=TAGS)
    wire.forget()
    answer = await client.delete(f"{ARTICLES}/{article['id']}", headers=as_author)
    assert answer.status_code == 204
    assert len(wire.executed) == 1 + 6 + 1, wire.executed
