"""What a page may hold: one list of tags and attributes for Markdown and HTML alike.

Nothing runs, nothing is styled, nothing leaves for a scheme but the four below. Ids are prefixed:
`at-` has a hyphen, so no script can mistake an element with such an id for a variable or property.
"""

import re

from pygments.token import STANDARD_TYPES

ANCHOR = "at-"
LONGEST_ANCHOR = 100

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
WEB_SCHEMES = frozenset({"http", "https"})

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
VOID = frozenset({"br", "col", "hr", "img", "input", "wbr"})
TABLE_PARTS = frozenset({
    "caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr",
})  # fmt: skip
BLOCKS = frozenset({
    "aside", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "hr", "li",
    "ol", "p", "pre", "section", "summary", "table", "ul", *HEADINGS,
})  # fmt: skip
INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "iframe", "img",
    "input", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strong", "sub", "sup", "time", "u", "var", "wbr",
})  # fmt: skip
TAGS = BLOCKS | INLINE | TABLE_PARTS

ALIGNED = frozenset({"div", "figcaption", "figure", "p", "td", "th", *HEADINGS})
ALIGNMENTS = frozenset({"center", "justify", "left", "right"})
_CELL = {"colspan", "rowspan"}
_CHANGE = {"cite", "datetime"}
_SIZE = {"height", "width"}
ATTRIBUTES = {tag: {"style", "align"} for tag in ALIGNED}
ATTRIBUTES |= {
    "*": {"class", "dir", "id", "lang", "title"},
    "a": {"href", "hreflang", "rel", "role"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": _CHANGE,
    "details": {"open"},
    "iframe": {"src", *_SIZE},
    "img": {"alt", "loading", "src", *_SIZE},
    "input": {"checked", "type"},
    "ins": _CHANGE,
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "section": {"role"},
    "td": ATTRIBUTES["td"] | _CELL,
    "th": ATTRIBUTES["th"] | _CELL | {"abbr", "scope"},
    "time": {"datetime"},
}

# The words that some attributes may hold, by attribute.
WORDS = {
    "align": ALIGNMENTS,
    "dir": frozenset({"auto", "ltr", "rtl"}),
    "loading": frozenset({"eager", "lazy"}),
    "role": frozenset({"doc-backlink", "doc-endnotes", "doc-noteref"}),
    "scope": frozenset({"col", "colgroup", "row", "rowgroup"}),
}
NUMBERS = frozenset({"colspan", "height", "rowspan", "span", "start", "value", "width"})
NUMBER = re.compile(r"-?[0-9]{1,4}%?")

# What an author may say of a link; the rest of `rel` follows from where the link goes.
LINK_TYPES = frozenset({"nofollow", "sponsored", "ugc"})

LANGUAGE_CLASS = re.compile(r"language-[A-Za-z0-9+#_.-]{1,40}")
_ANY_CLASSES = frozenset({
    "align-center", "align-left", "align-right", "aligncenter", "alignleft", "alignright",
    "alignwide", "alignfull",
})  # fmt: skip
_CLASSES = {
    "a": frozenset({"footnote-backref"}),
    "div": frozenset({"footnote-definition"}),
    "li": frozenset({"task-list-item"}),
    "pre": frozenset({"highlight"}),
    "section": frozenset({"footnotes"}),
    "span": frozenset(STANDARD_TYPES.values()) - {""},
    "sup": frozenset({"footnote-definition-label", "footnote-reference"}),
}


def is_class(tag: str, name: str) -> bool:
    """Say whether a tag may carry the class: one of ours, an alignment, or a code's language."""
    if tag == "code" and LANGUAGE_CLASS.fullmatch(name):
        return True
    return name in _ANY_CLASSES or name in _CLASSES.get(tag, ())
