"""Places: languages, time zones, and addresses of a site or the web."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.places import LONGEST_LOCALE, Locale, Place, TimeZone

LOCALE, TIMEZONE = TypeAdapter[str](Locale), TypeAdapter[str](TimeZone)
PLACE = TypeAdapter[str](Place)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-gb", "en-GB"),
        ("PT-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("sr-latn", "sr-Latn"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
    ],
)
def test_a_language_is_written_in_its_usual_way(given: str, kept: str) -> None:
    assert LOCALE.validate_python(given) == kept
    assert LOCALE.validate_python(kept) == kept


@pytest.mark.parametrize(
    "given",
    ["", "e", "english", "en_GB.UTF-8", "en-", "-en", "en--GB", "e\u00f1", "en\x00", "en GB", "*",
     "xx-" + "a" * 40, "en-" + "x" * LONGEST_LOCALE, "../en", None, 7],
    ids=repr,
)  # fmt: skip
def test_what_is_no_language_tag_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        LOCALE.validate_python(given)


@pytest.mark.parametrize("given", ["UTC", "Europe/Dublin", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_has_its_name(given: str) -> None:
    assert TIMEZONE.validate_python(given) == given


@pytest.mark.parametrize(
    "given",
    ["", "Dublin", "europe/dublin", "../../etc/passwd", "/etc/localtime", "UTC\x00", "+01:00",
     "x" * 65, "\ud800", None],
    ids=repr,
)  # fmt: skip
def test_what_is_no_time_zone_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        TIMEZONE.validate_python(given)


@pytest.mark.parametrize(
    "given",
    ["/", "/images/river.jpg", "/images/river.jpg?w=100#top", "https://example.com",
     "http://example.com:8080/x", "https://ex\u00e4mple.com/x", "/" + "x" * 1999],
    ids=lambda given: given[:40],
)  # fmt: skip
def test_a_place_is_a_path_or_a_web_address(given: str) -> None:
    assert PLACE.validate_python(given) == given


@pytest.mark.parametrize(
    "given",
    ["", "river.jpg", "images/river.jpg", "//example.com/x", "/\\example.com", "\\\\example.com",
     "javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:alert(1)", "data:text/html,A",
     "ftp://example.com", "https://", "https:///x", "http://[", "https://example.com/a b", "/a b",
     "/a\x00", "/" + "x" * 2000, "mailto:anna@example.com", "#top", "?q", "/\t/example.com",
     "\ud800", None],
    ids=lambda given: repr(given)[:40],
)  # fmt: skip
def test_anything_else_is_no_place(given: object) -> None:
    with pytest.raises(ValidationError):
        PLACE.validate_python(given)
