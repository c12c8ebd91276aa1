"""Rolling out a large plan in parts: which step belongs to which wave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

from reconciler.core.plan import Step
from reconciler.core.project import Rollout, Wave

Row: TypeAlias = Mapping[str, str]
"""The cells of the line that makes an object, as text; empty where none does."""
Component: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The wave of each step, from 1, without gaps, and what each wave is called."""

    numbers: tuple[int, ...]
    names: tuple[str, ...]


def assign_waves(steps: Sequence[Step], rollout: Rollout, rows: Sequence[Row] = ()) -> Assignment:
    """Which step goes when; `rows` are those of the steps.

    Steps that refer to each other share a wave. A wave by rows takes each group of such steps in
    which one is of these lines. A wave by percentage takes the groups that fit into its share of
    what no wave by rows before it took, in the plan's order; if none fits, the smallest, so that
    every such wave moves on. What no wave takes goes with the last.
    """
    left = components(steps)
    numbers = [1] * len(steps)
    names: list[str] = []
    shared = len(steps)
    for wave in rollout.waves:
        if not left:
            break
        taken = _taken(wave, left, shared, rows)
        if not taken:
            continue
        names.append(wave.name)
        if wave.rows:
            shared -= sum(map(len, taken))
        for component in taken:
            for step in component:
                numbers[step] = len(names)
        gone = {component[0] for component in taken}
        left = [component for component in left if component[0] not in gone]
    for component in left:
        for step in component:
            numbers[step] = max(len(names), 1)
    return Assignment(tuple(numbers), tuple(names))


def components(steps: Sequence[Step]) -> list[Component]:
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


def _taken(
    wave: Wave, left: Sequence[Component], shared: int, rows: Sequence[Row]
) -> Sequence[Component]:
    if wave.rows:
        named = {number for number, row in enumerate(rows) if wave.takes(row)}
        return [component for component in left if not named.isdisjoint(component)]
    return left if wave.percent is None else _fitting(left, ceil(shared * wave.percent / 100))


def _fitting(left: Sequence[Component], quota: int) -> list[Component]:
    taken: list[Component] = []
    for component in left:
        if len(component) <= quota:
            taken.append(component)
            quota -= len(component)
    return taken or [min(left, key=len)]
