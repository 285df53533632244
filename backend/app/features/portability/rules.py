"""What a post of Jekyll, Hugo or Astro means in Galley's words: decisions without I/O."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from app.core.policy import Permission
from app.core.text import clean_line, make_slug
from app.features.portability.errors import CannotImport
from app.features.portability.schemas import (
    ALIASES,
    CHANGES,
    DATES,
    FALSE,
    META,
    PICTURES,
    PLACES,
    PLAIN,
    POSITIONS,
    ROBOTS,
    SERIES,
    TAGS,
    TRUE,
    Document,
    Fields,
    Reading,
    spelled,
)
from app.features.tags.schemas import MOST_TAGS, TagName, without_repeats
from app.features.writing.rules import FOR_EDITORS
from app.features.writing.schemas import ArticleCreate, ArticleSlug
from app.models import User

NEEDED = {"title", "content", "published", "published_at"}
MOST_ADDRESSES = 100
LONGEST_ADDRESS = 2_000  # in UTF-8; PostgreSQL's index of addresses takes 2,700 bytes
UNPUBLISHED = {"draft", "private", "pending", "trash"}

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
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SLASHES = re.compile(r"/{2,}")
_KEPT_ENCODED = str.maketrans({"%": "%25", "?": "%3F", "#": "%23", "/": "%2F"})
_PATTERN = re.compile(r"/:|^:|\{")  # `/:year/:title/` and `/{{ page.date }}/`
_NAMED_PATTERNS = {"date", "pretty", "ordinal", "weekdate", "none"}

_TAG: TypeAdapter[str] = TypeAdapter(TagName)
_SLUG: TypeAdapter[str] = TypeAdapter(ArticleSlug)


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
        more=_more(fields),
        addresses=_addresses(fields, dropped),
        dropped=dropped,
    )
    dropped.update(f"front matter: {name}" for name in fields.names())
    dropped.update(document.foreign_markup())
    return reading


def article_fields(reading: Reading) -> dict[str, Any]:
    """Return the fields of an article, in the words of its schema; what does not fit is counted.

    Raise CannotImport for what it cannot do without. Without a date, the article keeps its own.
    """
    fields: dict[str, Any] = {
        "title": reading.title,
        "content": reading.content,
        "tags": reading.tags,
        "published": reading.published,
        **({"published_at": reading.published_at} if reading.published_at else {}),
        **{name: dict(value) if name == "meta" else value for name, value in reading.more.items()},
    }
    try:
        ArticleCreate.model_validate(fields)
    except ValidationError as error:
        for problem in error.errors():
            name, *inner = (str(step) for step in problem["loc"])
            if name in NEEDED:
                reason = problem["msg"].removeprefix("Value error, ")
                raise CannotImport(f"{name}: {reason}") from None
            holder, key = (fields[name], inner[0]) if inner else (fields, name)
            holder.pop(key, None)
            reading.dropped[f"{'.'.join([name, *inner])} that no article can have"] += 1
    return fields


def forgetting(before: Reading, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return an article's fields, and those emptied that its file filled before and no longer."""
    empty = dict.fromkeys(FOR_EDITORS, False)
    gone = before.more.keys() - fields.keys() - {"locale", "meta", "series_position"}
    meta = dict.fromkeys(before.more.get("meta", {})) | fields.get("meta", {})
    emptied = {name: empty.get(name) for name in gone}
    return {**fields, **emptied, **({"meta": meta} if meta else {})}


def allowed(fields: Mapping[str, Any], author: User, dropped: Counter[str]) -> dict[str, Any]:
    """Return the fields that this author may decide, and count the others."""
    theirs = set() if author.may(Permission.EDIT_ANY) else {*FOR_EDITORS} & fields.keys()
    dropped.update(f"{name}, which only editors decide" for name in theirs if fields[name])
    return {name: value for name, value in fields.items() if name not in theirs}


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
    return next((spelled(title).strip() for _, title in fields.take("title")), "")


def _as_words(stem: str) -> str:
    words = re.sub(r"[\s_-]+", " ", stem).strip()
    return words[:1].upper() + words[1:]


def _slug(fields: Fields) -> str:
    """Take the slug, or read it off the last part of an address that is no pattern."""
    for name in ("slug", *PLACES):
        written = _fixed(fields.peek(name))
        path = written if name == "slug" else _path(written)
        path = re.sub(r"(?:/index)?\.(?:html?|php|md)$", "", path).rstrip("/")
        slug = make_slug(path.rpartition("/")[2])
        if slug:
            list(fields.take("slug") if name == "slug" else ())
            return slug
    return ""


