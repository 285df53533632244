"""Anchors: each heading gets an id and its place in the table of contents; fragments find both."""

from urllib.parse import unquote

from typing_extensions import TypedDict  # Pydantic needs it before Python 3.12

from app.core.markup.policy import ANCHOR, HEADINGS
from app.core.markup.prose import plain_line
from app.core.markup.tokens import Elements, StartTags, Token, start
from app.core.text import make_slug

LONGEST_TITLE = 200
MOST_HEADINGS = 1000
NAMELESS = "section"

_WITH_ID = StartTags(having=' id="')
_WITH_FRAGMENT = StartTags(having=' href="#')
_HEADINGS = Elements(*HEADINGS)


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


def keep_first(markup: str, anchors: Anchors) -> str:
    """Reserve the ids that the author gave, and leave out those given twice."""

    def keep(tag: Token) -> Token:
        anchor = tag.get("id")
        return tag if anchor is None or anchors.take(anchor) else _without_id(tag)

    return _WITH_ID.rewrite(markup, keep)


def _without_id(tag: Token) -> Token:
    return start(tag.name, {key: of for key, of in tag.attributes.items() if key != "id"})


def name_headings(markup: str, anchors: Anchors) -> tuple[str, list[Heading]]:
    """Return the page with an id on each of its first headings, and its table of contents.

    A heading inside another is part of its words.
    """
    pieces: list[str] = []
    headings: list[Heading] = []
    left = MOST_HEADINGS
    for piece, tag in _HEADINGS.cut(markup):
        if not tag or not left:
            pieces.append(piece)
            continue
        left -= 1
        title = plain_line(piece)[:LONGEST_TITLE].strip()
        anchor = tag.get("id") or anchors.give(make_slug(title) or NAMELESS)
        named = start(tag.name, tag.attributes | {"id": anchor})
        pieces += [named.source, piece.removeprefix(tag.source)]
        if title:
            headings.append(Heading(id=anchor, title=title, level=int(tag.name[1]), children=[]))
    return "".join(pieces), _nested(headings)


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


def resolve_fragments(markup: str, anchors: Anchors) -> str:
    """Let links to `#name`, as an author writes them, lead to the prefixed id."""

    def resolve(link: Token) -> Token:
        attributes = link.attributes
        anchor = f"{ANCHOR}{unquote(attributes['href'][1:])}"
        return start("a", attributes | {"href": f"#{anchor}"}) if anchor in anchors else link

    return _WITH_FRAGMENT.rewrite(markup, resolve)
