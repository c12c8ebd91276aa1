"""Waves by rows: whether there are lines that they could mean."""

from collections.abc import Iterator

from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.problem import Severity
from reconciler.core.project import Rollout
from reconciler.sources.faults import Fault, in_words, nearest
from reconciler.sources.fleet_documents import Fleets
from reconciler.sources.project import PROJECT_FILE


def wave_faults(rollout: Rollout, fleets: Fleets) -> Iterator[Fault]:
    """A column that no fleet has is an error; a cell that stands in no line is a warning."""
    whole = not fleets.faults and not fleets.problems
    for number, wave in enumerate(rollout.waves):
        for column, cell in wave.rows.items():
            at = Origin(PROJECT_FILE, 0, 1, f"/rollout/waves/{number}/rows" + join((column,)))
            if column not in fleets.cells:
                yield _unknown(column, fleets, at)
            elif whole and cell not in fleets.cells[column]:
                fix = nearest(cell, tuple(sorted(fleets.cells[column])))
                yield Fault(
                    "wave-empty",
                    f'no line has "{cell}" in its column "{column}"',
                    at,
                    help=fix or "correct the cell, or take the wave out",
                    severity=Severity.WARNING,
                )


def _unknown(column: str, fleets: Fleets, at: Origin) -> Fault:
    known = tuple(sorted(fleets.cells))
    fix = nearest(column, known) or (f"there is {in_words(known)}" if known else "declare a fleet")
    return Fault("wave-column", f'no fleet has a column "{column}"', at, at_key=True, help=fix)
