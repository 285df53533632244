"""Links: bare addresses become some, and each says in `rel` whether it leaves the house.

An author's article is no comment box: a link to another host gets `noopener noreferrer`, and keeps
`nofollow`, `sponsored` or `ugc` if the author wrote them; a link within gets nothing.
"""

import re
from collections.abc import Iterator
from html import unescape

from app.core.markup.addresses import Hosts, safe_address
from app.core.markup.policy import WEB_SCHEMES
from app.core.markup.tokens import (
    Elements,
    StartTags,
    Token,
    end,
    split,
    start,
    text,
    without_tags,
    write,
)

LONGEST_ADDRESS = 2000

_NO_LINKS_IN = Elements("a", "code", "kbd", "pre", "samp", "var")
_BARE = re.compile(
    r"(?<![A-Za-z0-9_@/:.=&?#-])(?:https?://|www\.)"
    r"[^\s<>\"`\u00ab\u00bb\u2018-\u201f\u3000-\u3003\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:https?://)?(?:[\w-]++\.)*+[\w-]++(?::[0-9]{1,5})?(?:[/?#].*)?", re.IGNORECASE
)
_LINK = StartTags("a")
_PAIRS = {")": "(", "]": "["}


def link_addresses(markup: str) -> str:
    """Make links of the bare addresses (`https://…`, `www.…`) outside links and code."""
    if not _may_hold_address(without_tags(markup)):
        return markup
    pieces = _NO_LINKS_IN.cut(markup)
    return "".join([piece if tag else _linked(piece) for piece, tag in pieces])


def _may_hold_address(markup: str) -> bool:
    return "://" in markup or "www." in markup.lower()


def _linked(markup: str) -> str:
    if not _may_hold_address(markup):
        return markup
    return "".join([
        piece if piece[0] == "<" or not _may_hold_address(piece) else write(_links(piece))
        for piece in split(markup)
    ])  # fmt: skip


def _links(source: str) -> Iterator[Token]:
    words, at = unescape(source), 0
    for match in _BARE.finditer(words):
        bare = _without_punctuation(match[0])
        address = bare if "://" in bare else f"http://{bare}"
        if (
            len(bare) <= LONGEST_ADDRESS
            and _WHOLE.fullmatch(bare)
            and safe_address(address, WEB_SCHEMES)
        ):
            yield text(words[at : match.start()])
            yield from (start("a", {"href": address}), text(bare), end("a"))
            at = match.start() + len(bare)
    yield text(words[at:])


def _without_punctuation(address: str) -> str:
    """Leave the end of the sentence, and a bracket opened before it, out of an address."""
    surplus = {last: address.count(last) - address.count(first) for last, first in _PAIRS.items()}
    length = len(address)
    while length and (
        address[length - 1] in ".,:;!?'*_~" or surplus.get(address[length - 1], 0) > 0
    ):
        length -= 1
        if address[length] in surplus:
            surplus[address[length]] -= 1
    return address[:length]


def relate(markup: str, hosts: Hosts) -> str:
    """Give every link the `rel` that follows from where it leads."""

    def related(link: Token) -> Token:
        attributes = link.attributes
        if not hosts.is_foreign(attributes.get("href", "")):
            return link
        kept = attributes.pop("rel", "").split()
        return start("a", attributes | {"rel": " ".join(["noopener", "noreferrer", *kept])})

    return _LINK.rewrite(markup, related)
