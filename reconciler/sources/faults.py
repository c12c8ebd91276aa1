"""What is wrong, before its exact place is known: most faults share their cause with others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.problem import Problem, Severity
from reconciler.core.secrets import Masking
from reconciler.sources.files import FileTree

if TYPE_CHECKING:
    from reconciler.sources.locate import Locator

MAX_RELATED: Final = 20
"""Further places of a shared cause that are named; all are counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem at an origin; the fields are those of `Problem`."""

    code: str
    message: str
    origin: Origin
    at_key: bool = False
    """The key is to blame, not its value."""
    label: str = ""
    help: str = ""
    object: ResourceId | None = None
    related: tuple[Origin, ...] = ()
    severity: Severity = Severity.ERROR


def problems_of(faults: Iterable[Fault], files: FileTree, masking: Masking) -> list[Problem]:
    """Place faults; those of one cause become one problem, at the first of its places."""
    groups: dict[tuple[object, ...], list[Fault]] = {}
    for fault in faults:
        groups.setdefault(_cause(fault), []).append(fault)
    if not groups:
        return []
    from reconciler.sources.locate import Locator  # noqa: PLC0415 -- only faults need it

    locator = Locator(files, masking)
    return [_problem(group, locator) for group in groups.values()]


def merged(problems: Iterable[Problem]) -> list[Problem]:
    """Merge problems of one cause that have their places already."""
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for problem in problems:
        shared = (problem.code, problem.message, problem.label, problem.help, problem.severity)
        alone = problem.place if problem.related and problem.code != "row-twice" else None
        groups.setdefault((*shared, alone), []).append(problem)
    return [_merge(group) for group in groups.values()]


def nearest(wrong: str, known: Sequence[str]) -> str:
    """`did you mean "x"?`, or nothing when no known word is near."""
    from difflib import get_close_matches  # noqa: PLC0415 -- only faults need it

    near = get_close_matches(wrong, known, 1)
    return f'did you mean "{near[0]}"?' if near else ""


def in_words(known: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(known[:-1]), known[-1])))


def _cause(fault: Fault) -> tuple[object, ...]:
    """What is alike in faults that are told once.

    Lines of a list have one cause also where each names its own object, another one that is like
    it, or the line that it repeats.
    """
    shared = (fault.code, fault.severity)
    if not fault.origin.file.endswith(".csv"):
        alone = fault.origin if fault.related else None
        return *shared, fault.message, fault.label, fault.help, alone
    name = f'"{fault.object.name}"' if fault.object else ""
    message = fault.message.replace(name, "") if name else fault.message
    label = "" if fault.related else fault.label
    fix = "" if "-unknown-" in fault.code else fault.help
    return *shared, message, label, fix, fault.origin.file


def _problem(group: list[Fault], locator: "Locator") -> Problem:
    first = group[0]
    related = [locator.place(origin) for origin in first.related]
    related += [locator.place(fault.origin, key=fault.at_key) for fault in group[1:MAX_RELATED]]
    return Problem(
        first.code,
        first.message,
        locator.place(first.origin, key=first.at_key),
        first.severity,
        first.label,
        first.help,
        first.origin.pointer,
        first.object,
        tuple(related),
        len(group),
    )


def _merge(group: list[Problem]) -> Problem:
    first, *rest = group
    if not rest:
        return first
    places: list[Place] = [other.place for other in rest if other.place]
    count = sum(problem.count for problem in group)
    return replace(first, related=first.related + tuple(places[: MAX_RELATED - 1]), count=count)
