"""The words of a page: its plain text, its beginning, and how many they are."""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from app.core.markup.policy import BLOCKS, HEADINGS, TABLE_PARTS
from app.core.markup.tokens import Token, without

LONGEST_EXCERPT = 300
SHORTEST_CUT = 200  # characters; an earlier space means a script that has none

# Silent reading of English non-fiction, the mean of 190 studies: M. Brysbaert, "How many words do
# we read per minute?", Journal of Memory and Language 109 (2019).
WORDS_PER_MINUTE = 238

# Chinese and Japanese write no spaces: each character counts as a word. Nor do Thai, Lao, Burmese
# and Khmer, whose words have about five characters.
_IDEOGRAPHS = re.compile(
    r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_UNSPACED = re.compile(r"[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]{1,5}")
_WORD = re.compile(r"\w")

_BREAKS = BLOCKS | TABLE_PARTS | {"br"}
_NOTE_MARKS = {"footnote-reference", "footnote-definition-label", "footnote-backref"}
_NO_PROSE = HEADINGS | {"figure", "pre", "section", "table"}


def _is_note_mark(token: Token) -> bool:
    return token.name in {"a", "sup"} and not _NOTE_MARKS.isdisjoint(token.classes())


def _is_no_prose(token: Token) -> bool:
    return token.name in _NO_PROSE or "footnote-definition" in token.classes()


def _plain(tokens: Iterable[Token]) -> str:
    return unescape("".join(_pieces(tokens)))


def _pieces(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if not token.name:
            yield token.source
        elif token.name in _BREAKS:
            yield "\n"


def text_of(tokens: Iterable[Token]) -> str:
    """Return the plain text, code included, each block (and each line of code) on its line."""
    lines = _plain(without(tokens, _is_note_mark)).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def excerpt_of(tokens: list[Token]) -> str:
    """Return the beginning of the paragraphs (else of what is no heading, code or table)."""
    prose = list(without(without(tokens, _is_note_mark), _is_no_prose))
    return _shorten(_first_paragraphs(prose) or " ".join(_plain(prose).split()))


def _first_paragraphs(tokens: list[Token]) -> str:
    """Return the words of as many paragraphs as an excerpt can need."""
    words = ""
    inside: list[Token] | None = None
    for token in tokens:
        if token.name == "p":
            words = f"{words} {' '.join(_plain(inside or ()).split())}".strip()
            inside = None if token.closing else []
        elif inside is not None:
            inside.append(token)
        if len(words) > LONGEST_EXCERPT:
            break
    return words


def _shorten(words: str) -> str:
    if len(words) <= LONGEST_EXCERPT:
        return words
    cut = words[:LONGEST_EXCERPT]
    space = cut.rfind(" ")
    return cut[: space if space >= SHORTEST_CUT else -1].rstrip(" ,;:-\u2013\u2014") + "…"


def plain_line(words: str) -> str:
    """Return the plain text of a piece of clean markup, in one line."""
    return " ".join(unescape(words).split())


def count_words(words: str) -> int:
    """Count the words, in scripts with spaces between them and in those without."""
    spaced = _UNSPACED.sub(" \\g<0> ", _IDEOGRAPHS.sub(" \\g<0> ", words))
    return sum(1 for word in spaced.split() if _WORD.search(word))


def reading_minutes(word_count: int) -> int:
    """Return how long the words take to read, in whole minutes and at least one."""
    return max(1, round(word_count / WORDS_PER_MINUTE))
