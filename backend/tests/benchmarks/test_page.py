"""The figures of docs/performance.md."""

from pathlib import Path

import pytest

from benchmarks.page import blocks, filled, markdown, shares, write
from benchmarks.sizes import rows_of_sizes
from tests.benchmarks.figures import figures, results

PAGE = "Before.\n<!-- figures -->\nold\n<!-- end of figures -->\nAfter.\n"
PAGE_OF_ALL = f"{PAGE}<!-- shares -->\n<!-- end of shares -->\n"


def test_a_block_takes_the_place_of_the_former_one() -> None:
    once = filled(PAGE, {"figures": "| \\1 |"})
    assert once == "Before.\n<!-- figures -->\n| \\1 |\n<!-- end of figures -->\nAfter.\n"
    assert filled(once, {"figures": "old"}) == PAGE


def test_a_block_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for sizes"):
        filled(PAGE, {"sizes": ""})


def test_rows_become_a_table() -> None:
    table = markdown([["page", "ms"], ["list", "7"]])
    assert table == "| page | ms |\n| --- | --: |\n| list | 7 |"


def test_a_page_is_flat_unless_it_takes_half_as_long_again() -> None:
    measured = results(
        figures("list-5", [100]),
        figures("list-50", [80]),
        figures("search-5", [100]),
        figures("search-50", [50]),
    )
    assert list(rows_of_sizes(measured)) == [
        ("p50 ms", "5", "50", "times as long", "", "of its rate"),
        ("list", "10.0", "12.5", "1.25", "flat", "0.800"),
        ("search", "10.0", "20.0", "2.00", "grows", "0.500"),
    ]


def test_the_page_of_the_docs_has_a_place_for_all_of_it() -> None:
    text = (Path(__file__).parents[3] / "docs" / "performance.md").read_text("utf-8")
    assert "| a |" in filled(text, dict.fromkeys(("figures", "shares", "sizes"), "| a |"))


def test_a_page_tells_whose_work_a_request_is() -> None:
    _, line = shares(results(figures("list", [7]), figures("author", [7])))
    assert line == ("the list", "0.100", "0.000", "0.200", "0.300", "3,333")


def test_the_newest_results_are_written(tmp_path: Path) -> None:
    found, docs = tmp_path / "results", tmp_path / "docs"
    (docs / "performance").mkdir(parents=True)
    found.mkdir()
    (docs / "performance.md").write_text(PAGE_OF_ALL)
    results(figures("list", [1])).write(found / "2026-11-20T100000Z.json")
    newest = results(figures("list", [2]), figures("list-floor", [3]))
    newest.write(found / "2026-11-21T100000Z.json")
    write(docs, found)
    assert blocks(newest, None)["figures"] in (docs / "performance.md").read_text()
    assert (docs / "performance" / "bench.svg").exists()
