"""The command behind `make bench`, run in a container on the stack's own networks."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import page
from benchmarks.chart import chart
from benchmarks.compare import comparison
from benchmarks.flame import flame, tree
from benchmarks.results import Figures, Results
from benchmarks.rounds import Bench
from benchmarks.scenarios import FLOOR, LIST, Reading, Scenario, Writing, check
from benchmarks.site import API, Site
from benchmarks.sizes import beside_each_other, rows_of_sizes
from benchmarks.table import aligned, goals, table
from benchmarks.usage import Usage
from benchmarks.wrk import ADDRESS, Load, Request, Wrk

RESULTS = Path("/results")
DOCS = Path("/docs")
# As run.sh seeds them.
ARTICLES = 5000
ROUNDS = 5
SECONDS = 2
FLAME_SECONDS = 10
# Below it are the requests.
LOOP = "asyncio.runners:Runner.run"


def say(words: str) -> None:
    """Tell whoever waits."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _containers() -> dict[str, str]:
    """Return the ids of the containers: CONTAINERS="backend=1f0c nginx=2b9c"."""
    pairs = os.environ.get("CONTAINERS", "").split()
    return dict(pair.split("=", 1) for pair in pairs)


def _about(rounds: int, seconds: int) -> dict[str, str]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "articles": f"{ARTICLES:,}",
        "cores": str(os.cpu_count()),
        "machine": platform.machine(),
        "rounds": f"{rounds} of {seconds} s",
    }


def _prepared(site: Site, scenarios: list[Scenario]) -> list[Scenario]:
    for scenario in scenarios:
        check(site, scenario)
        if scenario.load.host == FLOOR:
            for request in scenario.load.requests:
                site.settle(request, scenario.load)
    return scenarios


def run(rounds: int, seconds: int) -> Results:
    """Measure everything: first what only reads, because writing makes the data set grow."""
    site, bench = Site(ADDRESS), Bench(Wrk(), Usage(_containers()), say)
    token = site.sign_up("bench")
    figures: list[Figures] = []
    for part in (Reading(site, token), Writing(site, token)):
        scenarios = _prepared(site, list(part.scenarios()))
        figures += bench.rounds(scenarios, rounds, seconds)
    return Results(_about(rounds, seconds), {each.key: each for each in figures})


def _name(results: Results) -> str:
    return results.about["at"].replace(":", "").replace("+0000", "Z")


def show(results: Results) -> None:
    """Print the table, and write the file and the chart."""
    say(f"\n{table(results)}\n\n{goals(results)}")
    name = _name(results)
    results.write(RESULTS / f"{name}.json")
    (RESULTS / f"{name}.svg").write_text(chart(results), "utf-8")
    say(f"\nThe figures are in results/{name}.json, the chart is beside it.")


def scaled(sizes: Sequence[int]) -> Results:
    """Measure the same pages in a stack of each size."""
    bench = Bench(Wrk(), Usage(_containers()), say)
    figures = bench.rounds(beside_each_other(sizes), ROUNDS, SECONDS)
    return Results(_about(ROUNDS, SECONDS), {each.key: each for each in figures})


def show_sizes(results: Results) -> None:
    """Print how the sizes compare, and write the file."""
    say(f"\n{aligned(list(rows_of_sizes(results)))}")
    results.write(RESULTS / f"{_name(results)}-sizes.json")


def draw_flames() -> None:
    """Let the product be asked for one page after the other, and draw where its time goes."""
    site, wrk = Site(ADDRESS), Wrk()
    slug = site.get(LIST).json()[7]["slug"]
    for name, path in (("list", LIST), ("article", f"{API}/articles/{slug}")):
        load = Load([Request(path)], host=FLOOR)
        wrk.run(load, 2)
        site.get("/stacks", Host=FLOOR)
        report = wrk.run(load, FLAME_SECONDS)
        stacks = site.get("/stacks", Host=FLOOR).body.decode()
        (RESULTS / f"flame-{name}.txt").write_text(stacks, "utf-8")
        title = f"GET {path.partition('?')[0]}: one process, {report.rate:,.0f} requests a second"
        (RESULTS / f"flame-{name}.svg").write_text(flame(tree(stacks, LOOP), title), "utf-8")
    say("The flame graphs are in results/, each with its stacks beside it.")


def main() -> None:
    """Do what is asked: `run`, `scale SIZE...` or `compare BASE NEW`."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    measure = commands.add_parser("run")
    measure.add_argument("--rounds", type=int, default=ROUNDS)
    measure.add_argument("--seconds", type=int, default=SECONDS)
    scale = commands.add_parser("scale")
    scale.add_argument("sizes", type=int, nargs="+")
    commands.add_parser("flame")
    commands.add_parser("page")
    compare = commands.add_parser("compare")
    compare.add_argument("base", type=Path)
    compare.add_argument("new", type=Path)
    asked = parser.parse_args()
    if asked.command == "compare":
        say(comparison(Results.read(asked.base), Results.read(asked.new)))
    elif asked.command == "page":
        page.write(DOCS, RESULTS)
    elif asked.command == "flame":
        draw_flames()
    elif asked.command == "scale":
        show_sizes(scaled(asked.sizes))
    else:
        show(run(asked.rounds, asked.seconds))


if __name__ == "__main__":
    main()
