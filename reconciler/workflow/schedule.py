"""Which step may start next, and what a failure takes with it."""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Outcome, Skipped
from reconciler.core.plan import Step


class Schedule:
    """The steps of one run: started in the plan's order, as soon as all they need is applied."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        number_of = {step.change.id: number for number, step in enumerate(steps)}
        self._unmet = [set(_numbers(step.needs, number_of)) for step in steps]
        self._dependants: list[list[int]] = [[] for _ in steps]
        for number, unmet in enumerate(self._unmet):
            for needed in unmet:
                self._dependants[needed].append(number)
        self._outcomes: dict[int, Outcome] = {}
        self._ready = [number for number, unmet in enumerate(self._unmet) if not unmet]

    def start(self) -> int | None:
        """The number of a step to start now; `None` when all others wait for running ones."""
        return heappop(self._ready) if self._ready else None

    def finish(self, number: int, outcome: Outcome) -> None:
        """Note what became of a started step, and skip what can no longer be done."""
        self._outcomes[number] = outcome
        if isinstance(outcome, Applied):
            for dependant in self._dependants[number]:
                self._unmet[dependant].discard(number)
                if not self._unmet[dependant]:
                    heappush(self._ready, dependant)
            return
        left = [number]
        while left:
            lost = left.pop()
            for dependant in self._dependants[lost]:
                if dependant not in self._outcomes:
                    because = self._steps[lost].change.id
                    self._outcomes[dependant] = Skipped(self._steps[dependant].change.id, because)
                    left.append(dependant)

    def done(self) -> int:
        """Steps whose outcome is known."""
        return len(self._outcomes)

    def outcomes(self) -> tuple[Outcome, ...]:
        """One for each step, in the plan's order; what never started was skipped."""
        return tuple(
            self._outcomes.get(number) or Skipped(step.change.id, None)
            for number, step in enumerate(self._steps)
        )


def _numbers(needs: Sequence[ResourceId], number_of: Mapping[ResourceId, int]) -> list[int]:
    return [number_of[need] for need in needs]
