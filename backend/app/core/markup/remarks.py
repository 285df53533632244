"""Remarks: what readers write below a page, which may hold a small part of what a page may.

Paragraphs, emphasis, links, lists, quotes and code; no heading, picture, table, player or HTML. It
is cleaned by the one policy, and then narrowed to this.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from pyromark import Markdown

from app.core.markup.addresses import Hosts
from app.core.markup.policy import HEADINGS
from app.core.markup.tokens import Token, end, read_tokens, start, text

MOST_NAMES = 10

_TAGS = frozenset({
    "a", "blockquote", "br", "code", "del", "em", "li", "ol", "p", "pre", "strong", "ul",
})  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}
_CODE = frozenset({"code", "pre"})
_HTML = ("Html", "InlineHtml")

# A name ends with no dot or hyphen: that is the sentence's.
_NAME = re.compile(r"(?<![\w@./:-])@([A-Za-z0-9._-]{1,49}[A-Za-z0-9_])(?![\w@])")


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark as it is shown, its plain text, and how many links it has."""

    html: str
    text: str
    links: int


def without_html(content: str, markdown: Markdown) -> str:
    """Return a Markdown text with its tags as words: each `<` that would begin one is escaped."""
    written, at = content.encode(), 0
    pieces = []
    for event, place in markdown.events_with_range(content):
        if isinstance(event, dict) and any(kind in event for kind in _HTML):
            html = written[place["start"] : place["end"]]
            pieces += [written[at : place["start"]], html.replace(b"<", rb"\<")]
            at = place["end"]
    return b"".join([*pieces, written[at:]]).decode()


def narrow(tokens: Iterable[Token]) -> Iterator[Token]:
    """Leave out what a remark may not hold, but not its words; a heading becomes a paragraph."""
    for token in tokens:
        if token.name == "img":
            yield text(token.get("alt") or "")
        elif token.name in HEADINGS:
            yield end("p") if token.closing else start("p", {})
        elif not token.name or (token.closing and token.name in _TAGS):
            yield token
        elif token.name in _TAGS:
            kept = _ATTRIBUTES.get(token.name, ())
            yield start(token.name, {k: of for k, of in token.attributes.items() if k in kept})


def disown(tokens: Iterable[Token], hosts: Hosts) -> Iterator[Token]:
    """Say of every link that not the site has set it, and that it earns no rank (`nofollow`)."""
    for token in tokens:
        address = token.get("href") if token.name == "a" else None
        if address is None:
            yield token
        else:
            rel = (
                "noopener noreferrer nofollow ugc" if hosts.is_foreign(address) else "nofollow ugc"
            )
            yield start("a", token.attributes | {"rel": rel})


def count_links(tokens: Iterable[Token]) -> int:
    """Count the links of a remark."""
    return sum(1 for token in tokens if token.name == "a" and token.get("href") is not None)


def names_in(html: str) -> list[str]:
    """Return the first ten names that a remark's words mention as `@name`, each once; no code's."""
    names: dict[str, str] = {}
    for words in _words(read_tokens(html)):
        for name in _NAME.findall(words):
            names.setdefault(name.lower(), name)
    return list(names.values())[:MOST_NAMES]


def _words(tokens: Iterable[Token]) -> Iterator[str]:
    depth = 0
    for token in tokens:
        if token.name in _CODE:
            depth += -1 if token.closing else 1
        elif not token.name and not depth:
            yield unescape(token.source)
