"""What a post of Jekyll, Hugo or Astro means in Galley's words: decisions without I/O.

Names of fields are compared without case, `_` and `-`: `pubDate`, `pub_date` and `PubDate` are one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from app.core.text import make_slug
from app.features.articles.schemas import MOST_TAGS, Tag, without_repeats
from app.features.portability.errors import CannotImport
from app.features.portability.schemas import Document, Reading

DATES = (
    "publishdate", "pubdate", "pubdatetime", "publishedat", "publisheddate", "datepublished",
    "published", "date", "datetime", "createdat", "created",
)  # fmt: skip
CHANGES = (
    "lastmod", "lastmodified", "lastmodifiedat", "modified", "updated", "updatedat", "updateddate",
    "moddatetime", "datemodified",
)  # fmt: skip
SLUGS = ("slug", "permalink", "url")
TAGS = ("tags", "tag", "categories", "category")
ALIASES = ("aliases", "alias", "redirectfrom", "redirects")
UNPUBLISHED = {"draft", "private", "pending", "trash"}
TRUE, FALSE = {"true", "yes", "on", "y", "1"}, {"false", "no", "off", "n", "0"}

MONTH_NAMES = ("%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y")

_MOMENT = re.compile(
    r"""(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})
        (?:(?:T|\s+)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?)?
        (?:\s+\d{4})?  # Ruby reads over a year that stands there twice, so posts exist with one
        \s*(?:(Z|UTC|GMT)|([+-])(\d\d):?(\d\d)?)?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_DATED_NAME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_ ]+(.*))?", re.ASCII | re.DOTALL)
_FENCE = re.compile(r" {0,3}(```|~~~)")
_HEADING = re.compile(r" {0,3}#[ \t]+(\S.*)")
_LIQUID_TAG = re.compile(r"\{%-?[ \t]*(?!end)(\w{1,30})", re.ASCII)
_SHORTCODE = re.compile(r"\{\{[<%][ \t]*([\w/.-]{1,50})", re.ASCII)
_LIQUID_OUTPUT = re.compile(r"\{\{(?![<%])")
_MDX = re.compile(r"^(?:import|export)[ \t]", re.MULTILINE)

_TAG: TypeAdapter[str] = TypeAdapter(Tag)


