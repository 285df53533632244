"""The shapes that pass between the adapters, the rules and the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


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
