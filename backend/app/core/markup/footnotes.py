"""Footnotes: gathered at the end of the page, each with links back to where it is mentioned."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from app.core.markup.policy import ANCHOR
from app.core.markup.tokens import GAP, Token, end, read_tokens, start, text, write

MOST_BACKLINKS = 20
# So many mentions and notes are linked; links and ids for more would be most of the page.
MOST_LINKED = 1_000

_NUMBER = re.compile(r"[0-9]{1,6}")


def gather_notes(markup: str) -> str:
    """Return the page with its footnotes in a section at the end, in the order of their numbers.

    Their ids come from their numbers: `at-footnote-1`, mentioned at `at-footnote-1-ref`, `-ref-2`.
    """
    if "footnote-" not in markup:
        return markup
    mentions: Counter[str] = Counter()
    page, notes = _take_out(_with_mentions(list(read_tokens(markup)), mentions))
    return write([*page, *_section(notes, mentions)] if notes else page)


def _section(notes: list[list[Token]], mentions: Counter[str]) -> Iterator[Token]:
    first = {_label(note): at for at, note in reversed(list(enumerate(notes)))}
    yield start("section", {"class": "footnotes", "role": "doc-endnotes"})
    in_order = sorted(enumerate(notes), key=lambda each: int(_label(each[1]) or len(notes)))
    for place, (at, note) in enumerate(in_order):
        label = _label(note)
        is_early = place < MOST_LINKED
        if label and first[label] == at and (is_early or mentions[label]):
            yield from _finished(note, label, mentions[label])
        else:
            yield from note if is_early else _bare(note)
    yield end("section")


def _bare(note: list[Token]) -> list[Token]:
    """Return a footnote without the attributes of its beginning."""
    label = [start("sup", {}), *note[2:]] if note[1].name == "sup" else note[1:]
    return [start("div", {}), *label]


def _mention(label: str, number: int) -> str:
    return f"{ANCHOR}footnote-{label}-ref" + (f"-{number}" if number > 1 else "")


def _number(words: str) -> str:
    return words if _NUMBER.fullmatch(words) else ""


def _label(note: list[Token]) -> str:
    """Return the number that a footnote's first words are, or nothing for one made by hand."""
    return _number(note[2].source) if note[1].name == "sup" else ""


def _with_mentions(tokens: list[Token], mentions: Counter[str]) -> Iterator[Token]:
    """Lead each mention to its footnote, and count them; later ones are mere numbers."""
    label, linked = "", 0
    left_out: set[int] = set()
    for at, token in enumerate(tokens):
        if at in left_out:
            left_out.remove(at)
        elif token.name == "sup" and "footnote-reference" in token.classes():
            label = _number(tokens[at + 2].source) if tokens[at + 1].name == "a" else ""
            linked += 1
            if linked > MOST_LINKED:
                is_whole = label and tokens[at + 3].name == "a"
                left_out |= {at + 1, at + 3} if is_whole else set()
                label = ""
                yield start("sup", {})
                continue
            mentions[label] += 1
            has_backlink = label and mentions[label] <= MOST_BACKLINKS
            anchor = {"id": _mention(label, mentions[label])} if has_backlink else {}
            yield start("sup", {"class": "footnote-reference", **anchor})
        elif token.name == "a" and label:
            yield start("a", {"href": f"#{ANCHOR}footnote-{label}", "role": "doc-noteref"})
            label = ""
        else:
            yield token


def _take_out(tokens: Iterable[Token]) -> tuple[list[Token], list[list[Token]]]:
    """Return the page without its footnotes, and each footnote."""
    page: list[Token] = []
    notes: list[list[Token]] = []
    into, depth = page, 0
    for token in tokens:
        if into is page and token.name == "div" and "footnote-definition" in token.classes():
            page.append(GAP)
            into = []
            notes.append(into)
        into.append(token)
        if into is not page and token.name == "div":
            depth += -1 if token.closing else 1
            into = into if depth else page
    return page, notes


def _finished(note: list[Token], label: str, mentions: int) -> list[Token]:
    """Return a footnote with its id, and with its links back at the end of its words."""
    begin = start("div", {"class": "footnote-definition", "id": f"{ANCHOR}footnote-{label}"})
    last = len(note) - 1
    while last > 1 and not note[last - 1].name and note[last - 1].source.isspace():
        last -= 1
    last -= note[last - 1].name == "p"
    return [begin, *note[1:last], *_backlinks(label, mentions), *note[last:]]


def _backlinks(label: str, mentions: int) -> Iterator[Token]:
    for number in range(1, min(mentions, MOST_BACKLINKS) + 1):
        target = {"href": f"#{_mention(label, number)}"}
        kind = {"class": "footnote-backref", "role": "doc-backlink"}
        yield from (text(" "), start("a", target | kind), text("↩"), end("a"))
