"""What was measured, as it stands in a file, and what follows from it: medians and ratios."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one scenario: requests a second, milliseconds, and what each container worked."""

    rate: float
    p50: float
    p99: float
    worst: float
    # Milliseconds of processor time for each request, by service.
    cpu: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """The runs of one scenario, one of each round."""

    key: str
    title: str
    floor: str
    runs: Sequence[Run]

    def median(self, of: Callable[[Run], float]) -> float:
        """Return the middle of what its runs say."""
        return median(of(run) for run in self.runs)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.median(lambda run: run.rate)

    @property
    def p50(self) -> float:
        """The latency that half of the requests stay below."""
        return self.median(lambda run: run.p50)

    @property
    def p99(self) -> float:
        """The latency that all but one of a hundred requests stay below."""
        return self.median(lambda run: run.p99)

    def cpu(self, *services: str) -> float | None:
        """Return the milliseconds of processor time that a request takes of these, or of all.

        None if that is not known.
        """
        if not self.runs[0].cpu:
            return None
        return self.median(
            lambda run: sum(
                spent for name, spent in run.cpu.items() if name in services or not services
            )
        )

    def against(self, other: "Figures", of: Callable[[Run], float]) -> float:
        """Return the middle of the ratios within the rounds: a slow minute slows both down."""
        pairs = zip(self.runs, other.runs, strict=True)
        return median(of(run) / of(beside) for run, beside in pairs)


@dataclass(frozen=True, slots=True)
class Results:
    """One run of the benchmark."""

    about: Mapping[str, str]
    figures: Mapping[str, Figures]

    def ratio(self, key: str, to: str = "") -> float | None:
        """Return a scenario's rate as a share of another's (its floor's); None without one."""
        figures = self.figures.get(key)
        other = self.figures.get(to or (figures.floor if figures else ""))
        return figures.against(other, _rate) if figures and other else None

    def effort(self, key: str) -> float | None:
        """Return its floor's processor time for a request as a share of a scenario's own.

        Where others use the machine, too, this says more than the rates do.
        """
        figures = self.figures.get(key)
        floor = self.figures.get(figures.floor) if figures else None
        spent, least = figures and figures.cpu(), floor and floor.cpu()
        return least / spent if spent and least else None

    def delay(self, key: str, to: str) -> float | None:
        """Return how many times as long the slowest hundredth of a scenario takes as another's."""
        figures, other = self.figures.get(key), self.figures.get(to)
        return figures.against(other, _p99) if figures and other else None

    def write(self, path: Path) -> None:
        """Write them into a file."""
        figures = {key: asdict(each) for key, each in self.figures.items()}
        text = json.dumps({"about": dict(self.about), "figures": figures}, indent=1)
        path.write_text(text + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> "Results":
        """Read them from a file."""
        document = json.loads(path.read_text("utf-8"))
        return cls(
            document["about"],
            {
                key: Figures(**{**each, "runs": [Run(**run) for run in each["runs"]]})
                for key, each in document["figures"].items()
            },
        )


def _rate(run: Run) -> float:
    return run.rate


def _p99(run: Run) -> float:
    return run.p99
