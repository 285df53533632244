"""The shapes that pass between the adapters, the rules and the services."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who does not exist."""

    username: str
    full_name: str
    bio: str


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """What they wrote; `author` in [0, 1) picks one of the people, whoever they turn out to be."""

    author: float
    title: str
    content: str
    tags: Sequence[str]
    published: bool
    published_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A post of another system, read but not understood; `path` is its place below the folder."""

    path: str
    name: str
    in_drafts: bool
    front_matter: Mapping[str, Any]
    body: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says, in Galley's words, and what Galley has no place for."""

    title: str
    content: str
    slug: str
    tags: list[str]
    published: bool
    published_at: datetime | None
    changed_at: datetime | None
    dropped: Counter[str]


class Outcome(StrEnum):
    """What became of a document."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one document, why it was skipped, and what of it Galley has no place for."""

    path: str
    outcome: Outcome
    reason: str = ""
    dropped: Counter[str] = field(default_factory=Counter)
