"""What follows from the runs of a benchmark."""

from pathlib import Path

import pytest

from benchmarks.results import Figures, Results, Run
from tests.benchmarks.figures import figures, results


def test_a_scenario_is_the_median_of_its_rounds() -> None:
    measured = figures("list", [100, 900, 300])
    assert (measured.rate, measured.p99) == (300, 9)
    assert measured.p50 == pytest.approx(1000 / 300)
    assert measured.cpu() == pytest.approx(0.3)
    assert measured.cpu("db", "backend") == pytest.approx(0.2)


def test_what_the_kernel_does_not_show_is_not_known() -> None:
    assert Figures("list", "", "", [Run(1, 1, 1, 1)]).cpu() is None


def test_a_ratio_is_the_median_of_the_ratios_within_the_rounds() -> None:
    """The second round was slow for everybody, and changes nothing."""
    measured = results(
        figures("list", [600, 60, 650], "floor"), figures("floor", [1000, 100, 1000])
    )
    assert measured.ratio("list") == pytest.approx(0.6)


def test_a_ratio_to_what_was_not_measured_is_none() -> None:
    measured = results(figures("list", [600], "floor"))
    assert measured.ratio("list") is None
    assert measured.ratio("nothing", "list") is None
    assert measured.ratio("list", "nothing") is None


def test_the_work_of_a_request_is_compared_too() -> None:
    measured = results(figures("list", [600], "floor"), figures("floor", [1000]))
    assert measured.effort("list") == pytest.approx(1)
    assert measured.effort("floor") is None
    assert measured.effort("nothing") is None


def test_delays_are_compared_by_their_slowest_hundredth() -> None:
    measured = results(figures("alone", [9], p99=10), figures("flooded", [9], p99=15))
    assert measured.delay("flooded", "alone") == pytest.approx(1.5)
    assert measured.delay("flooded", "nothing") is None


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    measured = results(figures("list", [1, 2], "floor"), figures("floor", [3, 4]))
    measured.write(tmp_path / "results.json")
    assert Results.read(tmp_path / "results.json") == measured
