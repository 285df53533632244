"""Links: bare addresses become some, and each says in `rel` whether it leaves the house.

An author's article is no comment box: a link to another host gets `noopener noreferrer`, and keeps
`nofollow`, `sponsored` or `ugc` if the author wrote them; a link within gets nothing.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from app.core.markup.addresses import Hosts, safe_address
from app.core.markup.policy import WEB_SCHEMES
from app.core.markup.tokens import Token, end, start, text

LONGEST_ADDRESS = 2000

_NO_LINKS_IN = frozenset({"a", "code", "kbd", "pre", "samp", "var"})
_BARE = re.compile(
    r"(?<![A-Za-z0-9_@/:.=&?#-])(?:https?://|www\.)"
    r"[^\s<>\"`\u00ab\u00bb\u2018-\u201f\u3000-\u3003\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:https?://)?(?:[\w-]++\.)*+[\w-]++(?::[0-9]{1,5})?(?:[/?#].*)?", re.IGNORECASE
)
_PAIRS = {")": "(", "]": "["}


def link_addresses(tokens: Iterable[Token]) -> Iterator[Token]:
    """Make links of the bare addresses (`https://…`, `www.…`) outside links and code."""
    depth = 0
    for token in tokens:
        if token.name in _NO_LINKS_IN:
            depth += -1 if token.closing else 1
        if token.name or depth or not ("://" in token.source or "www." in token.source.lower()):
            yield token
        else:
            yield from _linked(unescape(token.source))


def _linked(words: str) -> Iterator[Token]:
    at = 0
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


def relate(tokens: Iterable[Token], hosts: Hosts) -> Iterator[Token]:
    """Give every link the `rel` that follows from where it leads."""
    for token in tokens:
        yield _related(token, hosts) if token.name == "a" and token.opening else token


def _related(token: Token, hosts: Hosts) -> Token:
    attributes = token.attributes
    if not hosts.is_foreign(attributes.get("href", "")):
        return token
    kept = attributes.pop("rel", "").split()
    return start("a", attributes | {"rel": " ".join(["noopener", "noreferrer", *kept])})
