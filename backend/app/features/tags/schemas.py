"""The wire shapes of tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import AfterValidator, Field

from app.core.places import Place
from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import Line, Ref, Slug, Text
from app.models import Tag

MOST_TAGS = 20


def without_repeats(names: Sequence[str]) -> list[str]:
    """Return the names in their order; of spellings that differ in case only, the first stays."""
    spellings: dict[str, str] = {}
    for name in names:
        spellings.setdefault(name.casefold(), name)
    return list(spellings.values())


TagName = Annotated[str, Line(1, 50)]
TagNames = Annotated[list[TagName], Field(max_length=MOST_TAGS), AfterValidator(without_repeats)]
Description = Annotated[str, Text(0, 2000)]
Colour = Annotated[
    str,
    Field(min_length=7, max_length=7, pattern=r"^#[0-9A-Fa-f]{6}$", description="As `#rrggbb`."),
    AfterValidator(str.lower),
]
Cover = Annotated[Place, Field(description="The address of a picture.")]

_LOOKS = {
    "description": "Everything that flows.",
    "colour": "#1f6f8b",
    "cover": "/images/river.jpg",
}
_TAG = {
    "id": 3,
    "slug": "rivers",
    "name": "Rivers",
    **_LOOKS,
    "article_count": 12,
    "version": 2,
    "created_at": "2026-11-20T18:00:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
}


class TagCreate(RequestModel):
    """A tag ahead of its first use."""

    model_config = example({"name": "Waterfalls", **_LOOKS})

    name: TagName
    slug: Slug = Field(
        default_factory=omitted, description="Its address. Without one, it is made from the name."
    )
    description: Description | None = None
    colour: Colour | None = None
    cover: Cover | None = None


class TagUpdate(RequestModel):
    """Changes to a tag; only what is given changes. Its former name and slug still lead to it."""

    model_config = example({"name": "Great rivers", "colour": "#1f6f8b"})

    name: TagName = Field(default_factory=omitted)
    slug: Slug = Field(
        default_factory=omitted,
        description="Without one, a new name makes a new one.",
    )
    description: Description | None = None
    colour: Colour | None = None
    cover: Cover | None = None


class TagMerge(RequestModel):
    """Which tag another one is to become a part of."""

    model_config = example({"into": "streams"})

    into: Ref = Field(description="The id or slug of the tag that stays.")


class TagBrief(AnswerModel):
    """What an article shows of a tag."""

    model_config = example({name: _TAG[name] for name in ("id", "slug", "name", "colour")})

    id: int
    slug: str
    name: str
    colour: str | None


class TagRead(TagBrief):
    """A tag."""

    model_config = example(_TAG)

    description: str | None
    cover: str | None
    article_count: int = Field(description="How many articles have it that everybody can see.")
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, counted: "CountedTag") -> Self:
        """Describe a tag together with its count."""
        columns = cls.model_fields.keys() - {"article_count"}
        values = {name: getattr(counted.tag, name) for name in columns}
        return cls.model_validate({**values, "article_count": counted.article_count})


class TagSort(StrEnum):
    """The orders of a list of tags, whatever the case of their names; a minus means backward."""

    NAME = "name"
    NAME_BACKWARD = "-name"


@dataclass(frozen=True, slots=True)
class TagFilter:
    """Which tags are asked for."""

    q: str | None = None
    sort: TagSort = TagSort.NAME


@dataclass(frozen=True, slots=True)
class CountedTag:
    """A tag, and how many public articles have it."""

    tag: Tag
    article_count: int


class UsedTag(NamedTuple):
    """A tag as those see it who use it for an article."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Spelled:
    """A new name, in PostgreSQL's lower case as well, and which addresses are free for it."""

    name: str
    word: str
    base_is_free: bool
    marked_is_free: bool
