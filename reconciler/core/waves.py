"""Rolling out a large plan in parts: which step belongs to which wave."""

from collections.abc import Sequence
from math import ceil

from reconciler.core.plan import Step
from reconciler.core.project import Rollout


def assign_waves(steps: Sequence[Step], rollout: Rollout) -> tuple[int, ...]:
    """The wave of each step, from 1, without gaps.

    Steps that refer to each other share a wave. A wave takes the groups of such steps that fit
    into its percentage of all steps, in the plan's order; if none fits, the smallest, so that every
    wave moves on. What no wave takes goes with the last.
    """
    left = components(steps)
    waves = [1] * len(steps)
    number = 0
    for wave in rollout.waves:
        if not left:
            break
        number += 1
        taken = left if wave.percent is None else _fitting(left, _quota(steps, wave.percent))
        for component in taken:
            for step in component:
                waves[step] = number
        gone = {component[0] for component in taken}
        left = [component for component in left if component[0] not in gone]
    for component in left:
        for step in component:
            waves[step] = max(number, 1)
    return tuple(waves)


def components(steps: Sequence[Step]) -> list[tuple[int, ...]]:
    """Steps that need each other, directly or not, by number; groups in the plan's order."""
    number_of = {step.change.id: number for number, step in enumerate(steps)}
    first = list(range(len(steps)))

    def root(number: int) -> int:
        while first[number] != number:
            first[number] = first[first[number]]
            number = first[number]
        return number

    for number, step in enumerate(steps):
        for need in step.needs:
            if need in number_of:
                one, other = sorted((root(number), root(number_of[need])))
                first[other] = one
    found: dict[int, list[int]] = {}
    for number in range(len(steps)):
        found.setdefault(root(number), []).append(number)
    return [tuple(members) for members in found.values()]


def _quota(steps: Sequence[Step], percent: int) -> int:
    return ceil(len(steps) * percent / 100)


def _fitting(left: Sequence[tuple[int, ...]], quota: int) -> list[tuple[int, ...]]:
    taken: list[tuple[int, ...]] = []
    for component in left:
        if len(component) <= quota:
            taken.append(component)
            quota -= len(component)
    return taken or [min(left, key=len)]
