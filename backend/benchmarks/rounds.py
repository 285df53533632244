"""The rounds: every scenario once in each, so that a slow minute of the machine is everybody's."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from time import sleep

from benchmarks.results import Figures, Run
from benchmarks.scenarios import Scenario
from benchmarks.usage import Usage
from benchmarks.wrk import Failed, Wrk

# A flood has to rise before anything is measured in it, and to fall before the next run.
FLOODING = 0.5


class Bench:
    """Runs scenarios."""

    def __init__(self, wrk: Wrk, usage: Usage, say: Callable[[str], None]) -> None:
        """Take what sends requests, what watches the containers, and who is told of progress."""
        self._wrk, self._usage, self._say = wrk, usage, say

    def rounds(self, scenarios: Sequence[Scenario], count: int, seconds: float) -> list[Figures]:
        """Return the figures of so many rounds, after a short one that warms all of it."""
        for scenario in scenarios:
            self._wrk.run(scenario.load, 1)
        rounds = []
        for number in range(1, count + 1):
            rounds.append([self._run(scenario, seconds) for scenario in scenarios])
            self._say(f"round {number} of {count}")
        return [
            Figures(each.key, each.title, each.floor, [runs[place] for runs in rounds])
            for place, each in enumerate(scenarios)
        ]

    def _run(self, scenario: Scenario, seconds: float) -> Run:
        flood = scenario.meanwhile
        with self._wrk.beside(flood, seconds + 1) if flood else nullcontext():
            sleep(FLOODING if flood else 0)
            before = self._usage.now()
            report = self._wrk.run(scenario.load, seconds)
            if not report.requests:
                raise Failed(f"{scenario.title}: nothing was answered in {seconds} s")
            used = self._usage.since(before)
        sleep(FLOODING if flood else 0)
        cpu = {name: spent / 1000 / report.requests for name, spent in used.items()}
        return Run(report.rate, report.p50, report.p99, report.worst, cpu)
