"""What comes back of an old state, and what differs between two: decisions without I/O.

Texts are compared by lines first, and word by word only where lines changed. Both comparisons hold
on to what occurs once on either side (as patience diff does), and find the shortest edit between
these places (Myers, 1986). That takes quadratic time for some texts, so an `Effort` limits it:
where it runs out, a whole stretch counts as replaced, and the answer says `is_coarse`.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app.core.policy import Permission
from app.features.history.schemas import FieldChange, Op, Piece, Stats, TextChange
from app.features.writing.rules import FOR_EDITORS
from app.models import EDITABLE, User

# These are compared word by word.
TEXTS = frozenset({"title", "content", "excerpt"})
# To bring words back is neither to publish nor to withdraw an article.
PUBLICATION = frozenset({"published", "published_at"})

ENOUGH_EFFORT = 600_000
EFFORT_OF_A_CHANGE = 80
CONTEXT = 3
LONGEST_CRUMB = 3
NO_NEWLINE = "\\ No newline at end of file\n"

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# A character of a script that puts no spaces between words, or a word of another script.
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PUNCTUATION = r"!-/:-@\[-`{-~\u2010-\u2027\u3000-\u303f"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}{_PUNCTUATION}]+")
_TOKEN = re.compile(rf"\s+|{_WORD.pattern}|.")

State = Mapping[str, Any]
Stretch = tuple[Op, str]
Ids = Sequence[int]
Chain = tuple["Run", "Chain | None"] | None  # the last run, and the chain of those before it


class Run(NamedTuple):
    """Equal tokens: where they begin on either side, and how many they are."""

    before: int
    after: int
    length: int


class Change(NamedTuple):
    """Tokens `before[a:b]` that have become `after[c:d]`."""

    a: int
    b: int
    c: int
    d: int


@dataclass(slots=True)
class Effort:
    """How many steps a comparison may still take, and whether they were too few."""

    left: int = ENOUGH_EFFORT
    was_short: bool = field(default=False, init=False)

    def allows(self, steps: int) -> bool:
        """Take the steps off, or note that there are not so many left."""
        if steps > self.left:
            self.was_short = True
            return False
        self.left -= steps
        return True


def what_comes_back(state: State, wanted: Collection[str] | None, editor: User) -> dict[str, Any]:
    """Return the fields of an old state that are asked for, or else all that comes back of itself.

    What only editors decide comes back of itself for them alone.
    """
    if wanted is None:
        kept = PUBLICATION if editor.may(Permission.EDIT_ANY) else PUBLICATION.union(FOR_EDITORS)
        wanted = EDITABLE.keys() - kept
    return {name: state[name] for name in EDITABLE if name in state and name in wanted}


def told(state: State, usernames: Mapping[int, str]) -> dict[str, Any]:
    """Return a state as it is shown: its authors with the names that they have today."""
    authors = [{"id": each, "username": usernames.get(each)} for each in state["authors"]]
    since = state["published_at"]
    return {
        **state,
        "authors": authors,
        "published_at": since and datetime.fromisoformat(since),
    }


def compare_states(before: State, after: State, names: tuple[str, str]) -> Iterator[FieldChange]:
    """Yield how fields became others, in their usual order; of `content`, only the difference."""
    effort = Effort()
    for name in EDITABLE:
        old, new = before.get(name), after.get(name)
        values = {"before": old, "after": new} if name != "content" else {}
        if old != new and name in TEXTS:
            text = compare_texts(old or "", new or "", names, effort)
            yield FieldChange(name=name, text=text, **values)
        elif old != new:
            yield FieldChange(name=name, **values)


def compare_texts(before: str, after: str, names: tuple[str, str], effort: Effort) -> TextChange:
    """Compare two texts, which have these names in the unified form.

    The pieces that are not inserted are, joined, exactly `before`; those not deleted, `after`.
    """
    old, new = _LINE.findall(before), _LINE.findall(after)
    runs = align(old, new, effort)
    words = tidied(_finer(stretches(old, new, runs), effort))
    return TextChange(
        unified=unified(old, new, list(changes(runs)), names),
        words=words,
        stats=Stats(inserted=_words_of("insert", words), deleted=_words_of("delete", words)),
        is_coarse=effort.was_short,
    )


def _words_of(op: Op, among: Iterable[Piece]) -> int:
    return sum(len(_WORD.findall(piece.text)) for piece in among if piece.op == op)


def stretches(
    before: Sequence[str], after: Sequence[str], runs: Iterable[Run]
) -> Iterator[Stretch]:
    """Yield what was deleted, inserted and equal up to the end of each run, or '' in its place."""
    a = c = 0
    for b, d, length in runs:
        yield "delete", "".join(before[a:b])
        yield "insert", "".join(after[c:d])
        a, c = b + length, d + length
        yield "equal", "".join(before[b:a])


def _finer(lines: Iterable[Stretch], effort: Effort) -> Iterator[Stretch]:
    """Compare deleted lines with those inserted in their place, word by word."""
    deleted = ""
    for op, text in lines:
        if op == "delete":
            deleted = text
        elif op == "insert":
            yield from _by_words(deleted, text, effort)
        else:
            yield op, text


def _by_words(deleted: str, inserted: str, effort: Effort) -> Iterator[Stretch]:
    if deleted and inserted and effort.allows(EFFORT_OF_A_CHANGE):
        old, new = _TOKEN.findall(deleted), _TOKEN.findall(inserted)
        yield from stretches(old, new, align(old, new, effort))
    else:
        yield from (("delete", deleted), ("insert", inserted))


@dataclass(slots=True)
class _Group:
    """What was deleted and inserted in one place, and what is equal after it."""

    delete: list[str] = field(default_factory=list)
    insert: list[str] = field(default_factory=list)
    equal: list[str] = field(default_factory=list)

    def takes(self, op: Op) -> bool:
        """Say whether such a piece belongs here; a crumb of agreement is not worth a new group."""
        if op == "equal" or not self.equal:
            return True
        crumb = "".join(self.equal)
        if not (self.delete or self.insert) or not is_crumb(crumb):
            return False
        self.delete.append(crumb)
        self.insert.append(crumb)
        self.equal.clear()
        return True

    def pieces(self) -> Iterator[Piece]:
        ops: tuple[Op, ...] = ("delete", "insert", "equal")
        yield from (Piece(op=op, text="".join(parts)) for op in ops if (parts := getattr(self, op)))


def is_crumb(text: str) -> bool:
    """Say whether text is too little to be called equal between changes: a space, or a comma."""
    return len(text) <= LONGEST_CRUMB and "\n" not in text and not _WORD.search(text)


def tidied(untidy: Iterable[Stretch]) -> list[Piece]:
    """Join neighbours of one kind, what was deleted before what was inserted."""
    groups = [_Group()]
    for op, text in untidy:
        if text and not groups[-1].takes(op):
            groups.append(_Group())
        if text:
            getattr(groups[-1], op).append(text)
    return [piece for group in groups for piece in group.pieces()]


def align(before: Sequence[str], after: Sequence[str], effort: Effort) -> list[Run]:
    """Return the runs of tokens that two sides share, in order; the last is empty, at the end."""
    known: dict[str, int] = {}
    old = [known.setdefault(token, len(known)) for token in before]
    new = [known.setdefault(token, len(known)) for token in after]
    joined = [Run(0, 0, 0)]
    for run in _runs(old, new, effort):
        last = joined[-1]
        if run[:2] == (last.before + last.length, last.after + last.length):
            joined[-1] = last._replace(length=last.length + run.length)
        elif run.length:
            joined.append(run)
    return [*joined, Run(len(old), len(new), 0)]


def changes(runs: Iterable[Run]) -> Iterator[Change]:
    """Yield what lies between the runs."""
    a = c = 0
    for run in runs:
        if (a, c) != run[:2]:
            yield Change(a, run.before, c, run.after)
        a, c = run.before + run.length, run.after + run.length


def _runs(before: Ids, after: Ids, effort: Effort) -> Iterator[Run]:
    """Yield what is shared between the places that both certainly share."""
    head, tail = _shared_ends(before, after)
    yield Run(0, 0, head)
    b, d = len(before) - tail, len(after) - tail
    x = y = head
    for place in [*_anchors(before[head:b], after[head:d]), Run(b - head, d - head, 0)]:
        x2, y2 = head + place.before, head + place.after
        old, new = before[x:x2], after[y:y2]
        if old != new and not effort.allows(EFFORT_OF_A_CHANGE):
            break
        for run in _between(old, new, effort):
            yield Run(x + run.before, y + run.after, run.length)
        yield Run(x2, y2, place.length)
        x, y = x2 + place.length, y2 + place.length
    yield Run(b, d, tail)


def _shared_ends(before: Ids, after: Ids) -> tuple[int, int]:
    """Return how many tokens both begin with, and how many of the others both end with."""
    head = _shared_start(before, after)
    return head, _shared_start(before[head:][::-1], after[head:][::-1])


def _shared_start(before: Ids, after: Ids) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((place for place, (x, y) in pairs if x != y), min(len(before), len(after)))


def _anchors(before: Ids, after: Ids) -> list[Run]:
    """Return the tokens that occur once on either side: the most of them that keep their order.

    That is the longest increasing subsequence of their places in `after`, by patience sorting.
    """
    counts = Counter(before), Counter(after)
    places = {token: place for place, token in enumerate(after)}
    tops: list[int] = []
    piles: list[Chain] = []
    for x, token in enumerate(before):
        if counts[0][token] == counts[1][token] == 1:
            y = places[token]
            pile = bisect_left(tops, y)
            tops[pile : pile + 1] = [y]
            piles[pile : pile + 1] = [(Run(x, y, 1), piles[pile - 1] if pile else None)]
    return _links(piles[-1] if piles else None)


def _links(chain: Chain) -> list[Run]:
    """Return the runs of a chain, the first one first."""
    runs = []
    while chain is not None:
        run, chain = chain
        runs.append(run)
    return runs[::-1]


def _between(before: Ids, after: Ids, effort: Effort) -> Iterator[Run]:
    """Yield what two stretches share, or as much of it as there is effort left to find.

    What only one side has cannot be shared, so leaving it out loses nothing.
    """
    head, tail = _shared_ends(before, after)
    yield Run(0, 0, head)
    b, d = len(before) - tail, len(after) - tail
    wanted = set(before[head:b]).intersection(after[head:d])
    if wanted:
        xs = [x for x in range(head, b) if before[x] in wanted]
        ys = [y for y in range(head, d) if after[y] in wanted]
        for run in _shortest_edit([before[x] for x in xs], [after[y] for y in ys], effort):
            yield from (Run(xs[run.before + i], ys[run.after + i], 1) for i in range(run.length))
    yield Run(b, d, tail)


def _shortest_edit(before: Ids, after: Ids, effort: Effort) -> list[Run]:
    """Return what the shortest edit leaves as it is; nothing, when it takes half of the effort.

    `reach` has, for each diagonal `x - y`, how far one gets with `depth` deletions and insertions.
    """
    most = effort.left // 2
    n, m = len(before), len(after)
    reach: dict[int, int] = {1: 0}
    chains: dict[int, Chain] = {1: None}
    depth = steps = 0
    while steps <= most:
        for k in range(2 * max(0, depth - m) - depth, depth - 2 * max(0, depth - n) + 1, 2):
            left, above = reach.get(k - 1, -1), reach.get(k + 1, -1)
            x, chain = (above, chains[k + 1]) if left < above else (left + 1, chains[k - 1])
            start = x
            while x < n and x - k < m and before[x] == after[x - k]:
                x += 1
            reach[k] = x
            chains[k] = (Run(start, start - k, x - start), chain) if x > start else chain
            steps += 1 + x - start
            if x >= n and x - k >= m:
                effort.left -= steps
                return _links(chains[k])
        depth += 1
    effort.left -= steps
    effort.was_short = True
    return []


def unified(
    before: Sequence[str], after: Sequence[str], changed: Sequence[Change], names: tuple[str, str]
) -> str:
    """Return the difference as patch(1) reads it, with three lines around each change, or ''."""
    if not changed:
        return ""
    hunks = ("".join(_hunk(before, after, hunk)) for hunk in _hunks(changed))
    return f"--- {names[0]}\n+++ {names[1]}\n" + "".join(hunks)


def _hunks(changed: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield the changes in groups whose contexts touch."""
    hunk = [changed[0]]
    for change in changed[1:]:
        if change.a - hunk[-1].b > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _hunk(before: Sequence[str], after: Sequence[str], hunk: Sequence[Change]) -> Iterator[str]:
    first, last = hunk[0], hunk[-1]
    lead = min(CONTEXT, first.a)
    end = min(last.b + CONTEXT, len(before))
    yield f"@@ -{_range(first.a - lead, end)} +{_range(first.c - lead, end - last.b + last.d)} @@\n"
    place = first.a - lead
    for a, b, c, d in hunk:
        yield from _marked(" ", before[place:a])
        yield from _marked("-", before[a:b])
        yield from _marked("+", after[c:d])
        place = b
    yield from _marked(" ", before[place:end])


def _range(start: int, end: int) -> str:
    """Return a range of lines, counted from 1; an empty one is named by the line before it."""
    length = end - start
    return f"{start + (length > 0)},{length}"


def _marked(mark: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield mark + line + ("" if line.endswith("\n") else f"\n{NO_NEWLINE}")
