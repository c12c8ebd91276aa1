"""What the commands found, as annotations: the heaviest first within each level."""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.drift import Drift
from reconciler.core.origin import Place
from reconciler.core.plan import Blocked, Drifted, Group, Mark, Plan, Stop
from reconciler.core.problem import Problem, Severity
from reconciler.core.revisions import RevisionDiff
from reconciler.render.annotations import Annotation, Level, annotations_text
from reconciler.render.bundle import bundled, examples, objects_of
from reconciler.render.drift import drift_totals
from reconciler.render.drift_rows import alike, conflict_alike, is_gone, who_did_it
from reconciler.render.field_rows import compared, field_line
from reconciler.render.guard_rows import alike as guard_alike
from reconciler.render.plan_text import conflicts_and_others, totals
from reconciler.render.problems import verdict_text
from reconciler.render.revisions import totals_of
from reconciler.render.rows import place_of, rows_of

_FIELDS: Final = 5
"""Fields that one annotation tells."""
_LEVELS: Final = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING}


def problems_annotations(problems: Sequence[Problem], objects: int, folder: str) -> str:
    """Errors and warnings where they are."""
    found = [
        Annotation(
            _LEVELS[problem.severity],
            problem.code,
            (problem.message, problem.label, problem.help),
            problem.place,
        )
        for problem in problems
    ]
    return annotations_text(found, f"validate: {verdict_text(problems, objects)}", folder)


def plan_annotations(plan: Plan, folder: str) -> str:
    """What stops, what is left alone, and what changes at the line that changes it."""
    conflicts, others = conflicts_and_others(plan.blocked)
    found = [
        *map(_stop, plan.stops),
        *(_blocked(bundle) for bundle in bundled(conflicts, conflict_alike)),
        *_drifted(plan.drifted, "drift, kept", plan.clean_after),
        *(_blocked(bundle) for bundle in bundled(others, guard_alike)),
        *_changes(plan.groups),
    ]
    header = plan.header
    return annotations_text(
        found, f"plan {header.project} → {header.target}: {totals(plan)}", folder
    )


def revisions_annotations(diff: RevisionDiff, folder: str) -> str:
    """What changes, at the line that changes it."""
    return annotations_text(tuple(_changes(diff.groups)), f"diff: {totals_of(diff)}", folder)


def drift_annotations(drift: Drift, folder: str) -> str:
    """What differs, at the line that declares it."""
    found = [
        *map(_stop, drift.stops),
        *_drifted(drift.conflicts, "conflict", drift.clean_after),
        *_drifted(drift.drifted, "drift", drift.clean_after),
        *_drifted(drift.undecided, "differs"),
    ]
    header = drift.header
    summary = f"drift {header.project} → {header.target}: {drift_totals(drift)}"
    return annotations_text(found, summary, folder)


def _stop(stop: Stop) -> Annotation:
    return Annotation(Level.ERROR, f"stopped: {stop.guard}", (stop.reason, stop.fix))


def _blocked(bundle: Sequence[Blocked]) -> Annotation:
    first = bundle[0]
    objects = objects_of(first.id.kind, len(bundle))
    names = examples([one.id for one in bundle])
    conflict = compared(first) if first.guard == "conflict" else ()
    sides = [field.line for field in conflict[:_FIELDS]]
    return Annotation(
        Level.NOTICE if first.guard == "hold" else Level.WARNING,
        f"left alone: {first.guard}",
        (f"{first.action} {objects}: {names}", *sides, first.reason, first.fix),
    )


def _drifted(
    found: Sequence[Drifted], title: str, after: Mark | None = None
) -> Iterator[Annotation]:
    for bundle in bundled(found, alike):
        first = bundle[0]
        names = examples([one.id for one in bundle])
        who = who_did_it(bundle, after)
        told = [f"{objects_of(first.id.kind, len(bundle))}: {names}"]
        if is_gone(first):
            told.append("not on the server")
        else:
            told += [field.line for field in compared(first)[:_FIELDS]]
        if who:
            told.append(who)
        yield Annotation(Level.WARNING, title, tuple(told), _at(first.cause))


def _changes(groups: Sequence[Group]) -> Iterator[Annotation]:
    """Deletions and the largest first."""
    rows = sorted(
        rows_of(dict(enumerate(groups))),
        key=lambda row: (row.action != "delete", -len(row.members)),
    )
    for row in rows:
        place = _at(row.groups[0].causes[0])
        told = (f"{row.objects}: {row.names()}", *map(field_line, row.fields[:_FIELDS]))
        further = row.causes[0 if place is None else 1 :]
        if further:
            told = (*told, f"because of {', '.join(further)}")
        yield Annotation(Level.NOTICE, f"would {row.action}", told, place)


def _at(cause: str) -> Place | None:
    """Of a cause that is in a file; what was removed has no place any more."""
    file, line = place_of(cause)
    if not file or cause.startswith("removed "):
        return None
    return Place(file, line, 0, line, 0)
