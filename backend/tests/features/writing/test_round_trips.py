"""How often writing asks the database: each time costs more than what is asked.

What is counted is all that a request sends, with what begins and ends its transaction. A number
that has to be raised here is a request that has become slower.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.config import Settings
from app.core.db import Sessions
from app.core.reading import PooledReads, Reads, Row, Statement, Values, open_reads
from tests.factories import Factory
from tests.features.writing.conftest import ARTICLES, NEW, Write

TAGS = ["Rivers", "Boats", "Towns"]
ANSWER = 1
WITH_KEY = {"Idempotency-Key": "once"}


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit, as the application does."""
    return committing_sessions


@pytest.fixture
async def reads(settings: Settings) -> AsyncIterator[Reads]:
    """Read past the transaction, as it does."""
    async with open_reads(settings) as reads:
        yield reads


@contextmanager
def round_trips(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collect what is sent, with what begins and ends transactions."""
    seen: list[str] = []

    def note_statement(*given: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        seen.append(str(given[2]))

    listeners = {
        "begin": lambda _: seen.append("BEGIN"),
        "commit": lambda _: seen.append("COMMIT"),
        "rollback": lambda _: seen.append("ROLLBACK"),
        "before_cursor_execute": note_statement,
    }
    read = PooledReads.all

    async def note_read(self: PooledReads, statement: Statement, values: Values) -> Sequence[Row]:
        seen.append(statement.sql)
        return await read(self, statement, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PooledReads, "all", note_read)
        for name, listener in listeners.items():
            event.listen(engine.sync_engine, name, listener)
        try:
            yield seen
        finally:
            for name, listener in listeners.items():
                event.remove(engine.sync_engine, name, listener)


async def test_creating_takes_one_statement_to_write(
    client: httpx.AsyncClient, engine: AsyncEngine, as_author: dict[str, str], make: Factory
) -> None:
    for name in TAGS:
        await make.tag(name)
    new = {**NEW, "tags": TAGS, "published": True}
    with round_trips(engine) as sent:
        answer = await client.post(ARTICLES, headers=as_author, json=new)
    assert answer.status_code == 201
    # Who asks; it begins; the tags, the article; the answer; and it commits.
    assert len(sent) == 1 + 1 + 2 + ANSWER + 1, sent
    assert sum("INSERT" in each for each in sent) == 1


async def test_a_title_that_is_taken_takes_five_more(
    client: httpx.AsyncClient, engine: AsyncEngine, as_author: dict[str, str], write: Write
) -> None:
    await write()
    with round_trips(engine) as sent:
        answer = await client.post(ARTICLES, headers=as_author, json=NEW)
    assert answer.json()["slug"].endswith("-2")
    assert len(sent) == 1 + 1 + 1 + 4 + ANSWER + 1, sent


async def test_a_key_takes_two_more(
    client: httpx.AsyncClient, engine: AsyncEngine, as_author: dict[str, str]
) -> None:
    with round_trips(engine) as sent:
        answer = await client.post(ARTICLES, headers=as_author | WITH_KEY, json=NEW)
    assert answer.status_code == 201
    assert len(sent) == 1 + 1 + 1 + ANSWER + 2 + 1, sent


async def test_publishing_takes_two_statements_to_write(
    client: httpx.AsyncClient, engine: AsyncEngine, as_author: dict[str, str], write: Write
) -> None:
    draft = await write(tags=TAGS)
    address, change = f"{ARTICLES}/{draft['id']}", {"published": True}
    with round_trips(engine) as sent:
        answer = await client.patch(address, headers=as_author, json=change)
    assert answer.json()["status"] == "published"
    # Who asks, the article; nobody leaves or changes it now; the article, what is beside it.
    assert len(sent) == 1 + 6 + ANSWER + 1, sent


async def test_publishing_with_a_working_copy_reads_it_before_and_after_the_lock(
    client: httpx.AsyncClient, engine: AsyncEngine, as_author: dict[str, str], write: Write
) -> None:
    draft = await write(tags=TAGS)
    with round_trips(engine) as sent:
        answer = await client.post(f"{ARTICLES}/{draft['id']}/publish", headers=as_author)
    assert answer.json()["status"] == "published"
    assert len(sent) == 1 + 8 + ANSWER + 1, sent


async def test_deleting_takes_two_statements_to_write(
    client: httpx.AsyncClient, engine: AsyncEngine, as_author: dict[str, str], write: Write
) -> None:
    article = await write(tags=TAGS)
    with round_trips(engine) as sent:
        answer = await client.delete(f"{ARTICLES}/{article['id']}", headers=as_author)
    assert answer.status_code == 204
    assert len(sent) == 1 + 6 + 1, sent
