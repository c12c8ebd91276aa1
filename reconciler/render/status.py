"""How far files and server are apart, in one screen and as JSON."""

from collections.abc import Sequence
from typing import Final

from reconciler.core.holdings import Standing
from reconciler.core.plan_encoding import mark_json
from reconciler.core.project import Hold
from reconciler.core.resource import moment_of
from reconciler.core.values import JsonValue
from reconciler.render.inventory import (
    age_text,
    moment_text,
    note_json,
    note_text,
    result_start,
    state_json,
    state_lines,
)
from reconciler.render.labels import labelled
from reconciler.render.screen import counted, number, printable, wrap
from reconciler.render.view import View

_STOPS: Final = 5


def standing_text(standing: Standing, view: View) -> str:
    """A few lines: the last apply, what waits, who holds what, what is missing."""
    header, counts, width = standing.header, standing.counts, view.width
    commit = header.commit[:7] if header.commit else "no commit"
    dirty = " (changed)" if header.clean is False else ""
    start = f"{header.project} → {header.target}  {header.url} · files of {commit}{dirty}"
    lines = wrap(printable(start), width)
    last = standing.head.notes[-1] if standing.head and standing.head.notes else None
    if last is None:
        lines += labelled("applied", "never", width)
    else:
        age = age_text(standing.now - last.finished)
        lines += labelled("applied", f"{note_text(last)} · {age} ago", width)
    waiting, drifted = "", ""
    if standing.waiting_since is not None:
        waiting = f" · the oldest for {age_text(standing.now - standing.waiting_since)}"
    if standing.drifted_since:
        drifted = f" · the oldest since {standing.drifted_since}{_drift_age(standing)}"
    elif standing.drifted_after is not None:
        mark = standing.drifted_after
        drifted = f" · all since apply #{number(mark.number)}, {moment_text(mark.finished)}"
    lines += labelled("pending", f"{counted(counts['pending'], 'change')}{waiting}", width)
    if counts["records"]:
        lines += labelled("records", f"{number(counts['records'])} to be entered", width)
    lines += labelled("drift", f"{counted(counts['drift'], 'object')}{drifted}", width)
    lines += labelled("conflict", counted(counts["conflict"], "object"), width)
    lines += labelled("blocked", counted(counts["blocked"], "object"), width)
    stops = standing.stops if view.full else standing.stops[:_STOPS]
    for stop in stops:
        lines += labelled("stopped", stop, width)
    if len(standing.stops) > len(stops):
        more = number(len(standing.stops) - len(stops))
        lines += labelled("stopped", f"… and {more} more reasons (-v)", width)
    if standing.holds:
        lines += labelled("holds", _holds(standing.holds), width)
    lines += state_lines(standing.head, standing.now, width)
    for guarantee in standing.guarantees:
        lines += labelled("server", guarantee, width)
    return "\n".join(lines)


def _drift_age(standing: Standing) -> str:
    since = moment_of(standing.drifted_since)
    return "" if since is None else f" ({age_text(standing.now - since)})"


def _holds(holds: Sequence[Hold]) -> str:
    """`2 objects · the first until 2026-12-01: Bootstrap/store-0421, INC-4417`."""
    first = holds[0]
    what = f"{first.kind}/{first.name}, {first.reason}"
    which = "the first until" if len(holds) > 1 else "until"
    return f"{counted(len(holds), 'object')} · {which} {first.until}: {what}"


def standing_json(standing: Standing) -> dict[str, JsonValue]:
    """The same."""
    header = standing.header
    last = standing.head.notes[-1] if standing.head and standing.head.notes else None
    since = standing.waiting_since
    return {
        **result_start(header, "status"),
        "now": standing.now.isoformat(),
        "commit": header.commit,
        "clean": header.clean,
        "last": None if last is None else note_json(last),
        "counts": dict(standing.counts),
        "waitingSince": None if since is None else since.isoformat(),
        "driftedSince": standing.drifted_since or None,
        "driftedAfter": mark_json(standing.drifted_after),
        "holds": [
            {"kind": one.kind, "name": one.name, "until": f"{one.until}", "reason": one.reason}
            for one in standing.holds
        ],
        "stops": list(standing.stops),
        **state_json(standing.head),
        "guarantees": list(standing.guarantees),
    }
