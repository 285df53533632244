"""Remarks: what readers write below a page, which may hold a small part of what a page may.

Paragraphs, emphasis, links, lists, quotes and code; no heading, picture, table, player or HTML. It
is cleaned by the one policy, and then narrowed to this.
"""

import re
from dataclasses import dataclass
from html import unescape

from pyromark import Markdown

from app.core.markup.addresses import Hosts
from app.core.markup.policy import HEADINGS
from app.core.markup.tokens import (
    GAP,
    Elements,
    StartTags,
    Token,
    end,
    read_tokens,
    start,
    text,
    texts,
    write,
)

MOST_NAMES = 10

_TAGS = frozenset({
    "a", "blockquote", "br", "code", "del", "em", "li", "ol", "p", "pre", "strong", "ul",
})  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}
_CODE = Elements("code", "pre")
_LINK = StartTags("a")
_HTML = ("Html", "InlineHtml")
# One that a backslash stands before is escaped already, as soon as it is a word.
_BARE = re.compile(rb"(?<!\\)((?:\\\\)*)<")

# A name ends with no dot or hyphen: that is the sentence's.
_NAME = re.compile(r"(?<![\w@./:-])@([A-Za-z0-9._-]{1,49}[A-Za-z0-9_])(?![\w@])")


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark as it is shown, its plain text, and how many links it has."""

    html: str
    text: str
    links: int


def without_html(content: str, markdown: Markdown) -> str:
    """Return a Markdown text with its tags as words: each `<` that would begin one is escaped.

    Markdown may read the rest in another way then. Where that has tags again, no `<` is left.
    """
    if "<" not in content:
        return content
    escaped = _escaped(content, markdown)
    if escaped == content or _escaped(escaped, markdown) == escaped:
        return escaped
    return content.replace("<", "&lt;")


def _escaped(content: str, markdown: Markdown) -> str:
    written, at = content.encode(), 0
    pieces = []
    for event, place in markdown.events_with_range(content):
        if isinstance(event, dict) and any(kind in event for kind in _HTML):
            html = written[place["start"] : place["end"]]
            pieces += [written[at : place["start"]], _BARE.sub(rb"\1\\<", html)]
            at = place["end"]
    return b"".join([*pieces, written[at:]]).decode()


def narrow(markup: str) -> str:
    """Leave out what a remark may not hold, but not its words; a heading becomes a paragraph."""
    return write(map(_narrowed, read_tokens(markup)))


def _narrowed(token: Token) -> Token:
    if token.name == "img":
        return Token(f"{GAP.source}{text(token.get('alt') or '').source}{GAP.source}")
    if token.name in HEADINGS:
        return end("p") if token.closing else start("p", {})
    if not token.name or (token.closing and token.name in _TAGS):
        return token
    if token.name not in _TAGS:
        return GAP
    kept = _ATTRIBUTES.get(token.name, ())
    return start(token.name, {k: of for k, of in token.attributes.items() if k in kept})


def disown(markup: str, hosts: Hosts) -> str:
    """Say of every link that not the site has set it, and that it earns no rank (`nofollow`)."""

    def disowned(link: Token) -> Token:
        address = link.get("href")
        if address is None:
            return link
        rel = "noopener noreferrer nofollow ugc" if hosts.is_foreign(address) else "nofollow ugc"
        return start("a", link.attributes | {"rel": rel})

    return _LINK.rewrite(markup, disowned)


def count_links(markup: str) -> int:
    """Count the links of a remark."""
    return sum(1 for link in _LINK.find(markup) if link.get("href") is not None)


def names_in(html: str) -> list[str]:
    """Return the first ten names that a remark's words mention as `@name`, each once; no code's."""
    names: dict[str, str] = {}
    for piece in _CODE.leave_out(html):
        for words in texts(piece):
            for name in _NAME.findall(unescape(words)):
                names.setdefault(name.lower(), name)
    return list(names.values())[:MOST_NAMES]
