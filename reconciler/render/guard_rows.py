"""What guards left alone, guard by guard."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from reconciler.core.plan import Blocked, Stop
from reconciler.render.bundle import ROWS, bundled, examples, more, objects_of, prose, room, row
from reconciler.render.field_rows import field_rows, fields_key
from reconciler.render.labels import labelled
from reconciler.render.screen import number
from reconciler.render.view import View

_FEW: Final = 3
"""Reasons and fixes that a row tells, unless everything was asked for."""


def blocked_block(blocked: Sequence[Blocked], view: View) -> list[str]:
    """Objects that one guard leaves alone for one patch share a row."""
    bundles = bundled(blocked, alike)
    shown = bundles if view.full else bundles[:ROWS]
    lines = ["BLOCKED   a guard leaves these as they are"]
    told: tuple[str, ...] = ()
    for bundle in shown:
        lines += _head(bundle, view)
        sentences = tuple(_sentences(bundle, view))
        lines += sentences if sentences != told else ()
        told = sentences
        if len(bundle) == 1 or all(field.pointer for field in bundle[0].fields):
            lines += field_rows(bundle[0].fields, view, room(len(shown)))
    lines += more(sum(map(len, bundles[len(shown) :])))
    return lines


def alike(blocked: Blocked) -> Hashable:
    """Equal for objects that share a row.

    A deletion or creation is of the whole object, which differs from one to the next.
    """
    whole = any(not field.pointer for field in blocked.fields)
    patch = () if whole else fields_key(blocked.fields)
    return blocked.guard, blocked.action, blocked.id.kind, patch


def _head(bundle: Sequence[Blocked], view: View) -> Iterator[str]:
    first = bundle[0]
    what = f"  x {first.action} {objects_of(first.id.kind, len(bundle))}"
    names = examples([one.id for one in bundle], full=view.full)
    return row(what, (names, f"[{first.guard}]"), view)


def _sentences(bundle: Sequence[Blocked], view: View) -> Iterator[str]:
    """Why, and what would help; not once more where the row above said the same."""
    for texts in ([one.reason for one in bundle], [one.fix for one in bundle]):
        different = [text for text in dict.fromkeys(texts) if text]
        shown = different if view.full else different[:_FEW]
        for text in shown:
            yield from prose(text, view)
        if len(shown) < len(different):
            yield f"{' ' * 8}… and {number(len(different) - len(shown))} more like these"


def stop_lines(stops: Sequence[Stop], width: int) -> Iterator[str]:
    """Each guard that stops everything, with the way on."""
    for stop in stops:
        yield from labelled("guards", f"{stop.reason} [{stop.guard}]", width)
        if stop.fix:
            yield from labelled("", stop.fix, width)
