"""How what is typed is read, corrected and shown: decisions without I/O."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.paging import BadCursor, Cursor, Page, Slice
from app.features.search.schemas import BREAK, CLOSING, MARK, OPENING, UNMARK, SearchHit

MOST_CORRECTIONS = 5
LONGEST_SHORT_WORD = 4

# A word that could be misspelt, unless a minus stands before it.
_WORD = re.compile(r"(?<![\w-])[^\W\d_]{3,40}(?!\w)")
_PART = re.compile(r"\w+")
_SORT = "rank"


def words_of(typed: str) -> list[str]:
    """Return the first few words that may be misspelt, each once."""
    return list(dict.fromkeys(_WORD.findall(typed)))[:MOST_CORRECTIONS]


def corrected(typed: str, corrections: dict[str, str]) -> str:
    """Return what was typed with whole words replaced."""
    return _WORD.sub(lambda found: corrections.get(found[0], found[0]), typed)


def nearest(word: str, terms: Iterable[str]) -> list[str]:
    """Return the terms that a slip of the finger may have made the word from, the nearest first.

    Two slips are forgiven, in a short word one.
    """
    forgiven = 1 if len(word) <= LONGEST_SHORT_WORD else 2
    plain = folded(word)
    distances = {term: slips_between(plain, term) for term in terms}
    near = [term for term, distance in distances.items() if 0 < distance <= forgiven]
    return sorted(near, key=lambda term: (distances[term], term))


def folded(word: str) -> str:
    """Return a word in small letters and without the accents that letters can be parted from."""
    parted = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def slips_between(one: str, other: str) -> int:
    """Count letters left out, added, mistaken or swapped with their neighbours."""
    last: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for down, letter in enumerate(one, 1):
        above, before_above, row_now = row, last, [down]
        for right, wanted in enumerate(other, 1):
            slips = min(above[right] + 1, row_now[-1] + 1, above[right - 1] + (letter != wanted))
            if right > 1 and one[down - 2 : down] == wanted + other[right - 2]:
                slips = min(slips, before_above[right - 2] + 1)
            row_now.append(slips)
        last, row = above, row_now
    return row[-1]


def prefix_query(typed: str) -> str | None:
    """Return what `to_tsquery` takes for all these words, the last of them begun; None for none."""
    words = _PART.findall(typed)
    return " & ".join(f"'{word}'" for word in words) + ":*" if words else None


def marked(text: str) -> str:
    """Return text in HTML, with <mark> where PostgreSQL's marks are and no other element."""
    escaped = html.escape(text.replace(OPENING, "<").replace(CLOSING, ">"))
    return escaped.replace(MARK, "<mark>").replace(UNMARK, "</mark>")


def fragments(text: str) -> list[str]:
    """Return the passages in HTML that have something marked."""
    return [marked(" ".join(part.split())) for part in text.split(BREAK) if MARK in part]


def hit(item: str, title: str, text: str) -> SearchHit:
    """Describe an article that was found, from the JSON and the marked texts of it."""
    shown = json.loads(item)
    return SearchHit(**shown, title_html=marked(title), fragments=fragments(text))


def within(year: int, timezone: str) -> tuple[datetime, datetime]:
    """Return when a year begins and ends where the site is."""
    zone = ZoneInfo(timezone)
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def sliced(ids: Sequence[int], page: Page) -> Slice[int]:
    """Return a page of a ranking that was made anew; a cursor follows the item that it names.

    Where that item is no longer found, its former place counts. Raises BadCursor.
    """
    start, end = _bounds(ids, page)
    return Slice(
        ids[start:end],
        next=_cursor(ids, end - 1, backward=False) if start < end < len(ids) else None,
        previous=_cursor(ids, start, backward=True) if page.cursor and 0 < start < end else None,
        total=len(ids) if page.total else None,
    )


def _bounds(ids: Sequence[int], page: Page) -> tuple[int, int]:
    cursor = page.cursor
    if cursor is None:
        return page.skip, min(page.skip + page.limit, len(ids))
    if cursor.sort != _SORT or not re.fullmatch(r"[0-9]{1,4}", cursor.key, re.ASCII):
        raise BadCursor
    is_there = cursor.id in ids
    place = ids.index(cursor.id) if is_there else min(int(cursor.key), len(ids))
    if cursor.backward:
        return max(place - page.limit, 0), place
    start = place + is_there
    return start, min(start + page.limit, len(ids))


def _cursor(ids: Sequence[int], place: int, *, backward: bool) -> Cursor:
    return Cursor(_SORT, str(place), ids[place], backward)
