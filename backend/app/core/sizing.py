"""How large everything is: one rule, from the cores and the memory that a container may use.

`look_around` asks the machine; all else is arithmetic. Every number can be set by hand instead, by
the setting of the same name. PostgreSQL's own are worked out by postgres/start.sh. The rule and its
reasons: docs/decisions/0027-one-rule-for-sizes.md.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

MIB = 1024 * 1024

# What the application takes once, and what each process needs beside that at its busiest.
SHARED_MEMORY = 160 * MIB
WORKER_MEMORY = 100 * MIB

# A second worker answers while the first is being replaced.
FEWEST_WORKERS = 2
MOST_WORKERS = 64

# Each needs 19 MiB while it works, and each worker process has its own.
MOST_THREADS = 4

# How many connections are worth having: more queries at once make each of them slower.
MOST_WRITING = 10
MOST_READING = 8
FEWEST_OF_A_WORKER = 4

# Who else connects: superusers (3), `galley`, migrations, backups, and people who look (7).
OTHERS = 10
# How far `docker compose up --scale` goes with the derived numbers.
MOST_BACKENDS = 4
MOST_JOB_WORKERS = 2

# What a job needs beside its transaction where it fails, and the connection that listens.
_SPARE = 5
_LISTENING = 1

CONTROL_GROUPS = Path("/sys/fs/cgroup")

_NOTHING = (0, 0)

# The settings that are read so far, by which the default of the next one is worked out.
_Known = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Room:
    """What a container may use: whole cores, and bytes of memory."""

    cores: int
    memory: int


@dataclass(frozen=True, slots=True)
class Pools:
    """How many connections a web process has, at the most: for requests, and for reading alone."""

    requests: int
    reads: int


def web_workers(room: Room, connections: int, job_concurrency: int) -> int:
    """Return how many web processes one container has: one a core, where there is room for them."""
    by_memory = (room.memory - SHARED_MEMORY) // WORKER_MEMORY
    by_connections = share_of_a_backend(connections, job_concurrency) // FEWEST_OF_A_WORKER
    wanted = min(max(room.cores, FEWEST_WORKERS), MOST_WORKERS)
    return max(min(wanted, by_memory, by_connections), 1)


def password_threads(cores: int, workers: int) -> int:
    """Return how many threads of one process hash passwords: all together, one core is left."""
    return min(max((cores - 1) // workers, 1), MOST_THREADS)


def pools(connections: int, job_concurrency: int, workers: int) -> Pools:
    """Share a container's connections among its processes; each gets one of a kind at least."""
    mine = share_of_a_backend(connections, job_concurrency) // workers
    reads = min(max(mine * 4 // 9, 1), MOST_READING)
    return Pools(requests=min(max(mine - reads, 1), MOST_WRITING), reads=reads)


def share_of_a_backend(connections: int, job_concurrency: int) -> int:
    """Return how many connections one container of several may use, at the most."""
    jobs = MOST_JOB_WORKERS * connections_of_jobs(job_concurrency, MOST_WRITING)
    return max(connections - OTHERS - jobs, 0) // MOST_BACKENDS


def connections_of_jobs(job_concurrency: int, pool: int) -> int:
    """Return how many connections a process needs that does so many jobs at the same time."""
    return max(pool, job_concurrency + _SPARE) + _LISTENING


def connections_needed(
    *, workers: int, pools: Pools, job_concurrency: int, backends: int = 1, job_workers: int = 1
) -> int:
    """Return how many connections a stack of this size opens when everything is busy."""
    web = backends * workers * (pools.requests + pools.reads)
    return web + job_workers * connections_of_jobs(job_concurrency, pools.requests) + OTHERS


def look_around(control_groups: Path = CONTROL_GROUPS) -> Room:
    """Return what this process may use: the machine, or less where its container has limits.

    Reads control groups of version 2 and of version 1; elsewhere than on Linux there are none.
    """
    time, period = _quota_v2(control_groups) or _quota_v1(control_groups) or _NOTHING
    cores = _cores()
    if period:
        cores = min(cores, max(time // period, 1))
    memory = [
        _memory(),
        *_numbers(control_groups / "memory.max"),
        *_numbers(control_groups / "memory" / "memory.limit_in_bytes"),
    ]
    return Room(cores, min(memory))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _quota_v2(control_groups: Path) -> tuple[int, int] | None:
    return _pair(_numbers(control_groups / "cpu.max"))


def _quota_v1(control_groups: Path) -> tuple[int, int] | None:
    folder = control_groups / "cpu"
    numbers = (_numbers(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    return _pair([number for each in numbers for number in each])


def _pair(numbers: list[int]) -> tuple[int, int] | None:
    """Return time and period, or None where there is no limit to the time."""
    return (numbers[0], numbers[1]) if len(numbers) == len(_NOTHING) else None


def _numbers(file: Path) -> list[int]:
    """Return the numbers in a file: none where it is missing or says `max` or -1, without limit."""
    try:
        words = file.read_text("ascii").split()
    except (OSError, ValueError):
        return []
    return [int(word) for word in words if word.isdigit()]


def _default_workers(known: _Known) -> int:
    return web_workers(look_around(), known["db_connections"], known["worker_concurrency"])


def _default_threads(known: _Known) -> int:
    return password_threads(look_around().cores, known["web_concurrency"])


def _default_pools(known: _Known) -> Pools:
    return pools(known["db_connections"], known["worker_concurrency"], known["web_concurrency"])


class Sizes(BaseModel):
    """The settings of how much there is of everything; what is not set follows the rule."""

    db_connections: int = Field(
        200,
        ge=20,
        le=1000,
        description="Connections that PostgreSQL accepts. All that connects shares them.",
    )
    worker_concurrency: int = Field(
        10, ge=2, le=100, description="Jobs that one worker does at the same time."
    )
    web_concurrency: int = Field(
        default_factory=_default_workers,
        ge=1,
        le=MOST_WORKERS,
        description="Worker processes of one container.",
    )
    password_threads: int = Field(
        default_factory=_default_threads,
        ge=1,
        le=16,
        description="Threads of each process that hash passwords.",
    )
    db_pool_size: int = Field(
        default_factory=lambda known: _default_pools(known).requests,
        ge=1,
        le=100,
        description="Connections that each process of the backend keeps, at the most.",
    )
    db_read_pool_size: int = Field(
        default_factory=lambda known: _default_pools(known).reads,
        ge=1,
        le=100,
        description="Further ones of each web process, only for reading: pages, and who asks.",
    )

    @model_validator(mode="after")
    def _fit_into_the_database(self) -> Self:
        needed = connections_needed(
            workers=self.web_concurrency,
            pools=Pools(self.db_pool_size, self.db_read_pool_size),
            job_concurrency=self.worker_concurrency,
        )
        if needed > self.db_connections:
            raise ValueError(
                f"DB_CONNECTIONS: one backend and one worker of these sizes need {needed}: "
                "WEB_CONCURRENCY x (DB_POOL_SIZE + DB_READ_POOL_SIZE), and WORKER_CONCURRENCY + 6, "
                f"or DB_POOL_SIZE + 1 if that is more, and {OTHERS} for others"
            )
        return self
