"""Clean markup, for the steps that finish a page.

In it, `<` and `>` stand only where a tag begins and ends, and all is well nested. So a regular
expression finds the few tags or elements that concern a step, and the rest of the page is copied.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape, unescape
from typing import NamedTuple

_TOKEN = re.compile(r"(<(/?)([a-z0-9]*)[^<>]*>|[^<]+)")
_PIECE = re.compile(r"<[^<>]*>|[^<]+")
_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


class Token(NamedTuple):
    """A start tag, an end tag (`closing` is its slash), or a text (which has no name)."""

    source: str
    closing: str = ""
    name: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes of a start tag, with character references resolved."""
        return {name: unescape(value) for name, value in _ATTRIBUTE.findall(self.source)}

    def get(self, name: str) -> str | None:
        """Return one attribute of a start tag, or None."""
        may_have = self.name and not self.closing and f' {name}="' in self.source
        return self.attributes.get(name) if may_have else None

    def classes(self) -> list[str]:
        """Return the classes of a start tag."""
        return (self.get("class") or "").split()


# What stands, until the page is done, for a tag that is left out; so no two texts become one there.
GAP = Token("<>")
GAPS = f"(?:{GAP.source})*+"


class StartTags:
    """The start tags of some names, or all those that have some words in them."""

    def __init__(self, *names: str, having: str = "") -> None:
        """Take either the names, or the words as they stand in the markup."""
        name = "|".join(names) or "[a-z0-9]+"
        self._having = having
        self._tags = re.compile(rf"<({name})(?=[ >])[^<>]*{having}[^<>]*>")

    def rewrite(self, markup: str, change: Callable[[Token], Token]) -> str:
        """Return the markup with each of the tags changed."""
        if self._having not in markup:
            return markup
        return self._tags.sub(lambda tag: change(Token(tag[0], name=tag[1])).source, markup)

    def find(self, markup: str) -> Iterator[Token]:
        """Return the tags."""
        return (Token(tag[0], name=tag[1]) for tag in self._tags.finditer(markup))


class Elements:
    """The elements of some names (of no void element); of these, only some by their start tags."""

    def __init__(self, *names: str, where: Callable[[Token], bool] = lambda _: True) -> None:
        """Take the names, and what says of a start tag whether its element is one of them."""
        self._tags = re.compile(rf"(<(/?)({'|'.join(names)})(?=[ >])[^<>]*>)")
        self._where = where

    def cut(self, markup: str) -> Iterator[tuple[str, Token | None]]:
        """Cut the markup around the outermost of them, and give each its start tag."""
        at = depth = 0
        first: Token | None = None
        for tag in self._tags.finditer(markup):
            token = Token(*tag.groups())
            if first:
                depth += -1 if token.closing else 1
                if not depth:
                    yield markup[at : tag.end()], first
                    at, first = tag.end(), None
            elif not token.closing and self._where(token):
                yield markup[at : tag.start()], None
                at, first, depth = tag.start(), token, 1
        yield markup[at:], None

    def leave_out(self, markup: str) -> Iterator[str]:
        """Return the pieces around them."""
        return (piece for piece, tag in self.cut(markup) if tag is None)


def read_tokens(markup: str) -> Iterator[Token]:
    """Read the tags and texts, one after the other."""
    return map(Token._make, _TOKEN.findall(markup))


def write(tokens: Iterable[Token]) -> str:
    """Return the markup that they are."""
    return "".join([token.source for token in tokens])


def split(markup: str) -> list[str]:
    """Return the tags and texts, as they stand in the markup."""
    return _PIECE.findall(markup)


def texts(markup: str) -> list[str]:
    """Return what stands between the tags."""
    return _TAG.split(markup)


def without_tags(markup: str) -> str:
    """Return the texts of the markup, as they stand in it."""
    return _TAG.sub("", markup)


def close_gaps(markup: str) -> str:
    """Return the page done, without what stands for the tags that were left out."""
    return markup.replace(GAP.source, "")


def start(name: str, attributes: Mapping[str, str]) -> Token:
    """Make a start tag."""
    written = [f' {key}="{escape(value)}"' for key, value in attributes.items()]
    return Token(f"<{name}{''.join(written)}>", name=name)


def end(name: str) -> Token:
    """Make an end tag."""
    return Token(f"</{name}>", "/", name)


def text(words: str) -> Token:
    """Make a text."""
    return Token(escape(words, quote=False))
