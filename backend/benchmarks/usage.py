"""How much processor time each container has had, as the kernel counts it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

MOUNTED = Path("/host/cgroup")


def microseconds_of(file: Path) -> float:
    """Return the time of a control group: `cpu.stat` (version 2) or `cpuacct.usage` (version 1)."""
    text = file.read_text("ascii")
    if file.name == "cpuacct.usage":
        return int(text) / 1000
    fields = dict(line.split() for line in text.splitlines())
    return float(fields["usage_usec"])


def _files(container: str, root: Path) -> Iterator[Path]:
    for name in ("cpu.stat", "cpuacct.usage"):
        for file in root.glob(f"**/*{container}*/{name}"):
            if name != "cpu.stat" or "usage_usec" in file.read_text("ascii"):
                yield file


class Usage:
    """The processor time of some containers; of those that the kernel does not show, none."""

    def __init__(self, containers: Mapping[str, str], root: Path = MOUNTED) -> None:
        """Take the services by name, each with its container's id."""
        found = {name: next(_files(id_, root), None) for name, id_ in containers.items()}
        self._files = {name: file for name, file in found.items() if file is not None}

    def now(self) -> dict[str, float]:
        """Return the microseconds that each has had so far."""
        return {name: microseconds_of(file) for name, file in self._files.items()}

    def since(self, before: Mapping[str, float]) -> dict[str, float]:
        """Return the microseconds that each has had since then."""
        return {name: value - before[name] for name, value in self.now().items()}
