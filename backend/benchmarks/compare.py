"""Two results side by side."""

from collections.abc import Sequence

from benchmarks.results import Figures, Results
from benchmarks.table import aligned, short

HEAD = ("", "requests/s", "then", "p50 ms", "then", "of the floor", "then", "now / then")


def comparison(base: Results, new: Results) -> str:
    """Return one line for each scenario that either has.

    On another machine all rates differ; what stands on a floor is compared by its share of that,
    for the floor was measured in the same minutes.
    """
    rows: list[Sequence[str]] = [HEAD]
    for key in dict.fromkeys([*new.figures, *base.figures]):
        now, then = new.figures.get(key), base.figures.get(key)
        share, former = new.ratio(key), base.ratio(key)
        if now and then:
            change = share / former if share and former else now.rate / then.rate
        else:
            change = None
        measured = (_rate(now), _rate(then), _p50(now), _p50(then), share, former, change)
        title = (now or then or new.figures[key]).title
        rows.append((title, *map(short, measured)))
    return aligned(rows)


def _rate(figures: Figures | None) -> float | None:
    return figures.rate if figures else None


def _p50(figures: Figures | None) -> float | None:
    return figures.p50 if figures else None
