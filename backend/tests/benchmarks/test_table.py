"""Results as text."""

from benchmarks.compare import comparison
from benchmarks.table import GOALS, HEAD, Goal, aligned, goals, short, table
from tests.benchmarks.figures import figures, results


def test_a_table_has_a_line_for_each_scenario() -> None:
    measured = results(figures("list", [1500], "floor"), figures("floor", [2000]))
    lines = [line.split() for line in table(measured).splitlines()]
    assert lines[0] == " ".join(HEAD).split()
    assert lines[1:] == [
        [
            "the",
            "list",
            "1,500",
            "0.667",
            "9.00",
            "0.300",
            "0.100",
            "0.000",
            "0.200",
            "0.750",
            "1.00",
        ],
        ["the", "floor", "2,000", "0.500", "9.00", "0.300", "0.100", "0.000", "0.200"],
    ]


def test_rows_stand_below_each_other() -> None:
    assert aligned([["", "ms"], ["list", "7"], ["tag", ""]]).splitlines() == [
        "      ms",
        "list   7",
        "tag",
    ]


def test_numbers_have_three_digits() -> None:
    numbers = 12345.6, 123.4, 99.94, 1.0, 0.01234, 0.0, None
    assert [short(number) for number in numbers] == [
        "12,346",
        "123",
        "99.9",
        "1.00",
        "0.012",
        "0.000",
        "",
    ]


def test_a_goal_of_a_rate_is_met_from_below_and_one_of_a_delay_from_above() -> None:
    measured = results(figures("a", [75], p99=30), figures("b", [100], p99=10))
    assert Goal("", "a", "b", 0.7).verdict(measured) == (0.75, True)
    assert Goal("", "a", "b", 0.8).verdict(measured) == (0.75, False)
    assert Goal("", "a", "b", 3, is_delay=True).verdict(measured) == (3, True)
    assert Goal("", "a", "b", 2, is_delay=True).verdict(measured) == (3, False)
    assert Goal("", "a", "nothing", 2).verdict(measured) is None


def test_goals_that_were_not_measured_are_left_out() -> None:
    measured = results(figures("list", [700]), figures("list-floor", [1000]))
    head, line = goals(measured).splitlines()
    assert head.split() == ["goal", "measured", "wanted"]
    assert line == f"{GOALS[0].words}     0.700   ≥ 0.6  met"


def test_two_results_stand_side_by_side() -> None:
    """Twice the requests on a machine that is twice as fast are no progress."""
    then = results(figures("list", [100], "floor"), figures("floor", [200]), figures("old", [5]))
    now = results(figures("list", [200], "floor"), figures("floor", [400]), figures("new", [5]))
    lines = [line.split() for line in comparison(then, now).splitlines()]
    assert lines[1:] == [
        ["the", "list", "200", "100", "5.00", "10.0", "0.500", "0.500", "1.00"],
        ["the", "floor", "400", "200", "2.50", "5.00", "2.00"],
        ["the", "new", "5.00", "200"],
        ["the", "old", "5.00", "200"],
    ]
