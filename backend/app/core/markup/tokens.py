"""Clean markup as a list of tags and texts, for the steps that finish a page."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape, unescape
from typing import NamedTuple

_TOKEN = re.compile(r"(<(/?)([a-z][a-z0-9]*)[^<>]*>|[^<]+)")
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


class Token(NamedTuple):
    """A start tag, an end tag, or a text (which has no name), as it stands in the markup."""

    source: str
    name: str = ""
    closing: bool = False

    @property
    def opening(self) -> bool:
        return bool(self.name) and not self.closing

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


def read_tokens(markup: str) -> list[Token]:
    """Return the tags and texts of what `Cleaner.clean` returned."""
    return [Token(source, name, bool(slash)) for source, slash, name in _TOKEN.findall(markup)]


def start(name: str, attributes: Mapping[str, str]) -> Token:
    """Make a start tag."""
    written = (f' {key}="{escape(value)}"' for key, value in attributes.items())
    return Token(f"<{name}{''.join(written)}>", name)


def end(name: str) -> Token:
    """Make an end tag."""
    return Token(f"</{name}>", name, closing=True)


def text(words: str) -> Token:
    """Make a text."""
    return Token(escape(words, quote=False))


def without(tokens: Iterable[Token], unwanted: Callable[[Token], bool]) -> Iterator[Token]:
    """Leave out the elements that begin with an unwanted start tag (of no void element)."""
    name, depth = "", 0
    for token in tokens:
        if depth:
            depth += (token.name == name) * (-1 if token.closing else 1)
        elif token.opening and unwanted(token):
            name, depth = token.name, 1
        else:
            yield token
