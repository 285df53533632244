"""What can go wrong, said without HTTP."""

import inspect

import pytest

from app.core import errors
from app.core.allowance import Allowance
from app.core.errors import GalleyError, Invalid, NotFound, TooMany, Unavailable

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, GalleyError)
]


def _one(kind: type[GalleyError]) -> GalleyError:
    return TooMany(retry_after=1) if kind is TooMany else kind()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_code_for_programs_and_words_for_people(kind: type[GalleyError]) -> None:
    error = _one(kind)
    assert error.code.replace("_", "").islower()
    assert str(error) == error.detail != ""


@pytest.mark.parametrize("kind", KINDS)
def test_the_tree_in_the_docstring_shows_every_kind(kind: type[GalleyError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_no_two_kinds_have_the_same_code() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


def test_one_case_may_have_words_and_a_code_of_its_own() -> None:
    error = NotFound("No such page", code="no_page")
    assert (str(error), error.code) == ("No such page", "no_page")
    assert NotFound().code == "not_found"


def test_some_kinds_say_more() -> None:
    assert Invalid(field="title").field == "title"
    assert Unavailable(retry_after=7).retry_after == 7


def test_too_many_says_when_to_come_back_and_what_is_left() -> None:
    allowance = Allowance("sign-in", quota=10, window=900, remaining=0, reset=61)
    error = TooMany(retry_after=61, allowance=allowance)
    assert (error.retry_after, error.allowance) == (61, allowance)
    assert TooMany(retry_after=1).allowance is None
