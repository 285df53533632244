"""Anchors: each heading gets an id and its place in the table of contents; fragments find both."""

from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import unquote

from typing_extensions import TypedDict  # Pydantic needs it before Python 3.12

from app.core.markup.policy import ANCHOR, HEADINGS
from app.core.markup.prose import plain_line
from app.core.markup.tokens import Token, start
from app.core.text import make_slug

LONGEST_TITLE = 200
MOST_HEADINGS = 1000
NAMELESS = "section"


class Heading(TypedDict):
    """A heading in a table of contents, and those below it."""

    id: str
    title: str
    level: int
    children: list["Heading"]


class Anchors:
    """The ids of a page, each given once, in linear time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def __contains__(self, anchor: str) -> bool:
        """Say whether an id is on the page."""
        return anchor in self._taken

    def give(self, name: str) -> str:
        """Return an id of that name, numbered if there is one already."""
        anchor = f"{ANCHOR}{name}"
        while anchor in self._taken:
            self._numbers[name] = self._numbers.get(name, 1) + 1
            anchor = f"{ANCHOR}{name}-{self._numbers[name]}"
        self._taken.add(anchor)
        return anchor

    def take(self, anchor: str) -> bool:
        """Reserve an id that the author gave; say whether it was free."""
        free = anchor not in self._taken
        self._taken.add(anchor)
        return free


def keep_first(tokens: Iterable[Token], anchors: Anchors) -> Iterator[Token]:
    """Reserve the ids that the author gave, and leave out those given twice."""
    for token in tokens:
        anchor = token.get("id")
        yield token if anchor is None or anchors.take(anchor) else _without_id(token)


def _without_id(token: Token) -> Token:
    return start(token.name, {key: of for key, of in token.attributes.items() if key != "id"})


def name_headings(tokens: list[Token], anchors: Anchors) -> tuple[list[Token], list[Heading]]:
    """Return the page with an id on each of its first headings, and its table of contents."""
    named = list(tokens)
    headings: list[Heading] = []
    for begin, finish in islice(_headings(tokens), MOST_HEADINGS):
        words = "".join(token.source for token in tokens[begin:finish] if not token.name)
        title = plain_line(words)[:LONGEST_TITLE].strip()
        attributes = tokens[begin].attributes
        if "id" not in attributes:
            attributes["id"] = anchors.give(make_slug(title) or NAMELESS)
            named[begin] = start(tokens[begin].name, attributes)
        if title:
            level = int(tokens[begin].name[1])
            headings.append(Heading(id=attributes["id"], title=title, level=level, children=[]))
    return named, _nested(headings)


def _headings(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Find where headings begin and end; one inside another is part of its words."""
    depth = begin = 0
    for at, token in enumerate(tokens):
        if token.name not in HEADINGS:
            continue
        if token.opening:
            begin, depth = begin if depth else at, depth + 1
        else:
            depth -= 1
            if not depth:
                yield begin, at


def _nested(headings: list[Heading]) -> list[Heading]:
    """Put each heading below the last one of a higher rank, so never more than six deep."""
    top: list[Heading] = []
    above: list[Heading] = []
    for heading in headings:
        while above and above[-1]["level"] >= heading["level"]:
            above.pop()
        (above[-1]["children"] if above else top).append(heading)
        above.append(heading)
    return top


def resolve_fragments(tokens: Iterable[Token], anchors: Anchors) -> Iterator[Token]:
    """Let links to `#name`, as an author writes them, lead to the prefixed id."""
    for token in tokens:
        fragment = (token.get("href") or "") if token.name == "a" else ""
        anchor = f"{ANCHOR}{unquote(fragment[1:])}"
        if fragment.startswith("#") and anchor in anchors:
            yield start("a", token.attributes | {"href": f"#{anchor}"})
        else:
            yield token