class Fields:
    """The front matter's fields; what nobody takes is dropped."""

    def __init__(self, front_matter: Mapping[str, Any]) -> None:
        """Take the front matter; of a field that stands there twice, the first counts."""
        self._fields: dict[str, tuple[str, Any]] = {}
        for name, value in front_matter.items():
            self._fields.setdefault(re.sub(r"[_-]", "", name.lower()), (name, value))

    def peek(self, name: str) -> Any:  # noqa: ANN401 - a field may hold anything
        """Return a field's value, and leave it to others."""
        return self._fields.get(name, ("", None))[1]

    def take(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Yield and take the fields among these that hold something, in this order."""
        for name in names:
            written, value = self._fields.pop(name, ("", None))
            if value is not None and value != "":
                yield written, value

    def names(self) -> list[str]:
        """Return the names of what is left, as they are written."""
        return [written for written, value in self._fields.values() if value is not None]


def understand(document: Document) -> Reading:
    """Say a document in Galley's words; raise CannotImport where a guess could publish a secret."""
    fields = Fields(document.front_matter)
    dropped: Counter[str] = Counter()
    named_date, stem = dated_name(document.name)
    is_published = _is_published(fields) and not document.in_drafts
    reading = Reading(
        title=_title(fields) or heading(document.body) or _as_words(stem),
        content=document.body,
        slug=_slug(fields) or make_slug(stem),
        tags=_tags(fields, dropped),
        published=is_published,
        published_at=_first_date(fields) or named_date,
        changed_at=_last_change(fields),
        dropped=dropped,
    )
    for _, value in fields.take(*ALIASES):
        dropped["alias or redirect (not served yet)"] += _count(value)
    dropped.update(f"front matter: {name}" for name in fields.names())
    dropped.update(_markup(document))
    return reading


def _count(value: object) -> int:
    return len(value) if isinstance(value, list) else 1


def dated_name(name: str) -> tuple[datetime | None, str]:
    """Return the date that a file's name begins with, and the rest of it."""
    found = _DATED_NAME.fullmatch(name)
    at = moment(found[1]) if found else None
    if found is None or at is None:
        return None, name
    return at, found[2] or name


def moment(value: object) -> datetime | None:
    """Return the moment that a text names (in UTC where it names no zone), or None."""
    text = str(value).strip()
    try:
        found = _MOMENT.fullmatch(text)
        named = _from_numbers(found) if found else _from_words(text)
        return named.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_numbers(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    offset = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
    zone = timezone(-offset if found[8] == "-" else offset)
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def _from_words(text: str) -> datetime:
    """Read `Jul 08 2022`, as Astro's template has it, or a date from an e-mail's header."""
    for pattern in MONTH_NAMES:
        try:
            return datetime.strptime(text.replace(",", " "), pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    named = parsedate_to_datetime(text)
    return named if named.tzinfo else named.replace(tzinfo=UTC)


def heading(body: str) -> str:
    """Return the first heading of the first level outside code, or ''."""
    fence = ""
    for line in body.splitlines():
        mark = _FENCE.match(line)
        if mark and fence in {"", mark[1]}:
            fence = "" if fence else mark[1]
        found = None if fence else _HEADING.match(line)
        if found:
            return _without_closing_hashes(found[1].strip())
    return ""


def _without_closing_hashes(words: str) -> str:
    """Return a heading without the hashes that may close it; `C#` has none."""
    bare = words.rstrip("#")
    return bare.strip() if not bare or bare[-1].isspace() else words


def _title(fields: Fields) -> str:
    value = fields.peek("title")
    if isinstance(value, dict | list):
        return ""
    return next((_text(title).strip() for _, title in fields.take("title")), "")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_words(stem: str) -> str:
    words = re.sub(r"[\s_-]+", " ", stem).strip()
    return words[:1].upper() + words[1:]


def _slug(fields: Fields) -> str:
    """Take the slug, or the last part of an address that has no pattern (`:title`) in it."""
    for name in SLUGS:
        value = fields.peek(name)
        if not isinstance(value, str | int) or ":" in str(value) or isinstance(value, bool):
            continue
        path = re.sub(r"(?:/index)?\.(?:html?|php|md)$", "", _path(str(value))).rstrip("/")
        slug = make_slug(path.rpartition("/")[2])
        if slug:
            list(fields.take(*SLUGS[:1] if name == "slug" else (name,)))
            return slug
    return ""


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return address


def _is_published(fields: Fields) -> bool:
    """Say whether everybody may read it; what can be read neither as yes nor no is refused."""
    verdict = True
    for name, value in fields.take("draft", "private"):
        verdict = verdict and not _truth(name, value)
    for _, value in fields.take("status"):
        verdict = verdict and _text(value).lower() not in UNPUBLISHED
    if fields.peek("published") is not None and moment(fields.peek("published")) is None:
        verdict = all([verdict, *(_truth(*field) for field in fields.take("published"))])
    return verdict


def _truth(name: str, value: object) -> bool:
    word = _text(value).strip().lower()
    if word not in TRUE | FALSE:
        raise CannotImport(f"{name}: {_short(value)} is neither true nor false")
    return word in TRUE


def _first_date(fields: Fields) -> datetime | None:
    for name in DATES:
        for written, value in fields.take(name):
            named = moment(value)
            if named is None:
                raise CannotImport(f"{written}: {_short(value)} is not a date")
            return named
    return None


def _last_change(fields: Fields) -> datetime | None:
    for name in CHANGES:
        named = moment(fields.peek(name))
        if named is not None:
            list(fields.take(name))
            return named
    return None


def _short(value: object) -> str:
    return f"“{str(value)[:40]}”"


def _tags(fields: Fields, dropped: Counter[str]) -> list[str]:
    """Return tags and categories alike, as far as they keep the rules of tags."""
    written: list[str] = []
    for value in _tag_values(fields):
        try:
            written.append(_TAG.validate_python(value))
        except ValidationError:
            dropped["tag that is too long or no text"] += 1
    tags = without_repeats(written)
    if len(tags) > MOST_TAGS:
        dropped[f"tag beyond the first {MOST_TAGS}"] = len(tags) - MOST_TAGS
    return tags[:MOST_TAGS]


def _tag_values(fields: Fields) -> Iterator[object]:
    """Yield what stands in the fields of tags, and in Zola's `[taxonomies]`."""
    found = list(fields.take(*TAGS))
    for name, value in fields.take("taxonomies"):
        found += value.items() if isinstance(value, dict) else [(name, value)]
    for name, value in found:
        if isinstance(value, list):
            yield from (_tag_text(item) for item in value if item not in (None, ""))
        elif isinstance(value, str) and name.lower().endswith("s"):
            yield from re.split(r"\s*,\s*" if "," in value else r"\s+", value.strip(" ,"))
        else:
            yield _tag_text(value)


def _tag_text(value: object) -> object:
    return value if isinstance(value, dict | list) else _text(value)


def _markup(document: Document) -> Iterator[str]:
    """Yield what other systems would have replaced in the text, and Galley leaves as it is."""
    yield from (f"{{% {name} %}}" for name in _LIQUID_TAG.findall(document.body))
    yield from (f"{{{{< {name} >}}}}" for name in _SHORTCODE.findall(document.body))
    yield from ("{{ … }}" for _ in _LIQUID_OUTPUT.findall(document.body))
    if document.path.lower().endswith(".mdx"):
        yield from ("MDX import or export" for _ in _MDX.findall(document.body))
