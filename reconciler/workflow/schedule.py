"""Which step may start next, and what a failure takes with it."""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Outcome, Skipped
from reconciler.core.plan import Step

NO_REASONS: Final[Mapping[int, str]] = MappingProxyType({})


class Schedule:
    """The steps of one run: started in the plan's order, as soon as all they need is applied.

    Only steps of waves that were opened are started. Steps by number from 0.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        number_of = {step.change.id: number for number, step in enumerate(steps)}
        self._unmet = [set(_numbers(step.needs, number_of)) for step in steps]
        self._dependants: list[list[int]] = [[] for _ in steps]
        for number, unmet in enumerate(self._unmet):
            for needed in unmet:
                self._dependants[needed].append(number)
        self._outcomes: dict[int, Outcome] = {}
        self._open: set[int] = set()
        self._ready: list[int] = []

    def open_wave(self, wave: int) -> None:
        """Let the steps of a wave start."""
        self._open.add(wave)
        for number, step in enumerate(self.steps):
            if step.wave == wave and not self._unmet[number] and number not in self._outcomes:
                heappush(self._ready, number)

    def start(self) -> int | None:
        """The number of a step to start now; `None` when all others wait for running ones."""
        while self._ready:
            number = heappop(self._ready)
            if number not in self._outcomes:
                return number
        return None

    def pending(self) -> tuple[int, ...]:
        """What of the open waves has no outcome yet, in the plan's order."""
        return tuple(
            number
            for number, step in enumerate(self.steps)
            if step.wave in self._open and number not in self._outcomes
        )

    def finish(self, number: int, outcome: Outcome) -> None:
        """Note what became of a step, and skip what can no longer be done."""
        self._outcomes[number] = outcome
        if isinstance(outcome, Applied):
            for dependant in self._dependants[number]:
                self._unmet[dependant].discard(number)
                if not self._unmet[dependant] and self.steps[dependant].wave in self._open:
                    heappush(self._ready, dependant)
            return
        left = [number]
        while left:
            lost = left.pop()
            for dependant in self._dependants[lost]:
                if dependant not in self._outcomes:
                    because = self.steps[lost].change.id
                    self._outcomes[dependant] = Skipped(self.steps[dependant].change.id, because)
                    left.append(dependant)

    def outcome(self, number: int) -> Outcome | None:
        """What became of a step, if that is known."""
        return self._outcomes.get(number)

    def done(self) -> int:
        """Steps whose outcome is known."""
        return len(self._outcomes)

    def outcomes(
        self, reasons: Mapping[int, str] = NO_REASONS, otherwise: str = ""
    ) -> tuple[Outcome, ...]:
        """One for each step, in the plan's order.

        What never started was skipped: for the reason of its wave, or else for the other one.
        """
        return tuple(
            self._outcomes.get(number)
            or Skipped(step.change.id, None, reasons.get(step.wave, otherwise))
            for number, step in enumerate(self.steps)
        )


def _numbers(needs: Sequence[ResourceId], number_of: Mapping[ResourceId, int]) -> list[int]:
    return [number_of[need] for need in needs]
