"""Tidying: any soup becomes shallow, well-nested markup, in linear time, before it is cleaned.

This is no defence against scripts (cleaning is), but against time and space. HTML's rules for
broken markup are quadratic in depth and let one tag return in every later paragraph; markup that
is well nested and no deeper than `DEEPEST` meets none of them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from app.core.markup.policy import ATTRIBUTES, BLOCKS, HEADINGS, TABLE_PARTS, TAGS, VOID

DEEPEST = 100

_ATTRIBUTE = (
    r"""[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)"""
    r"""(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+"""
    r"""(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r >"'][^\t\n\f\r >]*+)))?+"""
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(rf"<(/?)([A-Za-z][^\t\n\f\r />]*+)((?:{_ATTRIBUTE})*+)[\t\n\f\r /]*+>")
_NO_TAGS = re.compile(r"(?:<(?![A-Za-z/!?])[^<]*+)++")
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
_PARAGRAPH = (frozenset({"p"}), _CELL_WALLS)

# What a start tag ends, if it is open this side of the walls.
_ENDED_BY = {name: [_PARAGRAPH] for name in BLOCKS}
_ENDED_BY["li"] = [_PARAGRAPH, (frozenset({"li"}), _LISTS | _CELL_WALLS)]
_ENDED_BY["dd"] = _ENDED_BY["dt"] = [
    _PARAGRAPH,
    (frozenset({"dd", "dt"}), frozenset({"dl"}) | _CELL_WALLS),
]
_ENDED_BY["a"] = [(frozenset({"a"}), _CELL_WALLS)]

# What never stands directly within one of its kind.
_RIVALS = {name: kind for kind in (HEADINGS, frozenset({"rp", "rt"})) for name in kind}


def _elements(names: Iterable[str], content: str, attributes: str = "") -> str:
    return "|".join(f"<{name}{attributes}>{content}</{name}>" for name in names)


def _among(*elements: str) -> str:
    """Match text and, among it, any number of these elements."""
    return f"[^<]*+(?:(?:{'|'.join(elements)})[^<]*+)*+"


# What is tidy already, as most of what Markdown gives is, is copied in one match. So here stands
# what the tidier would write as it is, but for what cleaning drops: a void element's slash, and
# that a checkbox is disabled.
_MARKS = ("code", "del", "em", "strong")
_MARKED = _elements(_MARKS, _among())
_LINKED = _elements(["a"], _among(_MARKED), r' href="[^"<>]*+"')
_MENTIONED = r'<sup class="footnote-reference"><a href="[^"<>]*+">[^<]*+</a></sup>'
_VOIDS = r'<(?:br|img(?: (?:alt|src|title)="[^"<>]*+")++) />'
_INLINES = (_elements(_MARKS, _among(_MARKED)), _LINKED, _MENTIONED, _VOIDS)
_LINE = _among(*_INLINES)
_TASK = r'(?:<input disabled="" type="checkbox"(?: checked="")?+/>)?+'
_ITEMS = _among(_elements(["li"], _TASK + _LINE))
_ALIGNED = r'(?: style="text-align: [a-z]++")?+'
_HEAD = _elements(["thead"], _among(_elements(["tr"], _among(_elements(["th"], _LINE, _ALIGNED)))))
_BODY = _elements(["tbody"], _among(_elements(["tr"], _among(_elements(["td"], _LINE, _ALIGNED)))))
_WHOLE = (
    _elements(["p", *sorted(HEADINGS)], _LINE),
    _elements(["ol", "ul"], _ITEMS),
    _elements(["pre"], _elements(["code"], _among(), r'(?: class="[^"<>]*+")?+')),
    _elements(["table"], _among(_HEAD, _BODY)),
)
_TIDY_TEXT = re.compile(_among())
_TIDY_LINE = re.compile(_LINE)
_TIDY_BLOCKS = re.compile(_among(*_INLINES, *_WHOLE))
# Nothing in these is deeper.
_DEEPEST_TIDY = 10
_LINES = HEADINGS | {"p"}


class _Tidier:
    """Reads markup tag by tag, and writes it well nested."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._written: list[str] = []
        self._open: list[str] = []
        self._too_deep: Counter[str] = Counter()
        self._last_ends: dict[str, int] = {}
        self._tidy = _TIDY_BLOCKS

    def tidy(self) -> str:
        at = 0
        while tidy := self._tidy.match(self._markup, at):
            self._written.append(tidy[0])
            at = tidy.end()
            if at == len(self._markup):
                break
            tag = _TAG.match(self._markup, at)
            at = self._read(tag) if tag else self._read_oddity(at)
        self._close_to(0)
        return "".join(self._written)

    def _read(self, tag: re.Match[str]) -> int:
        """Read a tag, and return where it ends, and what it says is no markup."""
        closing, name, attributes = tag.group(1, 2, 3)
        name = name.lower()
        if closing:
            self._end(name)
            return tag.end()
        self._start(name, attributes)
        return self._after_raw(name, tag.end()) if name in _RAW else tag.end()

    def _read_oddity(self, at: int) -> int:
        """Read what begins with `<` and is no tag, and return where it ends."""
        if words := _NO_TAGS.match(self._markup, at):
            return self._text(at, words.end())
        if self._markup[at + 1] in "!?":
            return self._end_of_comment(at)
        return self._half_a_tag(at)

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
            self._tidy = _TIDY_TEXT
            return
        self._written.append(f"<{name}{''.join(_kept(name, attributes))}>")
        if name == "iframe":
            self._written.append("</iframe>")
        elif name not in VOID:
            self._open.append(name)
            self._tidy = self._tidy_here()

    def _make_room(self, name: str) -> bool:
        """Close what must not hold the tag; say whether there is a place for it."""
        if name in TABLE_PARTS:
            return self._enter_table(name)
        if self._open and self._open[-1] in _STRUCTURE:
            return False
        for ended, walls in _ENDED_BY.get(name, ()):
            self._close(ended, walls)
        if name in _RIVALS and self._open and self._open[-1] in _RIVALS[name]:
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

    def _end(self, name: str) -> None:
        if self._too_deep.get(name):
            self._too_deep[name] -= 1
        elif self._open and self._open[-1] == name:
            self._close_to(len(self._open) - 1)
        elif name in TAGS:
            self._close(frozenset({name}), _TABLE if name in TABLE_PARTS | _TABLE else _CELL_WALLS)

    def _close(self, names: frozenset[str], walls: frozenset[str]) -> None:
        """Close the innermost element of these names and all within, unless a wall is between."""
        depth = self._find(names, walls)
        if depth >= 0:
            self._close_to(depth)

    def _find(self, names: frozenset[str], walls: frozenset[str]) -> int:
        """Return how deep the innermost of `names` is, this side of the walls, or -1."""
        if names.isdisjoint(self._open):
            return -1
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth] in names:
                return depth
            if self._open[depth] in walls:
                return -1
        return -1

    def _close_to(self, depth: int) -> None:
        while len(self._open) > depth:
            self._written.append(f"</{self._open.pop()}>")
        self._tidy = self._tidy_here()

    def _tidy_here(self) -> re.Pattern[str]:
        """Return what is tidy within what is open: it would be written there as it stands."""
        is_shallow = len(self._open) < DEEPEST - _DEEPEST_TIDY and not self._too_deep
        if not is_shallow or "a" in self._open or (self._open and self._open[-1] in _STRUCTURE):
            return _TIDY_TEXT
        return _TIDY_BLOCKS if _LINES.isdisjoint(self._open) else _TIDY_LINE


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
