"""The words of a page: its plain text, its beginning, and how many they are."""

import re
from html import unescape

from app.core.markup.policy import BLOCKS, HEADINGS, TABLE_PARTS
from app.core.markup.tokens import Elements, without_tags

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
# Punctuation alone, between single spaces.
_NO_WORD = re.compile(r" [^\w ]++(?!\w)")

_BREAK = re.compile(rf"</?(?:{'|'.join(BLOCKS | TABLE_PARTS | {'br'})})(?=[ >])[^<>]*>")
_PARAGRAPH = re.compile(r"<p(?=[ >])(?:[^<]++|<(?!/p>))*+")
_MARKS = {"footnote-reference", "footnote-definition-label", "footnote-backref"}
_NOTE_MARK = Elements("a", "sup", where=lambda tag: not _MARKS.isdisjoint(tag.classes()))
_NO_PROSE = Elements(
    *HEADINGS, "div", "figure", "pre", "section", "table",
    where=lambda tag: tag.name != "div" or "footnote-definition" in tag.classes(),
)  # fmt: skip


def without_marks(markup: str) -> str:
    """Return the page without the marks of its footnotes, which nobody reads aloud."""
    return "".join(_NOTE_MARK.leave_out(markup)) if "footnote-" in markup else markup


def text_of(markup: str) -> str:
    """Return the plain text, code included, each block (and each line of code) on its line."""
    lines = map(str.split, _plain(markup).splitlines())
    return "\n".join([" ".join(words) for words in lines if words])


def _plain(markup: str) -> str:
    return unescape(without_tags(_BREAK.sub("\n", markup)))


def excerpt_of(markup: str) -> str:
    """Return the beginning of the paragraphs (else of what is no heading, code or table)."""
    return _shorten(_first_paragraphs(markup) or _line("".join(_NO_PROSE.leave_out(markup))))


def _line(markup: str) -> str:
    return " ".join(_plain(markup).split())


def _first_paragraphs(markup: str) -> str:
    """Return the words of as many paragraphs as an excerpt can need."""
    words = ""
    for piece in _NO_PROSE.leave_out(markup):
        for paragraph in _PARAGRAPH.finditer(piece):
            words = f"{words} {_line(paragraph[0])}".strip()
            if len(words) > LONGEST_EXCERPT:
                return words
    return words


def _shorten(words: str) -> str:
    if len(words) <= LONGEST_EXCERPT:
        return words
    cut = words[:LONGEST_EXCERPT]
    space = cut.rfind(" ")
    return cut[: space if space >= SHORTEST_CUT else -1].rstrip(" ,;:-\u2013\u2014") + "…"


def plain_line(markup: str) -> str:
    """Return the plain text of a piece of clean markup, in one line."""
    return " ".join(unescape(without_tags(markup)).split())


def count_words(words: str) -> int:
    """Count the words, in scripts with spaces between them and in those without."""
    if not words.isascii():
        words = _UNSPACED.sub(" \\g<0> ", _IDEOGRAPHS.sub(" \\g<0> ", words))
    spaced = words.split()
    return len(spaced) - len(_NO_WORD.findall(" ".join(["", *spaced])))


def reading_minutes(word_count: int) -> int:
    """Return how long the words take to read, in whole minutes and at least one."""
    return max(1, round(word_count / WORDS_PER_MINUTE))
