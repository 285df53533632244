"""Looks over the product's shoulder: which statements answer a request, and with which headers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from fastapi import FastAPI
from sqlalchemy import event
from starlette.types import Message, Scope
from typing_extensions import override

from app.core.reading import Reads, Row, Statement, Values
from app.core.services import Services

Headers = Sequence[tuple[bytes, bytes]]
_NOT_OF_THE_ANSWER = {b"x-request-id", b"content-length"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement, its arguments in their order, and what came back, if that was noted."""

    sql: str
    arguments: Sequence[Any]
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the product has answered to one request, and the statements that it took."""

    status: int
    headers: Headers
    body: bytes
    asked: Sequence[Asked]


class Noting(Reads):
    """Runs what the product reads, and notes it."""

    def __init__(self, reads: Reads, asked: list[Asked]) -> None:
        self._reads, self._asked = reads, asked

    @override
    async def all(self, statement: Statement, values: Values) -> Sequence[Row]:
        rows = await self._reads.all(statement, values)
        self._asked.append(Asked(statement.sql, statement.arguments(values), rows))
        return rows


@contextmanager
def noting(services: Services) -> Iterator[tuple[Services, list[Asked]]]:
    """Note the statements of the block, both those that only read and those of a session."""
    asked: list[Asked] = []
    engine = services.sessions.kw["bind"].sync_engine

    def note(*event: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        asked.append(Asked(event[2], event[3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield replace(services, reads=Noting(services.reads, asked)), asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def ask(app: FastAPI, scope: Scope, state: Mapping[str, Any], body: bytes = b"") -> Answered:
    """Let the product answer the request of a scope, in this process."""
    started: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    with noting(state["services"]) as (services, asked):
        await app({**scope, "state": {**state, "services": services}}, receive, send)
    headers = [pair for pair in started["headers"] if pair[0] not in _NOT_OF_THE_ANSWER]
    return Answered(started["status"], headers, b"".join(parts), asked)
