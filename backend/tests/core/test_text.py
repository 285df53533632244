"""Text is cleaned at the door."""

import unicodedata
from time import process_time
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.text import (
    MAX_BIGINT,
    MAX_SLUG_LENGTH,
    MOST_MARKS,
    Email,
    Line,
    Ref,
    Slug,
    Text,
    WebAddress,
    as_id,
    clean_line,
    clean_text,
    make_slug,
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


@pytest.mark.parametrize(
    "tower",
    ["\u0301\u0316" * 15, "\u0f73" * 15, "\u0344" * 15],
    ids=["marks", "Tibetan pairs of marks that do not count as marks", "pairs of marks"],
)
def test_thirty_combining_marks_in_a_row_are_enough(tower: str) -> None:
    assert clean_text(f"a{tower}b{tower}")
    with pytest.raises(ValueError, match=f"more than {MOST_MARKS} combining marks"):
        clean_text(f"a{tower}\u0301")


def test_towers_of_marks_are_refused_in_linear_time() -> None:
    begun = process_time()
    for marks in ("\u0301\u0316", "\u0f73", "\u0f75", "\u0f81"):
        with pytest.raises(ValueError, match="combining marks"):
            clean_text("a" + marks * 100_000)
    assert process_time() - begun < 2  # Seconds; composing even one of them takes far more.


def test_no_other_character_hides_combining_marks() -> None:
    """A character that counts as no mark, but falls apart into marks, would evade the limit."""
    decomposed = {chr(code): unicodedata.normalize("NFD", chr(code)) for code in range(0x110000)}
    hidden = {
        character
        for character, parts in decomposed.items()
        if unicodedata.combining(parts[0]) and not unicodedata.combining(character)
    }
    assert hidden == {"\u0f73", "\u0f75", "\u0f81"}


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
@pytest.mark.parametrize("kind", [Annotated[str, Line(2, 5)], Annotated[str, Text(2, 5)]])
def test_lengths_count_what_is_left_after_cleaning(
    kind: object, value: str, accepted: bool
) -> None:
    assert _accepts(kind, value) is accepted


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "string_too_short"), ("abcdef", "string_too_long"), ("    ", "value_error"),
     (7, "string_type")],
)  # fmt: skip
def test_what_is_wrong_with_a_length_has_a_code(value: object, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(Annotated[str, Line(2, 5)]).validate_python(value)
    assert [error["type"] for error in refusal.value.errors()] == [code]


def test_lengths_are_described() -> None:
    described = {"type": "string", "minLength": 1, "maxLength": 5, "pattern": r"\S"}
    assert TypeAdapter(Annotated[str, Line(1, 5)]).json_schema() == described
    described = {"type": "string", "minLength": 0, "maxLength": 5}
    assert TypeAdapter(Annotated[str, Text(0, 5)]).json_schema() == described


def test_composing_cannot_smuggle_in_a_text_that_is_too_long() -> None:
    grows_when_composed = "\ufb2c" * 5  # U+FB2C is excluded from composition: three code points
    assert not _accepts(Annotated[str, Line(1, 5)], grows_when_composed)


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


@pytest.mark.parametrize("slug", ["a", "2026-a", "x" * MAX_SLUG_LENGTH])
def test_a_slug_can_be_chosen(slug: str) -> None:
    assert TypeAdapter(Slug).validate_python(slug) == slug


@pytest.mark.parametrize(
    "slug", ["", "2026", "A", "a_b", "-a", "a-", "a--b", "\u00e9", "x" * (MAX_SLUG_LENGTH + 1)]
)
def test_what_is_no_slug_cannot_be_chosen(slug: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Slug).validate_python(slug)


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


@pytest.mark.parametrize(
    ("given", "kept"), [(7, "7"), ("7", "7"), (" down-the-river ", "down-the-river")]
)
def test_a_reference_is_an_id_or_a_name(given: object, kept: str) -> None:
    assert TypeAdapter(Ref).validate_python(given, strict=True) == kept


@pytest.mark.parametrize("given", [0, -1, 2**63, True, 7.0, None, "", " ", "x" * 201])
def test_no_reference_is_anything_else(given: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Ref).validate_python(given, strict=True)
