"""What PostgreSQL did for a request: the plans of its statements, as `auto_explain` tells them."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from asyncpg import PostgresLogMessage
from asyncpg.connection import Connection

# Every new connection to a database with these settings tells what it did, as a notice.
TELLING = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
}
_BEGINNING = "duration: "


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a plan that was carried out, with how many rows it has looked at in all."""

    kind: str
    table: str | None
    index: str | None
    rows: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Node":
        removed = sum(value for key, value in told.items() if key.startswith("Rows Removed by "))
        rows = round((told["Actual Rows"] + removed) * told["Actual Loops"])
        return cls(told["Node Type"], told.get("Relation Name"), told.get("Index Name"), rows)


@dataclass(frozen=True, slots=True)
class Plan:
    """What was done for one statement."""

    statement: str
    nodes: tuple[Node, ...]

    def faults(self, large: Collection[str], most: int) -> list[Node]:
        """Return the steps that read a large table to its end, or look at more rows than `most`."""
        return [
            node
            for node in self.nodes
            if node.rows > most or (node.kind == "Seq Scan" and node.table in large)
        ]


@contextmanager
def collected() -> Iterator[list[Plan]]:
    """Collect the plans of whatever is sent meanwhile, over whichever connection."""
    plans: list[Plan] = []

    def note(_: Connection, fields: dict[str, str], query: str) -> None:
        message = PostgresLogMessage.new(fields, query=query).message
        if message.startswith(_BEGINNING):
            told = json.loads(message[message.index("{") :])
            plans.append(Plan(told["Query Text"], tuple(_nodes(told["Plan"]))))

    with pytest.MonkeyPatch.context() as patch:
        # A listener would have to be added to each connection of each pool.
        patch.setattr(Connection, "_process_log_message", note)
        yield plans


def _nodes(told: Mapping[str, Any]) -> Iterator[Node]:
    if not told["Actual Loops"]:
        return
    yield Node.of(told)
    for below in told.get("Plans", ()):
        yield from _nodes(below)
