"""What differs between two texts: exact to the last character, readable, and bounded in work."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.features.history.rules import ENOUGH_EFFORT, Effort, compare_texts, is_crumb
from app.features.history.schemas import Op, TextChange

NAMES = ("before", "after")
LONGEST = 200_000

# Few characters, so that much is equal, much is repeated, and much is moved.
texts = st.text(st.sampled_from("ab \n,é水\u0301"), max_size=60)
lines = st.lists(st.sampled_from(["a\n", "b\n", "a b\n", "\n", "c"]), max_size=40).map("".join)
anytime = settings(deadline=None, derandomize=True, database=None)
efforts = st.sampled_from([0, 50, 200, 1000, ENOUGH_EFFORT])


def compare(before: str, after: str, effort: int = ENOUGH_EFFORT) -> TextChange:
    return compare_texts(before, after, NAMES, Effort(effort))


def side(change: TextChange, besides: Op) -> str:
    return "".join(piece.text for piece in change.words if piece.op != besides)


def told(change: TextChange) -> str:
    """Return the pieces in a line: [-deleted-]{+inserted+}equal."""
    form = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}
    return "".join(form[piece.op].format(piece.text) for piece in change.words)


def patched(before: str, unified: str) -> str:
    """Do what patch(1) does with a unified difference."""
    old, new, place, last = before.splitlines(keepends=True), list[str](), 0, ""
    for line in unified.splitlines(keepends=True)[2:]:
        mark, text = line[0], line[1:]
        if mark == "@":
            start, length = map(int, line.split()[1].removeprefix("-").split(","))
            first = start - (length > 0)
            new, place = new + old[place:first], first
        elif mark == "\\":
            new[-1:] = [new[-1].removesuffix("\n")] if last in " +" else new[-1:]
        else:
            assert mark == "+" or old[place].rstrip("\n") == text.rstrip("\n")
            place += mark in " -"
            new += [text] * (mark in " +")
        last = mark
    return "".join(new + old[place:])


@anytime
@given(st.one_of(st.tuples(texts, texts), st.tuples(lines, lines)), efforts)
def test_pieces_make_up_both_texts_exactly(both: tuple[str, str], effort: int) -> None:
    before, after = both
    change = compare(before, after, effort)
    assert side(change, besides="insert") == before
    assert side(change, besides="delete") == after


@anytime
@given(st.one_of(st.tuples(texts, texts), st.tuples(lines, lines)), efforts)
def test_pieces_are_as_few_as_they_can_be(both: tuple[str, str], effort: int) -> None:
    change = compare(*both, effort)
    ops = [piece.op for piece in change.words]
    assert all(piece.text for piece in change.words)
    for first, second in pairwise(ops):
        assert (first, second) in {
            ("equal", "delete"), ("equal", "insert"), ("delete", "insert"), ("delete", "equal"),
            ("insert", "equal"),
        }  # fmt: skip


@anytime
@given(st.tuples(lines, lines), efforts)
def test_a_unified_difference_can_be_patched_with(both: tuple[str, str], effort: int) -> None:
    before, after = both
    unified = compare(before, after, effort).unified
    assert patched(before, unified) == after
    assert (unified == "") == (before == after)


@anytime
@given(lines, st.integers(0, 40), st.integers(0, 40))
def test_enough_effort_finds_the_shortest_edit_of_lines(text: str, start: int, length: int) -> None:
    """Lines that were only taken out are all that is said to be deleted."""
    kept = text.splitlines(keepends=True)
    del kept[start : start + length]
    change = compare(text, "".join(kept))
    assert change.stats.inserted == 0
    assert {piece.op for piece in change.words} <= {"equal", "delete"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ""),
        ("Same.", "Same.", "Same."),
        ("", "New.", "{+New.+}"),
        ("Old.", "", "[-Old.-]"),
        ("We set out.", "They set out.", "[-We-]{+They+} set out."),
        ("We set out.", "We set out early.", "We set out{+ early+}."),
        ("at *five* o'clock", "at *six* o'clock", "at *[-five-]{+six+}* o'clock"),
        ("an old red boat", "a new blue boat", "[-an old red-]{+a new blue+} boat"),
        (
            "rivers, lakes and ponds",
            "seas, bays and ponds",
            "[-rivers, lakes-]{+seas, bays+} and ponds",
        ),
        ("我们五点出发", "我们六点出发", "我们[-五-]{+六+}点出发"),
        ("नदी के किनारे", "नदी का किनारे", "नदी [-के-]{+का+} किनारे"),
        ("A\n\nB\n\nC", "A\n\nC", "A\n\n[-B\n\n-]C"),
        ("One.\nTwo.\nThree.", "One.\nTwo!\nThree.", "One.\nTwo[-.-]{+!+}\nThree."),
        ("tail", "tail\n", "tail{+\n+}"),
    ],
)
def test_a_difference_reads_like_what_an_editor_did(before: str, after: str, expected: str) -> None:
    assert told(compare(before, after)) == expected


def test_words_are_counted() -> None:
    stats = compare("We set out at five.", "We left at six, or seven.").stats
    assert (stats.deleted, stats.inserted) == (3, 4)


def test_a_unified_difference_shows_three_lines_around_each_change() -> None:
    before = [f"{number}\n" for number in range(1, 31)]
    after = [*before[:4], "five\n", *before[5:15], "new\n", *before[15:29], "30"]
    assert compare("".join(before), "".join(after)).unified == (
        "--- before\n+++ after\n"
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        "@@ -13,6 +13,7 @@\n 13\n 14\n 15\n+new\n 16\n 17\n 18\n"
        "@@ -27,4 +28,4 @@\n 27\n 28\n 29\n-30\n+30\n\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [(" ", True), (", ", True), ("...", True), ("....", False), ("\n", False), ("a", False)],
)
def test_a_crumb_is_no_agreement(text: str, expected: bool) -> None:
    assert is_crumb(text) is expected


def _shuffled(tokens: Sequence[str], separator: str, seed: int = 1) -> str:
    return separator.join(random.Random(seed).sample(tokens, len(tokens)))[:LONGEST]


def _drawn(tokens: str, separator: str, seed: int) -> str:
    return separator.join(random.Random(seed).choices(tokens, k=LONGEST))[:LONGEST]


UNIQUE = [chr(0x10000 + number) for number in range(LONGEST // 2)]
HOSTILE = {
    "two words, as often as one likes": (_drawn("ab", " ", 1), _drawn("ab", " ", 2)),
    "two lines, likewise": (_drawn("ab", "\n", 1), _drawn("ab", "\n", 2)),
    "nothing but punctuation": (_drawn("!?.,", "", 1), _drawn("!?.,", "", 2)),
    "every line once, in another order": ("\n".join(UNIQUE), _shuffled(UNIQUE, "\n")),
    "every word once, in another order": (" ".join(UNIQUE), _shuffled(UNIQUE, " ")),
    "every other line gone": ("\n".join(UNIQUE), "\n".join(UNIQUE[::2])),
    "every other line another": (
        "\n".join(UNIQUE),
        "\n".join(c * (i % 2) for i, c in enumerate(UNIQUE)),
    ),
    "one line, often": ("a\n" * (LONGEST // 2), "a\n\n" * (LONGEST // 3)),
    "blank": ("\n" * LONGEST, " " * LONGEST),
}


@pytest.mark.parametrize("both", HOSTILE.values(), ids=HOSTILE)
def test_the_worst_texts_are_compared_with_bounded_effort(both: tuple[str, str]) -> None:
    """The effort may be overdrawn by one last look at each diagonal, and no more."""
    before, after = both
    effort = Effort()
    change = compare_texts(before, after, NAMES, effort)
    assert effort.left > -len(UNIQUE)
    assert side(change, besides="insert") == before
    assert side(change, besides="delete") == after


def test_texts_with_little_in_common_say_that_they_were_compared_coarsely() -> None:
    before, after = HOSTILE["two words, as often as one likes"]
    assert compare(before, after).is_coarse


def test_a_book_with_a_thousand_corrections_is_compared_finely() -> None:
    words = [f"word{number % 3000}" + "\n" * (number % 60 == 0) for number in range(25_000)]
    corrected = [f"{word}!" if number % 25 == 0 else word for number, word in enumerate(words)]
    change = compare(" ".join(words), " ".join(corrected))
    assert not change.is_coarse
    assert sum(piece.op == "insert" for piece in change.words) == 1000
