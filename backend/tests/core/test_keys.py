"""What a key looks like, so that people, scanners and we know one when we see it."""

import re
import zlib
from itertools import pairwise

import pytest

from app.core.keys import beginning_of, is_key, make_key

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits.rjust(6, "0")


def test_it_says_whose_it_is_and_ends_in_a_checksum() -> None:
    for _ in range(200):
        key = make_key()
        assert re.fullmatch(r"gly_[0-9A-Za-z]{36}", key)
        assert key[-6:] == base62(zlib.crc32(key[:-6].encode()))
        assert is_key(key)


def test_no_two_are_alike() -> None:
    assert len({make_key() for _ in range(2_000)}) == 2_000


def test_it_has_more_than_160_random_bits_whatever_of_it_is_shown() -> None:
    key = make_key()
    random = len(key) - len("gly_") - 6
    assert 62**random > 2**160
    assert len(beginning_of(key)) == 10
    assert 62 ** (random - 6) > 2**128
    assert key.startswith(beginning_of(key))


def test_a_slip_of_the_pen_is_noticed() -> None:
    key = make_key()
    for place, letter in enumerate(key):
        other = "x" if letter != "x" else "y"
        assert not is_key(key[:place] + other + key[place + 1 :])
        assert not is_key(key[:place] + key[place + 1 :])
    swapped = [
        key[:place] + second + first + key[place + 2 :]
        for place, (first, second) in enumerate(pairwise(key))
        if first != second
    ]
    assert not any(is_key(each) for each in swapped)


@pytest.mark.parametrize(
    "text",
    ["", "gly_", "gly_" + "0" * 36, "gly_" + "é" * 36, "gly_" + "x" * 10_000, "GLY_" + "0" * 36],
    ids=lambda text: text[:8] + str(len(text)),
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_key(text)


@pytest.mark.parametrize("around", ["{} ", " {}", "{}\n", "{}\x00", "{}0"])
def test_nothing_stands_around_it(around: str) -> None:
    assert not is_key(around.format(make_key()))
