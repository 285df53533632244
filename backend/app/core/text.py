"""Text is cleaned at the door: bounded, trimmed, composed (NFC), without control characters."""

import re
import unicodedata
from typing import Annotated, Any
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field
from slugify import slugify

MAX_BIGINT = 2**63 - 1
MAX_SLUG_LENGTH = 100

_BLANK_LINES_AT_START = re.compile(r"\A(?:[^\S\n]*\n)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAKS = re.compile(r"[\r\n\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def clean_text(value: str) -> str:
    """Return text of many lines, cleaned; raise ValueError for what no text has a use for."""
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    composed = unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
    return _BLANK_LINES_AT_START.sub("", composed).rstrip()


def clean_line(value: str) -> str:
    """Return text of one line, cleaned; a line break becomes a space."""
    return clean_text(_LINE_BREAKS.sub(" ", value)).strip()


class _Bounds:
    """Check the length once more, because cleaning and composing change it."""

    def __init__(self, shortest: int, longest: int) -> None:
        self.shortest = shortest
        self.longest = longest

    def __call__(self, value: str) -> str:
        if len(value) < self.shortest:
            raise ValueError(
                f"needs {self.shortest} or more characters besides white space around it"
            )
        if len(value) > self.longest:
            raise ValueError(f"has room for {self.longest} characters at the most")
        return value


def _cleaned(cleaner: Any, shortest: int, longest: int) -> Any:  # noqa: ANN401 - it makes a type
    limits = Field(
        min_length=shortest,
        max_length=longest,
        json_schema_extra={"pattern": r"\S"} if shortest else {},
    )
    bounds = AfterValidator(_Bounds(shortest, longest))
    return Annotated[str, limits, AfterValidator(cleaner), bounds]


def line(shortest: int, longest: int) -> Any:  # noqa: ANN401 - it makes a type
    """Make the type of one line with `shortest` to `longest` characters."""
    return _cleaned(clean_line, shortest, longest)


def text(shortest: int, longest: int) -> Any:  # noqa: ANN401 - it makes a type
    """Make the type of a text with `shortest` to `longest` characters."""
    return _cleaned(clean_text, shortest, longest)


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


def make_slug(words: str) -> str:
    """Return `words` as an address: ASCII letters, digits and hyphens, never only digits, or ''."""
    slug = slugify(words, max_length=MAX_SLUG_LENGTH, word_boundary=True)
    return f"article-{slug}" if slug.isdigit() else slug


def as_id(ref: str) -> int | None:
    """Return the id that a path's `ref` is, or None when it is a slug or a username."""
    if ref.isascii() and ref.isdigit():
        return min(int(ref[:20]), MAX_BIGINT)
    return None
