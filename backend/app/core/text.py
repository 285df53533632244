"""Text is cleaned at the door: bounded, trimmed, composed (NFC), without control characters."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from slugify import slugify

MAX_BIGINT = 2**63 - 1
MAX_SLUG_LENGTH = 100
MOST_MARKS = 30
ROOM_FOR_A_NUMBER = 10

_BLANK_LINES_AT_START = re.compile(r"\A(?:[^\S\n]*\n)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAKS = re.compile(r"[\r\n\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_TOO_MANY_MARKS = re.compile(rb"[^\x00]{%d}" % (MOST_MARKS + 1))

# The only characters that fall apart into nothing but combining marks; the last three do not count
# as marks themselves.
_MARKS_OF_MARKS = {
    mark: unicodedata.normalize("NFD", mark) for mark in ("\u0344", "\u0f73", "\u0f75", "\u0f81")
}


def _refuse_towers_of_marks(value: str) -> None:
    """Raise ValueError for more than 30 combining marks in a row, in linear time.

    No language needs more: it is the limit of the Stream-Safe Text Format (UAX #15, section 13).
    CPython sorts each such row in quadratic time when it normalises.
    """
    if value.isascii():
        return
    for mark, parts in _MARKS_OF_MARKS.items():
        value = value.replace(mark, parts)
    combining_classes = bytes(map(unicodedata.combining, value))  # 0 is no mark, 254 the last
    if _TOO_MANY_MARKS.search(combining_classes):
        raise ValueError(f"must not contain more than {MOST_MARKS} combining marks in a row")


def clean_text(value: str) -> str:
    """Return text of many lines, cleaned; raise ValueError for what no text has a use for."""
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    _refuse_towers_of_marks(value)
    composed = unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
    return _BLANK_LINES_AT_START.sub("", composed).rstrip()


def clean_line(value: str) -> str:
    """Return text of one line, cleaned; a line break becomes a space."""
    return clean_text(_LINE_BREAKS.sub(" ", value)).strip()


@dataclass(frozen=True, slots=True)
class Text:
    """Make a type of text with `shortest` to `longest` characters: `Annotated[str, Text(1, 9)]`."""

    shortest: int
    longest: int

    clean = staticmethod(clean_text)

    def __get_pydantic_core_schema__(self, source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        """Have Pydantic check the length, and then clean."""
        limits = core_schema.str_schema(min_length=self.shortest, max_length=self.longest)
        return core_schema.no_info_after_validator_function(self._cleaned, limits)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Tell clients the length, and that white space alone is nothing."""
        return handler(schema) | ({"pattern": r"\S"} if self.shortest else {})

    def _cleaned(self, value: str) -> str:
        """Clean, and check the length once more, because cleaning and composing change it."""
        cleaned = self.clean(value)
        if len(cleaned) < self.shortest:
            raise ValueError(
                f"needs {self.shortest} or more characters besides white space around it"
            )
        if len(cleaned) > self.longest:
            raise ValueError(f"has room for {self.longest} characters at the most")
        return cleaned


class Line(Text):
    """Make a type of one line with `shortest` to `longest` characters."""

    __slots__ = ()

    clean = staticmethod(clean_line)


def _id_as_text(value: object) -> object:
    """Return an id as a path would have it; raise ValueError for a number that is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if not 1 <= value <= MAX_BIGINT:
        raise ValueError("is no id")
    return str(value)


# What a body calls something that there is: its id, as a number or as text, its slug or its name.
Ref = Annotated[
    str,
    Line(1, 200),
    BeforeValidator(
        _id_as_text,
        json_schema_input_type=Annotated[int, Field(ge=1, le=MAX_BIGINT)]
        | Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")],
    ),
]


def _email(value: str) -> str:
    try:
        validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError("must be an e-mail address, such as name@example.com") from None
    return value


Email = Annotated[
    str,
    Field(min_length=3, max_length=254, json_schema_extra={"format": "email"}),
    AfterValidator(clean_line),
    AfterValidator(_email),
]


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and " " not in value
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be a web address, such as https://example.com/me")
    return value


WebAddress = Annotated[
    str,
    Field(min_length=8, max_length=2000, json_schema_extra={"format": "uri"}),
    AfterValidator(clean_line),
    AfterValidator(_web_address),
]


def _is_no_id(slug: str) -> str:
    if slug.isdigit():
        raise ValueError("must not be only digits, because those are ids")
    return slug


Slug = Annotated[
    str,
    Field(min_length=1, max_length=MAX_SLUG_LENGTH, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$"),
    AfterValidator(_is_no_id),
]


def make_slug(words: str) -> str:
    """Return `words` as an address: ASCII letters, digits and hyphens, never only digits, or ''."""
    slug = slugify(words, max_length=MAX_SLUG_LENGTH, word_boundary=True)
    return f"article-{slug}" if slug.isdigit() else slug


def numbered_stem(slug: str) -> str:
    """Return a slug with room for a number, or something else of nine characters, behind it."""
    return slug[: MAX_SLUG_LENGTH - ROOM_FOR_A_NUMBER].rstrip("-")


def as_id(ref: str) -> int | None:
    """Return the id that a path's `ref` is, or None when it is a slug or a username."""
    if ref.isascii() and ref.isdigit():
        return min(int(ref[:20]), MAX_BIGINT)
    return None
