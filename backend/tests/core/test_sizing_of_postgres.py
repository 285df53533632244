"""How PostgreSQL is started: the half of the rule that has to do without Python."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.sizing import MIB

BACKEND = Path(__file__).parents[2]
COMPOSE = (BACKEND.parent / "docker-compose.yml").read_text("utf-8")
GIB = 1024


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with so many cores as there are, 32 GiB, and no control groups."""
    (tmp_path / "meminfo").write_text(f"MemTotal:  {32 * GIB * 1024} kB\nMemFree: 1 kB\n")
    (tmp_path / "memory").mkdir()
    (tmp_path / "cpu").mkdir()
    return tmp_path


def _start(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/usr/bin/env", "bash", BACKEND / "postgres" / "start.sh", "printf", "%s\n", "postgres"],
        env={
            "PATH": os.environ["PATH"],
            "CONTROL_GROUPS": str(machine),
            "MEMINFO": str(machine / "meminfo"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def _settings(machine: Path, **environment: str) -> dict[str, str]:
    said, command, *arguments = _start(machine, **environment).stdout.splitlines()
    assert command == "postgres"
    assert said.split(": ")[1] == " ".join(each.removeprefix("-c") for each in arguments)
    return dict(each.removeprefix("-c").split("=", 1) for each in arguments)


@pytest.mark.parametrize(
    ("mebibytes", "shared", "cached", "maintenance", "work"),
    [
        (64, "16MB", "48MB", "16MB", "4MB"),
        (256, "64MB", "192MB", "16MB", "4MB"),
        (1280, "320MB", "960MB", "80MB", "4MB"),
        (8 * GIB, "2048MB", "6144MB", "512MB", "10MB"),
        (64 * GIB, "8192MB", "24576MB", "1024MB", "40MB"),  # the machine has no more than 32 GiB
    ],
)
@pytest.mark.parametrize("limit", ["memory.max", "memory/memory.limit_in_bytes"])
def test_postgresql_gets_its_share_of_the_memory(
    machine: Path,
    limit: str,
    mebibytes: int,
    shared: str,
    cached: str,
    maintenance: str,
    work: str,
) -> None:
    (machine / limit).write_text(f"{mebibytes * MIB}\n")
    settings = _settings(machine)
    assert settings["shared_buffers"] == shared
    assert settings["effective_cache_size"] == cached
    assert settings["maintenance_work_mem"] == maintenance
    assert settings["work_mem"] == work


def test_without_a_limit_it_is_that_of_the_machine(machine: Path) -> None:
    (machine / "memory.max").write_text("max\n")
    assert _settings(machine)["shared_buffers"] == "8192MB"


def _quota_v1(machine: Path, quota: int) -> None:
    (machine / "cpu" / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (machine / "cpu" / "cpu.cfs_period_us").write_text("100000\n")


def _cores_said(machine: Path) -> int:
    found = re.search(r"(\d+) cores", _start(machine).stdout)
    assert found
    return int(found[1])


def test_cores_are_those_of_the_quota_and_no_more_than_there_are(machine: Path) -> None:
    here = _cores_said(machine)
    (machine / "cpu.max").write_text("150000 100000\n")
    assert _cores_said(machine) == 1
    (machine / "cpu.max").write_text("max 100000\n")
    assert _cores_said(machine) == here
    (machine / "cpu.max").unlink()
    _quota_v1(machine, 50_000)
    assert _cores_said(machine) == 1
    _quota_v1(machine, 100_000_000)
    assert _cores_said(machine) == here
    _quota_v1(machine, -1)
    assert _cores_said(machine) == here


def test_an_acknowledged_write_is_on_the_disk_and_reading_compiles_nothing(machine: Path) -> None:
    settings = _settings(machine)
    assert settings["jit"] == "off"
    assert not {"synchronous_commit", "fsync", "full_page_writes"} & set(settings)


def test_a_search_reads_through_little_of_what_was_written_last(machine: Path) -> None:
    assert _settings(machine)["gin_pending_list_limit"] == "128kB"


def test_connections_are_those_that_the_backend_counts_with(machine: Path) -> None:
    by_default = Settings.model_fields["db_connections"].default
    assert _settings(machine)["max_connections"] == str(by_default)
    assert f"DB_CONNECTIONS: ${{DB_CONNECTIONS:-{by_default}}}" in COMPOSE
    assert _settings(machine, DB_CONNECTIONS="300")["max_connections"] == "300"


@pytest.mark.parametrize("value", ["0", "-5", "many", "19", "1001", "99999", "20.5", "20 -cjit=on"])
def test_connections_that_the_backend_refuses_are_refused(machine: Path, value: str) -> None:
    refused = _start(machine, DB_CONNECTIONS=value)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "DB_CONNECTIONS: must be a whole number from 20 to 1000" in refused.stderr


def test_what_an_operator_says_wins(machine: Path) -> None:
    settings = _settings(machine, DB_SETTINGS="work_mem=16MB  max_wal_size=4GB")
    assert (settings["work_mem"], settings["max_wal_size"]) == ("16MB", "4GB")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("work_mem", "'work_mem' is not name=value"),
        ("work_mem=", "'work_mem=' is not name=value"),
        ("jit=on -cfsync=off", "'-cfsync=off' is not name=value"),
        ("max_connections=9", "set DB_CONNECTIONS instead of max_connections"),
    ],
)
def test_what_is_no_setting_is_refused(machine: Path, given: str, words: str) -> None:
    refused = _start(machine, DB_SETTINGS=given)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"PostgreSQL cannot start with these settings: DB_SETTINGS: {words}" in refused.stderr
