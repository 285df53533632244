"""Text is cleaned at the door."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.text import (
    MAX_BIGINT,
    MAX_SLUG_LENGTH,
    Email,
    WebAddress,
    as_id,
    clean_line,
    clean_text,
    line,
    make_slug,
    text,
)


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("  a title  ", "a title"),
        ("two\r\nlines", "two lines"),
        ("a\u2028b\x85c\td", "a b c d"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
    ids=["trimmed", "one line", "exotic breaks", "composed (NFC)", "joined emoji kept"],
)
def test_a_line_is_cleaned(given: str, cleaned: str) -> None:
    assert clean_line(given) == cleaned


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("one\r\ntwo\n", "one\ntwo"),
        ("\n  \n    code first\nthen words", "    code first\nthen words"),
        ("a line  \nand a break", "a line  \nand a break"),
    ],
    ids=["line ends", "indented code at the start survives", "Markdown's line break survives"],
)
def test_a_text_is_cleaned_without_harming_markdown(given: str, cleaned: str) -> None:
    assert clean_text(given) == cleaned


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f"])
def test_control_characters_are_refused(control: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        clean_text(f"before{control}after")


def _accepts(kind: Any, value: object) -> bool:  # noqa: ANN401 - it is a type
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("value", "accepted"),
    [("ab", True), (" ab ", True), ("abcde", True), ("a    ", False), ("     ", False),
     ("abcdef", False), ("a\ud800", False)],
)  # fmt: skip
@pytest.mark.parametrize("make_type", [line, text])
def test_lengths_count_what_is_left_after_cleaning(
    make_type: Callable[[int, int], object], value: str, accepted: bool
) -> None:
    assert _accepts(make_type(2, 5), value) is accepted


def test_composing_cannot_smuggle_in_a_text_that_is_too_long() -> None:
    grows_when_composed = "\ufb2c" * 5  # U+FB2C is excluded from composition: three code points
    assert not _accepts(line(1, 5), grows_when_composed)


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("anna@example.com", True),
        ("Anna.Liffey+blog@Example.COM", True),
        ("jos\u00e9@example.com", True),
        ("anna@galley.test", True),
        ("anna", False),
        ("anna@", False),
        ("@example.com", False),
        ("an na@example.com", False),
        ("anna@example.com\x00", False),
        (f"anna@{'a' * 250}.com", False),
    ],
)
def test_an_email_looks_like_one(address: str, accepted: bool) -> None:
    assert _accepts(Email, address) is accepted


def test_an_email_is_kept_as_typed() -> None:
    assert TypeAdapter(Email).validate_python("Anna@Example.COM") == "Anna@Example.COM"


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("https://example.com/me", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("ftp://example.com", False),
        ("https://", False),
        ("https:///path", False),
        ("https://exa mple.com", False),
        ("https://[not-an-address", False),
        ("example.com/me", False),
    ],
)
def test_a_web_address_is_http(address: str, accepted: bool) -> None:
    assert _accepts(WebAddress, address) is accepted


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Down the River", "down-the-river"),
        ("\u00dcber stra\u00dfe & caf\u00e9", "uber-strasse-cafe"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440", "privet-mir"),
        ("\u5317\u4eac", "bei-jing"),
        ("\U0001f600\U0001f680", ""),
        ("2026", "article-2026"),
        ("...", ""),
    ],
)
def test_a_slug_is_made_of_ascii_letters_digits_and_hyphens(words: str, slug: str) -> None:
    assert make_slug(words) == slug


def test_a_slug_ends_at_a_word() -> None:
    slug = make_slug("twelve-chars " * 20)
    assert len(slug) <= MAX_SLUG_LENGTH
    assert slug.endswith(("-chars", "-twelve"))


@pytest.mark.parametrize(
    ("ref", "expected"),
    [("7", 7), ("007", 7), ("9" * 300, MAX_BIGINT), ("anna", None), ("7a", None), ("\u0667", None),
     ("\u00b2", None), ("-1", None), ("", None)],
)  # fmt: skip
def test_only_plain_digits_are_an_id(ref: str, expected: int | None) -> None:
    assert as_id(ref) == expected
