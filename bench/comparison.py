"""Two programs, run alternately: their ratio says more than their seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.program import Run


@dataclass(frozen=True, slots=True)
class Comparison:
    """Some pairs of runs of the floor and of pvm."""

    title: str
    target: float
    """The ratio that it should not exceed."""
    floor: Sequence[Run]
    pvm: Sequence[Run]

    @property
    def ratios(self) -> list[float]:
        """One per pair; neighbours in time, so that a busy moment hits both."""
        pairs = zip(self.floor, self.pvm, strict=True)
        return [pvm.seconds / floor.seconds for floor, pvm in pairs]

    def row(self) -> str:
        """A line of the table."""
        ratios = self.ratios
        cells = (
            self.title,
            f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            f"≤ {self.target:g}",
            f"{_milliseconds(self.floor)} / {_milliseconds(self.pvm)} ms",
            f"{_peak(self.floor)} / {_peak(self.pvm)} MiB",
        )
        return f"| {' | '.join(cells)} |"


HEADING = (
    "| What | pvm / floor: median (range) | target | floor / pvm, median | peak memory |\n"
    "|---|---|---|---|---|"
)


def compare(
    title: str, target: float, pairs: int, runs: tuple[Callable[[], Run], ...]
) -> Comparison:
    """Run floor and pvm in turn; one pair before, uncounted, fills the caches."""
    floor, pvm = runs
    floor(), pvm()
    measured = [(floor(), pvm()) for _ in range(pairs)]
    return Comparison(title, target, [a for a, _ in measured], [b for _, b in measured])


def _milliseconds(runs: Sequence[Run]) -> str:
    return f"{1000 * median(run.seconds for run in runs):,.0f}"


def _peak(runs: Sequence[Run]) -> str:
    return f"{max(run.peak_mib for run in runs):,.0f}"
