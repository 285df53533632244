"""What a batch makes of an article's tags, and how it says which article it failed at."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.errors import GalleyError, Unauthenticated
from app.features.tags.schemas import without_repeats


@dataclass(frozen=True, slots=True)
class Seen:
    """An article as it was before anything was locked, and what the client calls it."""

    ref: str
    version: int
    tags: tuple[str, ...]
    authors: tuple[int, ...]


def with_tags(before: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the tags of an article after these have been added at the end."""
    return without_repeats([*before, *names])


def without_tags(before: Sequence[str], meant: Mapping[str, str]) -> list[str]:
    """Return the tags of an article without those that are named, whatever their case.

    A name that the article does not have may be the former name of a tag: `meant` says of which.
    """
    present = {name.casefold() for name in before}
    gone = {(name if name.casefold() in present else tag).casefold() for name, tag in meant.items()}
    return [name for name in before if name.casefold() not in gone]


@contextmanager
def named(ref: str) -> Iterator[None]:
    """Let what is refused in here say which article it is about."""
    try:
        yield
    except Unauthenticated:
        raise
    except GalleyError as error:
        error.detail = f"{error.detail}: {ref}"
        raise
