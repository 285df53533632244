"""Results as text: a table, and whether the goals are met."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.results import Results

THREE_DIGITS = 100
HEAD = (
    "", "requests/s", "p50 ms", "p99 ms", "CPU ms", "nginx", "Python", "PostgreSQL",
    "of the floor", "by CPU",
)  # fmt: skip


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows below each other: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def short(number: float | None) -> str:
    """Return three digits of a number, the smallest a thousandth, and nothing for none."""
    if number is None:
        return ""
    if number >= THREE_DIGITS:
        return f"{number:,.0f}"
    return f"{number:.3f}" if number < 1 else f"{number:#.3g}"


def table(results: Results) -> str:
    """Return one line for each scenario, its floors below it."""
    return aligned(list(rows(results)))


def rows(results: Results) -> Iterator[Sequence[str]]:
    """Yield the head of that table, and its lines."""
    yield HEAD
    for key, each in results.figures.items():
        spent = (each.cpu(), each.cpu("nginx"), each.cpu("backend", "floor"), each.cpu("db"))
        measured = (each.rate, each.p50, each.p99, *spent, results.ratio(key), results.effort(key))
        yield each.title, *map(short, measured)


@dataclass(frozen=True, slots=True)
class Goal:
    """What is promised of one ratio."""

    words: str
    key: str
    to: str
    wanted: float
    # Of delays the greatest is wanted, of rates the least.
    is_delay: bool = False

    def verdict(self, results: Results) -> tuple[float, bool] | None:
        """Return what was measured, and whether that is enough; None if it was not measured."""
        measure = results.delay if self.is_delay else results.ratio
        ratio = measure(self.key, self.to)
        if ratio is None:
            return None
        return ratio, ratio <= self.wanted if self.is_delay else ratio >= self.wanted


GOALS = (
    Goal("list, uncached, of the bare application", "list", "list-floor", 0.6),
    Goal("one article, uncached, of the bare application", "article", "article-floor", 0.6),
    Goal("create, of the bare insert", "create", "create-floor", 0.5),
    Goal("list, cached, of the file", "list-cached", "list-static", 0.7),
    Goal("one article, cached, of the file", "article-cached", "article-static", 0.7),
    Goal("list, cached, of the uncached", "list-cached", "list", 30),
    Goal("one article, cached, of the uncached", "article-cached", "article", 30),
    Goal("304 for a list, of the list", "list-304", "list", 2),
    Goal("p99 of the list while 4 write", "writes", "alone", 2, is_delay=True),
    Goal("p99 of the list while 50 sign in", "logins", "alone", 2, is_delay=True),
)


def goals(results: Results) -> str:
    """Return one line for each goal that was measured."""
    return aligned(list(verdicts(results)))


def verdicts(results: Results) -> Iterator[Sequence[str]]:
    """Yield the head of that, and its lines."""
    yield "goal", "measured", "wanted", ""
    for goal in GOALS:
        verdict = goal.verdict(results)
        if verdict is not None:
            ratio, is_met = verdict
            wanted = f"{'≤' if goal.is_delay else '≥'} {goal.wanted:g}"
            yield goal.words, short(ratio), wanted, "met" if is_met else "missed"
