"""What is around a run of wrk."""

from pathlib import Path

import pytest

from benchmarks.usage import Usage
from benchmarks.wrk import Failed, Load, Report, Request, read_report

REPORT = (
    'REPORT {"requests": 90, "seconds": 2.0, "bytes": 5, "p50": 1.5, "p99": 9.0, "worst": 11.0, '
    '"refused": 0, "broken": 0}'
)


def test_a_report_is_found_among_the_words_of_wrk() -> None:
    report = read_report(f"Running 2s test\n{REPORT}\nRequests/sec: 45\n")
    assert report == Report(90, 2.0, 5, 1.5, 9.0, 11.0, 0, 0)
    assert report.rate == 45


def test_a_run_that_said_nothing_has_failed() -> None:
    with pytest.raises(Failed, match="unable to connect"):
        read_report("unable to connect to nginx:8080")


def test_the_script_reads_requests_line_by_line() -> None:
    assert Request("/a").line() == "GET\t/a\t\n"
    assert Request("/a", "POST", '{"n": "{n}"}').line() == 'POST\t/a\t{"n": "{n}"}\n'


def test_one_request_without_a_body_needs_no_script() -> None:
    assert Load([Request("/a")]).is_one
    assert not Load([Request("/a"), Request("/b")]).is_one
    assert not Load([Request("/a", "POST", "{}")]).is_one


def test_the_time_of_a_container_is_read_from_either_kind_of_control_group(tmp_path: Path) -> None:
    old, new = tmp_path / "cpuacct/docker/11aa", tmp_path / "system.slice/docker-22bb.scope"
    for folder in (old, new, tmp_path / "cpu/docker/11aa"):
        folder.mkdir(parents=True)
    (tmp_path / "cpu/docker/11aa/cpu.stat").write_text("nr_periods 7\n")
    (old / "cpuacct.usage").write_text("5000\n")
    (new / "cpu.stat").write_text("usage_usec 70\nuser_usec 60\n")
    usage = Usage({"nginx": "11aa", "db": "22bb", "gone": "33cc"}, tmp_path)
    before = usage.now()
    assert before == {"nginx": 5.0, "db": 70.0}
    (old / "cpuacct.usage").write_text("9000\n")
    assert usage.since(before) == {"nginx": 4.0, "db": 0.0}
