"""How large everything is: the rule for each size of machine, and what is refused."""

import re
from pathlib import Path

import pytest

from app import worker
from app.core import sizing
from app.core.config import Settings, SettingsError
from app.core.sizing import (
    MIB,
    MOST_BACKENDS,
    MOST_JOB_WORKERS,
    MOST_READING,
    MOST_THREADS,
    MOST_WRITING,
    Pools,
    Room,
    Sizes,
    connections_needed,
    connections_of_jobs,
    look_around,
    password_threads,
    pools,
    web_workers,
)

DEFAULTS = {"connections": 200, "job_concurrency": 10}
PLENTY = 64 * 1024 * MIB
COMPOSE = (Path(__file__).parents[3] / "docker-compose.yml").read_text("utf-8")

# What connections have taken of the memory of PostgreSQL 15 after being asked for everything that
# there is: of those that only read, of the rest, and of those of a worker.
OF_A_READER, OF_THE_REST, OF_A_WORKER = 20 * MIB, 20 * MIB, 10 * MIB
# PostgreSQL itself, and the page tables.
OF_NO_CONNECTION = 40 * MIB
NO_LIMIT = 2**63 - 4096


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing about sizes, on a machine of two cores and 768 MiB."""
    for name in Sizes.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SECRET_KEY", "7hK2pQ9sV4xZ1bN6mC8dF3gJ5lR0tY2w")
    monkeypatch.setenv("DB_HOST", "/run/postgresql")
    monkeypatch.setattr(sizing, "look_around", lambda: Room(2, 768 * MIB))
    return monkeypatch


def _refusal() -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    return str(caught.value)


@pytest.mark.parametrize(
    ("cores", "mebibytes", "workers"),
    [
        (1, 768, 2),  # two, so that one answers while the other is replaced
        (2, 768, 2),
        (4, 768, 4),
        (8, 768, 6),  # as many as the memory is enough for
        (8, 2048, 8),
        (64, 65536, 9),  # as many as have connections
        (1, 256, 1),
        (1, 64, 1),
    ],
)
def test_there_is_a_web_process_for_each_core_that_has_memory_and_connections(
    cores: int, mebibytes: int, workers: int
) -> None:
    assert web_workers(Room(cores, mebibytes * MIB), **DEFAULTS) == workers


def test_more_connections_let_a_large_machine_have_more_processes() -> None:
    assert web_workers(Room(64, PLENTY), connections=600, job_concurrency=10) == 34


@pytest.mark.parametrize(
    ("cores", "workers", "threads"),
    [(1, 2, 1), (2, 2, 1), (4, 4, 1), (4, 1, 3), (8, 2, 3), (64, 2, MOST_THREADS)],
)
def test_passwords_leave_a_core_to_others(cores: int, workers: int, threads: int) -> None:
    assert password_threads(cores, workers) == threads


@pytest.mark.parametrize(
    ("workers", "expected"),
    [(1, Pools(10, 8)), (2, Pools(10, 8)), (4, Pools(5, 4)), (9, Pools(3, 1)), (64, Pools(1, 1))],
)
def test_processes_share_the_connections_of_their_container(workers: int, expected: Pools) -> None:
    assert pools(**DEFAULTS, workers=workers) == expected


@pytest.mark.parametrize("connections", [100, 150, 200, 400, 1000])
@pytest.mark.parametrize("job_concurrency", [2, 10, 16])
def test_derived_sizes_never_need_more_connections_than_there_are(
    connections: int, job_concurrency: int
) -> None:
    for cores in range(1, 65):
        for memory in (256 * MIB, 768 * MIB, PLENTY):
            workers = web_workers(Room(cores, memory), connections, job_concurrency)
            share = pools(connections, job_concurrency, workers)
            assert 1 <= share.requests <= MOST_WRITING
            assert 1 <= share.reads <= MOST_READING
            for backends in range(1, MOST_BACKENDS + 1):
                needed = connections_needed(
                    workers=workers,
                    pools=share,
                    job_concurrency=job_concurrency,
                    backends=backends,
                    job_workers=MOST_JOB_WORKERS,
                )
                assert needed <= connections, f"{cores} cores, {backends} backends"


def test_the_database_has_memory_for_all_connections_of_one_backend_and_one_worker() -> None:
    given = re.search(r"\$\{DB_MEMORY:-(\d+)m\}", COMPOSE)
    assert given
    memory = int(given[1]) * MIB
    sizes = Settings.load()
    jobs = connections_of_jobs(sizes.worker_concurrency, sizes.db_pool_size)
    web = sizes.db_read_pool_size * OF_A_READER + sizes.db_pool_size * OF_THE_REST
    needed = sizes.web_concurrency * web + jobs * OF_A_WORKER + OF_NO_CONNECTION
    assert needed <= memory - memory // 4, "besides shared_buffers"


def test_a_worker_has_the_connections_that_are_counted_for_it() -> None:
    for concurrency, pool in ((2, 10), (10, 10), (100, 10), (10, 50)):
        opened = max(pool, concurrency + worker.SPARE_CONNECTIONS) + 1
        assert connections_of_jobs(concurrency, pool) == opened


@pytest.mark.parametrize(
    ("files", "cores", "memory"),
    [
        ({}, 8, PLENTY),
        ({"cpu.max": "max 100000\n", "memory.max": "max\n"}, 8, PLENTY),
        ({"cpu.max": "250000 100000\n", "memory.max": f"{512 * MIB}\n"}, 2, 512 * MIB),
        ({"cpu.max": "50000 100000\n"}, 1, PLENTY),
        ({"cpu.max": "1600000 100000\n", "memory.max": f"{2 * PLENTY}\n"}, 8, PLENTY),
        ({"cpu.max": "gibberish", "memory.max": "\xff"}, 8, PLENTY),
        (
            {
                "cpu/cpu.cfs_quota_us": "-1\n",
                "cpu/cpu.cfs_period_us": "100000\n",
                "memory/memory.limit_in_bytes": f"{NO_LIMIT}\n",
            },
            8,
            PLENTY,
        ),
        (
            {
                "cpu/cpu.cfs_quota_us": "400000\n",
                "cpu/cpu.cfs_period_us": "100000\n",
                "memory/memory.limit_in_bytes": f"{512 * MIB}\n",
            },
            4,
            512 * MIB,
        ),
    ],
    ids=["none", "v2-none", "v2", "v2-half", "v2-vast", "broken", "v1-none", "v1"],
)
def test_a_container_counts_what_it_may_use(
    environment: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str], cores: int, memory: int
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, "latin-1")
    environment.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    environment.setattr("os.sysconf", {"SC_PAGE_SIZE": MIB, "SC_PHYS_PAGES": PLENTY // MIB}.get)
    assert look_around(tmp_path) == Room(cores, memory)


def test_elsewhere_than_on_linux_there_are_the_cores_of_the_machine(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delattr("os.sched_getaffinity", raising=False)
    environment.setattr("os.cpu_count", lambda: None)
    assert look_around(tmp_path).cores == 1


def test_this_machine_has_something_to_offer() -> None:
    here = look_around()
    assert here.cores >= 1
    assert here.memory >= MIB


def test_what_is_not_set_follows_the_rule() -> None:
    sizes = Settings.load()
    assert (sizes.web_concurrency, sizes.password_threads) == (2, 1)
    assert (sizes.db_pool_size, sizes.db_read_pool_size) == (10, 8)
    assert (sizes.db_connections, sizes.worker_concurrency) == (200, 10)


@pytest.mark.parametrize("name", list(Sizes.model_fields))
def test_every_size_can_be_set_by_hand(environment: pytest.MonkeyPatch, name: str) -> None:
    by_rule = getattr(Settings.load(), name)
    environment.setenv(name.upper(), str(by_rule + 1))
    assert getattr(Settings.load(), name) == by_rule + 1


def test_what_is_set_by_hand_changes_what_follows_from_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WEB_CONCURRENCY", "4")
    sizes = Settings.load()
    assert (sizes.db_pool_size, sizes.db_read_pool_size) == (5, 4)


@pytest.mark.parametrize("name", list(Sizes.model_fields))
@pytest.mark.parametrize("value", ["0", "-1", "1001", "many", "1.5"])
def test_nonsense_is_refused_by_its_name_alone(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name.upper(), value)
    _, *complaints = _refusal().splitlines()
    assert [line.strip().partition(":")[0] for line in complaints] == [name.upper()]


@pytest.mark.parametrize(
    ("values", "needed"),
    [
        ({"WEB_CONCURRENCY": "32", "DB_POOL_SIZE": "20"}, 32 * 21 + 21 + 10),
        ({"DB_CONNECTIONS": "20"}, 1 * 2 + 16 + 10),
        ({"DB_POOL_SIZE": "100"}, 2 * 108 + 101 + 10),
    ],
)
def test_more_connections_than_there_are_is_refused_with_how_many_it_takes(
    environment: pytest.MonkeyPatch, values: dict[str, str], needed: int
) -> None:
    for name, value in values.items():
        environment.setenv(name, value)
    said = _refusal()
    assert f"DB_CONNECTIONS: one backend and one worker of these sizes need {needed}:" in said
