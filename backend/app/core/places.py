"""Where and in what language: locales (BCP 47), time zones (IANA), and paths of a site."""

from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import langcodes
from pydantic import AfterValidator, Field

from app.core.text import clean_line

LONGEST_LOCALE = 35  # RFC 5646, section 4.4.1


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def clean_locale(value: str) -> str:
    """Return a language tag (RFC 5646) in its usual spelling; raise ValueError for none."""
    if not value.isascii() or len(value) > LONGEST_LOCALE or not langcodes.tag_is_valid(value):
        raise ValueError("must be a language tag, such as en or pt-BR")
    return langcodes.standardize_tag(value)


def clean_timezone(value: str) -> str:
    """Return the name of a time zone; raise ValueError for what IANA's database does not have."""
    if value not in _timezones():
        raise ValueError("must be the name of a time zone, such as Europe/Dublin")
    return str(ZoneInfo(value))


def check_place(value: str) -> str:
    """Return a web address or a path of the site; raise ValueError for anything else."""
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    is_path = value.startswith("/") and not value.startswith(("//", "/\\"))
    if not (is_address or is_path) or " " in value:
        raise ValueError("must be a web address or a path of the site, such as /images/river.jpg")
    return value


Locale = Annotated[
    str, Field(min_length=2, max_length=LONGEST_LOCALE), AfterValidator(clean_locale)
]
TimeZone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(clean_timezone)]
Place = Annotated[
    str,
    Field(min_length=1, max_length=2000),
    AfterValidator(clean_line),
    AfterValidator(check_place),
]
