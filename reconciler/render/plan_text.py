"""A plan for a terminal: what will change, what will not, and what to do next."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.plan import Base, Blocked, Header, Plan, PlanOptions, Record, Sort
from reconciler.render.bundle import objects_of
from reconciler.render.drift_rows import conflict_block, drift_block
from reconciler.render.group_rows import SIGNS, change_blocks
from reconciler.render.guard_rows import blocked_block, stop_lines
from reconciler.render.labels import joined_notes, labelled
from reconciler.render.reach_notes import reach_notes
from reconciler.render.screen import counted, number, printable, wrap
from reconciler.render.view import View

_SHOWN_NAMES: Final = 3
_SHOWN_WARNINGS: Final = 5
_SHORT_COMMIT: Final = 7
_UNITS: Final = (("d", 24 * 60), ("h", 60), ("min", 1))
"""Of an age, with their minutes; from two of a unit on."""
_RECORDS: Final[Mapping[Sort, tuple[str, str]]] = {
    Sort.ADOPTED: ("adopt", " as they are"),
    Sort.CONVERGED: ("refresh", ", which Git and the server brought to the same by themselves"),
    Sort.GONE: ("forget", ", declared no more and gone"),
    Sort.RELEASED: ("release", ", which pvm.yaml lets go of; nothing is deleted"),
    Sort.PROTECTED: ("protect", ", declared with protect: true"),
    Sort.UNPROTECTED: ("unprotect", ", declared with protect: true no more"),
}
_VERB: Final = 10
"""Columns of the word in front of a record."""


def plan_text(plan: Plan, view: View, *, advise: bool = True) -> str:
    """The whole plan; without `view.full` long lists show their first entries and say so.

    `advise` ends it with the command to go on with, which apply itself does not need.
    """
    notes = (*listing(plan.listed), *base_note(plan.base, plan.header))
    blocks = [header_lines(plan.header, notes, view.width), *change_blocks(plan, view)]
    if plan.drifted:
        heading = "DRIFT     the server changed, Git did not (kept)"
        blocks.append(drift_block(plan.drifted, view, heading=heading, after=plan.clean_after))
    conflicts, others = conflicts_and_others(plan.blocked)
    if conflicts:
        blocks.append(conflict_block(conflicts, plan, view))
    if others:
        blocks.append(blocked_block(others, view))
    if plan.records:
        blocks.append(list(record_lines(plan.records, view.width)))
    closing = [*_closing_lines(plan, view)]
    if advise:
        closing += _next_lines(plan, view.width)
    blocks.append(closing)
    return "\n\n".join("\n".join(block) for block in blocks)


def header_lines(header: Header, notes: Sequence[str], width: int) -> list[str]:
    """Which project meets which server."""
    title = f"{printable(header.project)} → {printable(header.target)}"
    about = [f"customer {printable(header.customer)}"] if header.customer else []
    if header.commit:
        changed = " and uncommitted changes" if header.clean is False else ""
        about.append(f"commit {printable(header.commit[:_SHORT_COMMIT])}{changed}")
    if header.undoes is not None:
        about.append(f"undo of apply #{number(header.undoes.number)}")
    return joined_notes(f"{title}  {printable(header.url)}", (*about, *notes), width)


def listing(listed: Mapping[str, int] | None) -> tuple[str, ...]:
    """`10,214 objects in 4 lists`."""
    if listed is None:
        return ()
    return (f"{counted(sum(listed.values()), 'object')} in {counted(len(listed), 'list')}",)


def base_note(base: Base | None, header: Header) -> tuple[str, ...]:
    """`base apply #118 (9d03e77, 2 h ago)`."""
    if base is None:
        return ()
    commit = f"{printable(base.commit[:_SHORT_COMMIT])}, " if base.commit else ""
    age = _ago(header.created - base.finished)
    return (f"base apply #{number(base.number)} ({commit}{age})",)


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    for unit, size in _UNITS:
        if minutes >= 2 * size:
            return f"{minutes // size} {unit} ago"
    return "just now"


def conflicts_and_others(
    blocked: Sequence[Blocked],
) -> tuple[tuple[Blocked, ...], tuple[Blocked, ...]]:
    """Conflicts have a section of their own."""
    conflicts = tuple(one for one in blocked if one.guard == "conflict")
    return conflicts, tuple(one for one in blocked if one.guard != "conflict")


def record_lines(records: Sequence[Record], width: int) -> Iterator[str]:
    """What becomes of the inventory alone, below its heading."""
    yield "RECORDS   only the inventory changes, no object"
    for verb, text in record_rows(records):
        yield from wrap(f"  = {verb:<{_VERB}}{text}", width, hang=" " * (4 + _VERB))


def record_rows(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """`("adopt", "900 objects as they are: 300 sites, 600 tokens")`, by sort."""
    for sort, (verb, about) in _RECORDS.items():
        kinds = Counter(record.id.kind for record in records if record.sort is sort)
        sums = ", ".join(objects_of(kind, count) for kind, count in kinds.items())
        if len(kinds) == 1:
            yield verb, sums + about
        elif kinds:
            yield verb, f"{counted(kinds.total(), 'object')}{about}: {sums}"


def _closing_lines(plan: Plan, view: View) -> Iterator[str]:
    warnings = plan.warnings if view.full else plan.warnings[:_SHOWN_WARNINGS]
    for warning in warnings:
        yield from labelled("warning", warning, view.width)
    if len(warnings) < len(plan.warnings):
        rest = number(len(plan.warnings) - len(warnings))
        yield from labelled("", f"… and {rest} more warnings (-v shows all)", view.width)
    yield from stop_lines(plan.stops, view.width)
    for label, text in notes_of(plan, full=view.full):
        yield from labelled(label, text, view.width)
    yield from labelled("plan", totals(plan), view.width)


def notes_of(plan: Plan, *, full: bool = False) -> Iterator[tuple[str, str]]:
    """What else there is to know, each with its label."""
    yield from reach_notes(plan, full=full)
    if plan.waves:
        yield "waves", waves_text(plan)
    for guarantee in plan.guarantees:
        yield "server", guarantee
    if plan.retained:
        about = "of ours, declared no more, and kept"
        yield "retained", _named(plan.retained, about, full=full)
    if plan.normalised:
        about = "that the server keeps in another form than was sent, as before"
        yield "rewritten", _named(plan.normalised, about, full=full)
    if plan.unmanaged:
        yield "unmanaged", unmanaged_text(plan.unmanaged, full=full)


def waves_text(plan: Plan) -> str:
    """`region nl 412 → 10 % 292 → rest 2,627 changes`."""
    named = len(plan.wave_names) == len(plan.waves)
    names = plan.wave_names if named else ("",) * len(plan.waves)
    parts = (f"{name} {number(size)}" for name, size in zip(names, plan.waves, strict=True))
    return " → ".join(printable(part.strip()) for part in parts) + " changes"


def _next_lines(plan: Plan, width: int) -> Iterator[str]:
    if plan.stops:
        yield from labelled("next", "nothing is applied until the guards agree", width)
        return
    if plan.steps or plan.records:
        how = "" if plan.options == PlanOptions() else ", with the same options"
        yield from labelled("next", f"pvm apply{how}", width)
    if plan.drifted:
        label = "" if plan.steps or plan.records else "next"
        text = "drift stays until pvm apply --revert-drift, or until the files say the same"
        yield from labelled(label, text, width)


def unmanaged_text(unmanaged: Sequence[ResourceId], *, full: bool = False) -> str:
    """`3 objects in scope, declared nowhere: …`."""
    return _named(unmanaged, "in scope, declared nowhere", full=full)


def _named(ids: Sequence[ResourceId], about: str, *, full: bool) -> str:
    shown = ids if full else ids[:_SHOWN_NAMES]
    names = ", ".join(map(str, shown))
    more = ", …" if len(shown) < len(ids) else ""
    return f"{counted(len(ids), 'object')} {about}: {names}{more}"


def totals(plan: Plan) -> str:
    """`3 create · 3,331 update · 1 delete · 6,877 unchanged`; only what there is."""
    counts = dict.fromkeys(SIGNS, 0)
    for group in plan.groups:
        counts[group.action] += len(group.members)
    conflicts, others = conflicts_and_others(plan.blocked)
    records = Counter(_RECORDS[record.sort][0] for record in plan.records)
    parts = [
        f"{number(count)} {what}"
        for what, count in (
            *counts.items(),
            *records.items(),
            ("drift kept", len(plan.drifted)),
            ("conflict" if len(conflicts) == 1 else "conflicts", len(conflicts)),
            ("blocked", len(others)),
        )
        if count
    ]
    return " · ".join([*(parts or ["nothing to do"]), f"{number(plan.unchanged)} unchanged"])
