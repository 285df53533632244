"""The same pages among few, many and very many articles, each size in a stack of its own."""

from collections.abc import Iterator, Sequence
from itertools import product
from urllib.parse import quote_plus

from benchmarks.results import Results
from benchmarks.scenarios import JSON, LIST, NEW, UNCACHED, Scenario
from benchmarks.site import API, Site
from benchmarks.table import short
from benchmarks.wrk import Load, Request

# So many articles, tags and so on are asked for in turn, spread over all there are.
SPREAD = 50
FLAT = 1.5
SEARCH = f"{API}/search?limit=20"
# One article in a hundred has such a word, so a larger blog has more of them to choose from.
COMMON = ("baral", "coral", "daral", "feral", "gliral", "haral")


def address(size: int) -> str:
    """Return where the stack with so many articles is, for who stands on its network."""
    return f"http://galley-bench-{size}-nginx-1:8080"


class Size:
    """What is asked of one stack."""

    def __init__(self, size: int) -> None:
        """Take how many articles it has."""
        self._size = size
        self._site = Site(address(size))

    def scenarios(self) -> Iterator[Scenario]:
        """Yield the pages, which are the same at each size."""
        yield self._reading("list", [LIST])
        yield self._reading("tag", [f"{LIST}&tag=topic-{n}" for n in range(1, SPREAD)])
        yield self._reading("author", [f"{LIST}&author=person{n}" for n in range(1, SPREAD)])
        cursors = [self._site.cursor(date) for date in _dates()]
        yield self._reading("deep", [f"{LIST}&cursor={cursor}" for cursor in cursors])
        pages = [self._site.get(f"{LIST}&cursor={cursor}").json() for cursor in cursors]
        found = [article for page in pages for article in page[:2]]
        yield self._reading("article", [f"{API}/articles/{each['slug']}" for each in found])
        titles = [each["title"] for each in found]
        for name, path in (("list with", LIST), ("ranked search for", SEARCH)):
            yield self._reading(f"{name} the words of a title", _asking(path, titles))
            yield self._reading(f"{name} a common word", _asking(path, COMMON))
        signed_in = JSON | {"Authorization": f"Bearer {self._site.sign_up('bench')}"}
        new = Request(f"{API}/articles", "POST", NEW)
        load = Load([new], address(self._size), headers=signed_in)
        yield Scenario(f"create-{self._size}", f"create, {self._size:,}", load)

    def _reading(self, key: str, paths: Sequence[str]) -> Scenario:
        for path in paths:
            self._site.get(path, **UNCACHED)
        requests = [Request(path) for path in paths]
        load = Load(requests, address(self._size), headers=UNCACHED)
        return Scenario(f"{key}-{self._size}", f"{key}, {self._size:,}", load)


def _asking(path: str, words: Sequence[str]) -> list[str]:
    return [f"{path}&q={quote_plus(each)}" for each in words]


def _dates() -> list[str]:
    months = product(range(2022, 2026), range(1, 13))
    return [f"{year}-{month:02}-01T00:00:00Z" for year, month in months]


def beside_each_other(sizes: Sequence[int]) -> list[Scenario]:
    """Return the scenarios of all stacks, the sizes of one page next to each other."""
    stacks = [list(Size(size).scenarios()) for size in sizes]
    return [scenario for page in zip(*stacks, strict=True) for scenario in page]


def rows_of_sizes(results: Results) -> Iterator[Sequence[str]]:
    """Yield one line for each page: the latency at each size, and how the last differs."""
    sizes = list(dict.fromkeys(int(key.rpartition("-")[2]) for key in results.figures))
    first, *_, last = sizes
    yield "p50 ms", *(f"{size:,}" for size in sizes), "times as long", "", "of its rate"
    for key in results.figures:
        name, _, size = key.rpartition("-")
        if size != str(first):
            continue
        here = [results.figures[f"{name}-{each}"] for each in sizes]
        longer = max(each.against(here[0], lambda run: run.p50) for each in here[1:])
        share = results.ratio(f"{name}-{last}", f"{name}-{first}")
        verdict = "flat" if longer <= FLAT else "grows"
        latencies = [short(each.p50) for each in here]
        yield name, *latencies, short(longer), verdict, short(share)
