"""The figures of docs/performance.md: what stands between its comments, of the newest results."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.results import Results
from benchmarks.sizes import rows_of_sizes
from benchmarks.table import rows, short, verdicts

SHARED = (
    "list",
    "list-floor",
    "list-304",
    "list-cached",
    "article",
    "search",
    "signed-in",
    "create",
)
PICTURES = ("flame-list.svg", "flame-article.svg")


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table: the first column to the left, numbers to the right."""
    head, *body = rows
    line = ["---", *("--:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, line, *body))


def filled(text: str, blocks: Mapping[str, str]) -> str:
    """Put blocks in the place of those between `<!-- name -->` and `<!-- end of name -->`."""
    for name, block in blocks.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        if not between.search(text):
            raise ValueError(f"the page has no place for {name}")
        text = between.sub(lambda found, block=block: f"{found[1]}{block}\n{found[2]}", text)  # type: ignore[misc]
    return text


def blocks(results: Results, sizes: Results | None) -> dict[str, str]:
    """Return what the page says in figures."""
    about = results.about
    said = f"Measured on {about['at'][:10]} on {about['cores']} cores, {about['rounds']}:"
    figures = f"{said}\n\n{markdown(list(verdicts(results)))}\n\n{markdown(list(_brief(results)))}"
    found = {"figures": figures, "shares": markdown(list(shares(results)))}
    if sizes is not None:
        found["sizes"] = markdown(list(rows_of_sizes(sizes)))
    return found


def _brief(results: Results) -> Iterator[Sequence[str]]:
    """Yield the table of the command without whose work it is, which is told elsewhere."""
    for name, rate, p50, p99, *_, of_the_floor, by_cpu in rows(results):
        yield name, rate, p50, p99, of_the_floor, by_cpu


def shares(results: Results) -> Iterator[Sequence[str]]:
    """Yield whose work a request is, in milliseconds, and how many of them are a core's work."""
    yield (
        "ms of processor time",
        "nginx",
        "Python",
        "PostgreSQL",
        "together",
        "a second, of one core",
    )
    for key in SHARED:
        each = results.figures.get(key)
        together = each and each.cpu()
        if each and together:
            parts = each.cpu("nginx"), each.cpu("backend", "floor"), each.cpu("db")
            yield each.title, *map(short, (*parts, together, 1000 / together))


def write(docs: Path, folder: Path) -> None:
    """Write the newest results of a folder into the page, and their pictures beside it."""
    *_, newest = sorted(folder.glob("*Z.json"))
    results = Results.read(newest)
    sizes = [Results.read(path) for path in sorted(folder.glob("*Z-sizes.json"))]
    page = docs / "performance.md"
    text = filled(page.read_text("utf-8"), blocks(results, sizes[-1] if sizes else None))
    page.write_text(text, "utf-8")
    (docs / "performance" / "bench.svg").write_text(chart(results), "utf-8")
    for name in PICTURES:
        if (folder / name).exists():
            shutil.copyfile(folder / name, docs / "performance" / name)
