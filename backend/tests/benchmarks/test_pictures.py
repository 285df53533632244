"""Results as pictures."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks.chart import WIDE, chart
from benchmarks.flame import REST, flame, tree
from tests.benchmarks.figures import figures, results

SVG = "{http://www.w3.org/2000/svg}"
LOOP = "asyncio:run"
STACKS = f"""\
main:main;{LOOP} 10
main:main;{LOOP};uvicorn:serve;app.web:answer;app.core:read 60
main:main;{LOOP};uvicorn:serve;benchmarks.sampled:app;app.web:answer 20
main:main;{LOOP};json:<dumps> 10
"""


def _bars(picture: str) -> list[float]:
    root = ET.fromstring(picture)
    return [float(each.attrib["width"]) for each in root.iter(f"{SVG}rect")][1:]


def _words(picture: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(picture).iter(f"{SVG}text")]


def test_a_chart_has_a_bar_for_each_scenario_that_has_a_floor_over_that_one() -> None:
    measured = results(
        figures("floor", [200]), figures("list", [100], "floor"), figures("search", [7])
    )
    picture = chart(measured)
    assert _bars(picture) == [WIDE / 2, WIDE]
    assert "100/s, p99 9.00 ms · 0.500 of the floor" in _words(picture)
    assert "5,000 articles, 2 cores, 2026-11-21T18:00:00+00:00" in _words(picture)


def test_a_tree_counts_what_functions_call() -> None:
    root = tree(STACKS, below=LOOP)
    assert {name: call.count for name, call in root.calls.items()} == {
        REST: 10,
        "uvicorn:serve": 80,
        "json:<dumps>": 10,
    }
    answer = root.calls["uvicorn:serve"].calls["app.web:answer"]
    assert (answer.count, answer.calls["app.core:read"].count) == (80, 60)


def test_a_flame_graph_gives_each_function_its_share_of_the_width() -> None:
    picture = flame(tree(STACKS, below=LOOP), "GET <a list>")
    root = ET.fromstring(picture)
    boxes = {
        group.findtext(f"{SVG}title"): float(group.find(f"{SVG}rect").attrib["width"])  # type: ignore[union-attr]
        for group in root.iter(f"{SVG}g")
    }
    assert boxes["uvicorn.serve: 80.0%"] == pytest.approx(960, abs=1)
    assert boxes["app.core.read: 60.0%"] == pytest.approx(720, abs=1)
    assert boxes["json.<dumps>: 10.0%"] == pytest.approx(120, abs=1)
    assert "read 60.0%" in _words(picture)
