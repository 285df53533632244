"""The shapes that pass between the adapters, the rules and the services.

Names of front matter's fields are compared without case, `_` and `-`: `pubDate`, `pub_date` and
`PubDate` are one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

DATES = (
    "publishdate", "pubdate", "pubdatetime", "publishedat", "publisheddate", "datepublished",
    "published", "date", "datetime", "createdat", "created",
)  # fmt: skip
CHANGES = (
    "lastmod", "lastmodified", "lastmodifiedat", "modified", "updated", "updatedat", "updateddate",
    "moddatetime", "datemodified",
)  # fmt: skip
PLACES = ("permalink", "url")
TAGS = ("tags", "tag", "categories", "category")
ALIASES = ("aliases", "alias", "redirectfrom", "redirects")
SERIES = ("series", "seriestitle", "seriesname")
POSITIONS = (
    "seriesweight", "seriesorder", "seriespart", "seriesposition", "seriesindex", "part", "order",
)  # fmt: skip
PICTURES = (
    "image", "cover", "coverimage", "featuredimage", "featureimage", "hero", "heroimage", "banner",
    "thumbnail", "images",
)  # fmt: skip
PLAIN = {
    "excerpt": ("excerpt", "summary", "description"),
    "canonical_url": ("canonical", "canonicalurl", "canonicallink"),
    "locale": ("locale", "lang", "language"),
}
META = {
    "title": ("metatitle", "seotitle"),
    "description": ("metadescription", "seodescription", "description"),
    "robots": ("metarobots", "seorobots", "robots"),
    "og_title": ("ogtitle",),
    "og_description": ("ogdescription",),
    "og_image": ("ogimage", "seoimage", "metaimage", "socialimage"),
    "twitter_title": ("twittertitle",),
    "twitter_description": ("twitterdescription",),
    "twitter_image": ("twitterimage",),
    "twitter_card": ("twittercard",),
}
ROBOTS = {"noindex": "noindex,follow", "nofollow": "index,nofollow", "none": "noindex,nofollow"}
# Fields that hold others: `image: {alt: …}` is `image_alt`, and `extra: {lang: …}` is `lang`.
HOLDERS = {
    **{name: name for name in (*PICTURES, "series", "seo", "meta", "og", "twitter")},
    "extra": "",
    "params": "",
}

TRUE, FALSE = {"true", "yes", "on", "y", "1"}, {"false", "no", "off", "n", "0"}
LONGEST_NUMBER = 18

_LIQUID_TAG = re.compile(r"\{%-?[ \t]*(?!end)(\w{1,30})", re.ASCII)
_SHORTCODE = re.compile(r"\{\{[<%][ \t]*([\w/.-]{1,50})", re.ASCII)
_LIQUID_OUTPUT = re.compile(r"\{\{(?![<%])")
_MDX = re.compile(r"^(?:import|export)[ \t]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who does not exist."""

    username: str
    full_name: str
    bio: str


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """A place in a series that its author has begun."""

    series: str
    position: int


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """What they wrote; numbers in [0, 1) pick authors of the people, whoever they turn out to be.

    `state` has fields by the names of an article's state, besides what needs ids. With a
    `former_title` it has been renamed once.
    """

    authors: Sequence[float]
    state: Mapping[str, Any]
    created_at: datetime
    place: DemoPlace | None = None
    former_title: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A post of another system, read but not understood; `path` is its place below the folder."""

    path: str
    name: str
    in_drafts: bool
    front_matter: Mapping[str, Any]
    body: str
    digest: str

    def foreign_markup(self) -> Iterator[str]:
        """Yield what other systems would have replaced, and Galley leaves as it is."""
        yield from (f"{{% {name} %}}" for name in _LIQUID_TAG.findall(self.body))
        yield from (f"{{{{< {name} >}}}}" for name in _SHORTCODE.findall(self.body))
        yield from ("{{ … }}" for _ in _LIQUID_OUTPUT.findall(self.body))
        if self.path.lower().endswith(".mdx"):
            yield from ("MDX import or export" for _ in _MDX.findall(self.body))


class Fields:
    """The front matter's fields; what nobody takes is dropped."""

    def __init__(self, front_matter: Mapping[str, Any]) -> None:
        """Take the front matter; of a field that stands there twice, the first counts."""
        self._fields: dict[str, tuple[str, Any]] = {}
        for name, value in front_matter.items():
            key = _key(name)
            if key in HOLDERS and isinstance(value, dict):
                for inner, held in value.items():
                    self._fields.setdefault(HOLDERS[key] + _key(inner), (f"{name}.{inner}", held))
            else:
                self._fields.setdefault(key, (name, value))

    def peek(self, name: str) -> Any:  # noqa: ANN401 - a field may hold anything
        """Return a field's value, and leave it to others."""
        return self._fields.get(name, ("", None))[1]

    def take(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Yield and take the fields among these that hold something, in this order."""
        for name in names:
            written, value = self._fields.pop(name, ("", None))
            if value is not None and value != "":
                yield written, value

    def text(self, *names: str) -> str | None:
        """Take the first among these that holds words or a number, alone or in a list of one."""
        for name in names:
            value = self.peek(name)
            if isinstance(value, list) and len(value) == 1:
                [value] = value
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                self._fields.pop(name)
                return str(value).strip()
        return None

    def truth(self, *names: str) -> bool | None:
        """Take the first among these that says yes or no."""
        for name in names:
            word = spelled(self.peek(name)).strip().lower()
            if word in TRUE | FALSE:
                self._fields.pop(name)
                return word in TRUE
        return None

    def whole(self, *names: str) -> int | None:
        """Take the first among these that holds a whole number."""
        for name in names:
            word = str(self.peek(name))
            if word.isascii() and word.isdecimal():
                self._fields.pop(name)
                return int(word[:LONGEST_NUMBER])
        return None

    def names(self) -> list[str]:
        """Return the names of what is left and holds something, as they are written."""
        return [written for written, value in self._fields.values() if value not in (None, "")]


def _key(name: str) -> str:
    return re.sub(r"[_-]", "", name.lower())


def spelled(value: object) -> str:
    """Return a plain value as its author wrote it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says, in Galley's words, and what Galley has no place for.

    `more` has what not every post says, by the names of an article's fields, the series by its
    title; `addresses` has former slugs, and paths with a slash before them.
    """

    title: str
    content: str
    slug: str
    tags: list[str]
    published: bool
    published_at: datetime | None
    changed_at: datetime | None
    more: dict[str, Any]
    addresses: list[str]
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
