"""Results as a benchmark might have had them."""

from collections.abc import Sequence

from benchmarks.results import Figures, Results, Run


def figures(key: str, rates: Sequence[float], floor: str = "", p99: float = 9) -> Figures:
    """Return a scenario with one run for each rate."""
    runs = [Run(rate, 1000 / rate, p99, 2 * p99, {"nginx": 0.1, "db": 0.2}) for rate in rates]
    return Figures(key, f"the {key}", floor, runs)


def results(*scenarios: Figures) -> Results:
    """Return results that hold these."""
    about = {
        "at": "2026-11-21T18:00:00+00:00",
        "articles": "5,000",
        "cores": "2",
        "rounds": "5 of 2 s",
    }
    return Results(about, {each.key: each for each in scenarios})
