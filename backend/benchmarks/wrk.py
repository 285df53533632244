"""wrk, run once: what it is to ask for, and what it has measured."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

ADDRESS = "http://nginx:8080"
SCRIPT = Path(__file__).with_name("load.lua")
THREADS = 2
# A run that is this far over its time hangs.
PATIENCE = 30

_numbers = count(1)


class Failed(Exception):
    """A run that measured something else than what was meant."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a load; {n} in its body is another number each time."""

    path: str
    method: str = "GET"
    body: str = ""

    def line(self) -> str:
        """Return it as the script reads it."""
        return f"{self.method}\t{self.path}\t{self.body}\n"


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for: one path again and again, or the given requests one after the other."""

    requests: Sequence[Request]
    address: str = ADDRESS
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = 32
    # A flood of wrong passwords is refused, and that is what it is for.
    may_be_refused: bool = False

    @property
    def is_one(self) -> bool:
        """Whether wrk can send it without a script, which costs it least."""
        return len(self.requests) == 1 and not self.requests[0].body


@dataclass(frozen=True, slots=True)
class Report:
    """What one run has measured; times are in milliseconds."""

    requests: int
    seconds: float
    bytes: int
    p50: float
    p99: float
    worst: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def read_report(output: str) -> Report:
    """Return what the script has said among wrk's own words; raise Failed if it said nothing."""
    for line in output.splitlines():
        if line.startswith("REPORT "):
            return Report(**json.loads(line.removeprefix("REPORT ")))
    raise Failed(f"wrk did not report:\n{output}")


class Wrk:
    """Runs wrk."""

    def run(self, load: Load, seconds: float) -> Report:
        """Send a load for some seconds; raise Failed for answers that were none, or refusals."""
        with self._started(load, seconds) as process:
            return _report(load, process, seconds)

    @contextmanager
    def beside(self, load: Load, seconds: float) -> Iterator[None]:
        """Send a load while the block runs, which takes less time; raise Failed likewise."""
        with self._started(load, seconds) as process:
            yield
            _report(load, process, seconds)

    @contextmanager
    def _started(self, load: Load, seconds: float) -> Iterator["subprocess.Popen[str]"]:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as lines:
            lines.writelines(request.line() for request in load.requests)
            lines.flush()
            process = subprocess.Popen(  # noqa: S603 - all of it is ours
                _command(load, seconds, lines.name),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()


def _report(load: Load, process: "subprocess.Popen[str]", seconds: float) -> Report:
    output, _ = process.communicate(timeout=seconds + PATIENCE)
    report = read_report(output)
    if report.broken or (report.refused and not load.may_be_refused):
        raise Failed(f"{load.requests[0].method} {load.requests[0].path}: {report}")
    return report


def _command(load: Load, seconds: float, lines: str) -> list[str]:
    path = load.requests[0].path if load.is_one else "/"
    headers = dict(load.headers) | ({"Host": load.host} if load.host else {})
    command = ["wrk", "--threads", str(min(THREADS, load.connections))]
    command += ["--connections", str(load.connections), "--duration", f"{seconds:.0f}s"]
    command += ["--timeout", "10s", "--script", str(SCRIPT)]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    command.append(load.address + path)
    # No two runs make the same numbers.
    return command if load.is_one else [*command, "--", lines, f"{next(_numbers)}"]