def _fixed(value: object) -> str:
    """Return an address or slug as text, or '' for anything else, a pattern (`:title`) too."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    text = str(value).strip()
    return "" if _PATTERN.search(text) or text in _NAMED_PATTERNS else text


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return address


def _addresses(fields: Fields, dropped: Counter[str]) -> list[str]:
    """Take the addresses that the post had: paths with a slash before them, and former slugs."""
    found: dict[str, None] = {}
    for name in PLACES:
        if path := old_path(_fixed(fields.peek(name))):
            list(fields.take(name))
            found[path] = None
    for _, value in fields.take(*ALIASES):
        for alias in value if isinstance(value, list) else [value]:
            if address := _former_slug(alias) or old_path(_fixed(alias)):
                found[address] = None
            else:
                dropped["alias that is no path"] += 1
    if len(found) > MOST_ADDRESSES:
        dropped[f"alias beyond the first {MOST_ADDRESSES}"] = len(found) - MOST_ADDRESSES
    return list(found)[:MOST_ADDRESSES]


def _former_slug(alias: object) -> str:
    try:
        return _SLUG.validate_python(alias, strict=True)
    except ValidationError:
        return ""


def old_path(written: str) -> str:
    """Return the path of an address in the one way that it is kept, or '' where it has none.

    What is encoded is decoded, besides what would end the path, or divide a part of it.
    """
    try:
        parts = urlsplit(written).path.split("/")
        decoded = (unquote(part, errors="strict").translate(_KEPT_ENCODED) for part in parts)
        path = _SLASHES.sub("/", "/" + "/".join(decoded))
        clean = clean_line(path)
    except ValueError:
        return ""
    is_path = clean != "/" and not _CONTROL.search(path)
    return clean if is_path and len(clean.encode()) <= LONGEST_ADDRESS else ""


def as_slugs(addresses: Iterable[str], article_path: str) -> list[str]:
    """Return addresses with a former slug for each path at which Galley would have shown it."""
    before, after = article_path.split("{slug}")
    slugs = {
        address: _former_slug(address.removeprefix(before).removesuffix(after))
        for address in addresses
        if address.startswith(before) and address.endswith(after)
    }
    return list(dict.fromkeys(slugs.get(address) or address for address in addresses))


def _more(fields: Fields) -> dict[str, Any]:
    """Take what else an article can say of itself, and return what it does say."""
    found: dict[str, Any] = {name: fields.text(*names) for name, names in PLAIN.items()}
    found["featured"] = fields.truth("featured")
    found["pinned"] = fields.truth("pinned", "pin", "sticky")
    found["series"] = fields.text(*SERIES)
    found["series_position"] = fields.whole(*POSITIONS) if found["series"] else None
    found["comments"] = _comments(fields)
    found |= _cover(fields) | {"meta": _meta(fields)}
    return {name: value for name, value in found.items() if value not in (None, {})}


def _comments(fields: Fields) -> str | None:
    """Take who may comment; a mere yes leaves that to the site."""
    wanted, unwanted = fields.truth("comments"), fields.truth("disablecomments", "nocomments")
    if wanted is False or unwanted:
        return "closed"
    return (fields.text("comments", "commentstatus") or "").lower() or None


def _cover(fields: Fields) -> dict[str, str | None]:
    """Take a picture's address and what it shows: `cover: {src: …, alt: …}`, or side by side."""
    for name in PICTURES:
        endings = ("", "path", "src", "url", "image")
        if place := fields.text(*(name + ending for ending in endings)):
            alt = fields.text(f"{name}alt", f"{name}imagealt")
            return {"cover": place.replace(" ", "%20"), "cover_alt": alt}
    return {}


def _meta(fields: Fields) -> dict[str, str]:
    """Take what search engines and other sites are told."""
    found = {name: fields.text(*names) for name, names in META.items()}
    robots = re.sub(r"\s", "", found["robots"] or "").lower()
    if fields.truth("noindex"):
        robots = robots or "noindex"
    found["robots"] = ROBOTS.get(robots, robots)
    return {name: value for name, value in found.items() if value}


def _is_published(fields: Fields) -> bool:
    """Say whether everybody may read it; what can be read neither as yes nor no is refused."""
    verdict = True
    for name, value in fields.take("draft", "private"):
        verdict = verdict and not _truth(name, value)
    for _, value in fields.take("status"):
        verdict = verdict and spelled(value).lower() not in UNPUBLISHED
    if fields.peek("published") is not None and moment(fields.peek("published")) is None:
        verdict = all([verdict, *(_truth(*field) for field in fields.take("published"))])
    return verdict


def _truth(name: str, value: object) -> bool:
    word = spelled(value).strip().lower()
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
            yield from (_tagspelled(item) for item in value if item not in (None, ""))
        elif isinstance(value, str) and name.lower().endswith("s"):
            yield from re.split(r"\s*,\s*" if "," in value else r"\s+", value.strip(" ,"))
        else:
            yield _tagspelled(value)


def _tagspelled(value: object) -> object:
    return value if isinstance(value, dict | list) else spelled(value)
