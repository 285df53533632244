"""What upkeep reports."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How serious a finding is."""

    GOOD = "ok"
    WARNING = "warn"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at, and how it is."""

    level: Level
    words: str


class Waste(StrEnum):
    """What is deleted for good in the end."""

    ARTICLES = "articles from the bin"
    PREVIEWS = "expired preview links"
    ANSWERS = "expired stored answers"
