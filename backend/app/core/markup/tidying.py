"""Tidying: any soup becomes shallow, well-nested markup, in linear time, before it is cleaned.

This is no defence against scripts (cleaning is), but against time and space. HTML's rules for
broken markup are quadratic in depth and let one tag return in every later paragraph; markup that
is well nested and no deeper than `DEEPEST` meets none of them.
"""

import re
from collections import Counter
from collections.abc import Iterator

from app.core.markup.policy import ATTRIBUTES, BLOCKS, HEADINGS, TABLE_PARTS, TAGS, VOID

DEEPEST = 100

_ATTRIBUTE = (
    r"""[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)"""
    r"""(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+"""
    r"""(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r >"'][^\t\n\f\r >]*+)))?+"""
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(rf"<(/?)([A-Za-z][^\t\n\f\r />]*+)((?:{_ATTRIBUTE})*+)[\t\n\f\r /]*+>")
_COMMENT_END = re.compile(r"--!?>")

# Their content is not markup, or not for readers.
_RAW = frozenset({
    "iframe", "noembed", "noframes", "script", "style", "template", "textarea", "title", "xmp",
})  # fmt: skip

_STRUCTURE = frozenset({"table", "colgroup", "tbody", "tfoot", "thead", "tr"})
_SECTIONS = frozenset({"table", "tbody", "tfoot", "thead"})
_PARENTS = {
    "td": _SECTIONS | {"tr"},
    "th": _SECTIONS | {"tr"},
    "tr": _SECTIONS,
    "col": frozenset({"table", "colgroup"}),
}
_TABLE = frozenset({"table"})
_CELL_WALLS = frozenset({"caption", "table", "td", "th"})
_LISTS = frozenset({"ol", "ul"})
_RUBY_TEXTS = frozenset({"rp", "rt"})


class _Tidier:
    """Reads markup tag by tag, and writes it well nested."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._written: list[str] = []
        self._open: list[str] = []
        self._too_deep: Counter[str] = Counter()
        self._last_ends: dict[str, int] = {}

    def tidy(self) -> str:
        at = 0
        while (begin := self._markup.find("<", at)) >= 0:
            self._written.append(self._markup[at:begin])
            at = self._read(begin)
        self._written.append(self._markup[at:])
        self._close_to(0)
        return "".join(self._written)

    def _read(self, at: int) -> int:
        """Read what begins with `<`, and return where it ends."""
        following = self._markup[at + 1 : at + 2]
        if following in {"!", "?"}:
            return self._end_of_comment(at)
        if not following.isascii() or not (following.isalpha() or following == "/"):
            return self._text(at, at + 1)
        tag = _TAG.match(self._markup, at)
        if not tag:
            return self._half_a_tag(at)
        name = tag[2].lower()
        if tag[1]:
            self._end(name)
            return tag.end()
        self._start(name, tag[3])
        return self._after_raw(name, tag.end()) if name in _RAW else tag.end()

    def _text(self, begin: int, end: int) -> int:
        self._written.append(self._markup[begin:end].replace("<", "&lt;"))
        return end

    def _half_a_tag(self, at: int) -> int:
        """Take `</` without a name for a comment; without an end to the tag, all is text."""
        if self._markup[at + 1] == "/" and not self._markup[at + 2 : at + 3].isalpha():
            return self._end_of_comment(at)
        return self._text(at, len(self._markup))

    def _end_of_comment(self, at: int) -> int:
        if not self._markup.startswith("<!--", at):
            end = self._markup.find(">", at)
            return end + 1 if end >= 0 else self._text(at, len(self._markup))
        if self._markup.startswith((">", "->"), at + 4):
            return self._markup.index(">", at) + 1
        found = _COMMENT_END.search(self._markup, at + 4)
        return found.end() if found else len(self._markup)

    def _after_raw(self, name: str, at: int) -> int:
        """Return where the content that is not markup ends; nowhere, if it has no end tag."""
        if name not in self._last_ends:
            ends = re.compile(f"</{name}", re.IGNORECASE).finditer(self._markup)
            self._last_ends[name] = max((end.start() for end in ends), default=-1)
        if at > self._last_ends[name]:
            return at
        end = re.compile(f"</{name}", re.IGNORECASE).search(self._markup, at)
        return end.start() if end else at

    def _start(self, name: str, attributes: str) -> None:
        if name not in TAGS:
            return
        if not self._make_room(name):
            self._too_deep[name] += name not in VOID
            return
        self._written.append(f"<{name}{''.join(_kept(name, attributes))}>")
        if name == "iframe":
            self._written.append("</iframe>")
        elif name not in VOID:
            self._open.append(name)

    def _make_room(self, name: str) -> bool:
        """Close what must not hold the tag; say whether there is a place for it."""
        if name in TABLE_PARTS:
            return self._enter_table(name)
        if self._open and self._open[-1] in _STRUCTURE:
            return False
        if name in BLOCKS:
            self._close("p", _CELL_WALLS)
        if name == "li":
            self._close_item({"li"}, _LISTS)
        elif name in {"dd", "dt"}:
            self._close_item({"dd", "dt"}, frozenset({"dl"}))
        elif name == "a":
            self._close("a", _CELL_WALLS)
        for kind in (HEADINGS, _RUBY_TEXTS):
            if name in kind and self._open and self._open[-1] in kind:
                self._close_to(len(self._open) - 1)
        return len(self._open) < DEEPEST

    def _enter_table(self, name: str) -> bool:
        """Close all in the innermost table that cannot hold this part; say if there is a table."""
        depth = self._find(_TABLE, frozenset())
        if depth < 0:
            return False
        parents = _PARENTS.get(name, _TABLE)
        while self._open[-1] not in parents:
            self._close_to(len(self._open) - 1)
        return True

    def _close_item(self, items: set[str], lists: frozenset[str]) -> None:
        depth = self._find(items, lists | _CELL_WALLS)
        if depth >= 0 and self._open[depth] in items:
            self._close_to(depth)

    def _end(self, name: str) -> None:
        if self._too_deep[name]:
            self._too_deep[name] -= 1
        elif name in TAGS:
            self._close(name, _TABLE if name in TABLE_PARTS | _TABLE else _CELL_WALLS)

    def _close(self, name: str, walls: frozenset[str]) -> None:
        """Close the innermost element of that name and all within, unless a wall is between."""
        depth = self._find({name}, walls)
        if depth >= 0:
            self._close_to(depth)

    def _find(self, names: set[str] | frozenset[str], walls: frozenset[str]) -> int:
        """Return how deep the innermost of `names` is, this side of the walls, or -1."""
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth] in names:
                return depth
            if self._open[depth] in walls:
                return -1
        return -1

    def _close_to(self, depth: int) -> None:
        while len(self._open) > depth:
            self._written.append(f"</{self._open.pop()}>")


def _kept(tag: str, attributes: str) -> Iterator[str]:
    """Write those attributes that cleaning will look at; what they hold, it decides."""
    if not attributes:
        return
    for match in _ATTRIBUTES.finditer(attributes):
        name = match[1].lower()
        if name in ATTRIBUTES["*"] or name in ATTRIBUTES.get(tag, ()):
            value = match[2] or match[3] or match[4] or ""
            quoted = value.replace('"', "&quot;")
            yield f' {name}="{quoted}"'


def tidy(markup: str) -> str:
    """Return the markup well nested, with none but the policy's tags, at most `DEEPEST` deep."""
    return _Tidier(markup).tidy()
