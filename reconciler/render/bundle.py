"""Objects that have the same thing to tell, in one row: 3,000 drifted stores are not 3,000 rows."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from reconciler.core.identity import ResourceId
from reconciler.kinds import KINDS
from reconciler.render.field_rows import SHOWN
from reconciler.render.screen import columns_of, counted, fit, number, pad, printable, wrap
from reconciler.render.view import View

_Item = TypeVar("_Item")

_FEW: Final = 2
"""Names that are shown without an ellipsis between them."""
ROWS: Final = 8
"""Rows of one section, unless everything was asked for."""
_FEW_ROWS: Final = 3
"""Up to so many rows show their fields; more of them show fewer, to stay on one screen."""


def bundled(items: Iterable[_Item], key: Callable[[_Item], Hashable]) -> list[list[_Item]]:
    """Items with equal keys together, in the order of the first of each.

    Where not all of them can be shown, the largest come first.
    """
    found: dict[Hashable, list[_Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    bundles = list(found.values())
    return bundles if len(bundles) <= ROWS else sorted(bundles, key=len, reverse=True)


def objects_of(kind: str, count: int) -> str:
    """`3,331 bootstraps`."""
    return counted(count, KINDS[kind].noun)


def examples(members: Sequence[ResourceId], *, full: bool = False) -> str:
    """`store-0001 … store-9988`; every name with `full`."""
    names = [printable(member.name) for member in members]
    if full or len(names) <= _FEW:
        return ", ".join(names)
    return f"{names[0]} … {names[-1]}"


def labels(sign: str, counts: Sequence[tuple[str, int]]) -> list[str]:
    """`  ! 1,234 bootstraps` for each kind and count, all of one width."""
    digits = max((len(number(count)) for _, count in counts), default=0)
    texts = [
        f"  {sign} {number(count).rjust(digits)} {objects_of(kind, count).partition(' ')[2]}"
        for kind, count in counts
    ]
    width = max(map(columns_of, texts), default=0)
    return [pad(text, width) for text in texts]


def row(label: str, texts: Sequence[str], view: View) -> Iterator[str]:
    """A label and what there is to say, as much in a line as fits; what is longer is cut."""
    line = label
    for text in filter(None, texts):
        joined = f"{line}   {text}"
        if view.full or columns_of(joined) <= view.width or line is label:
            line = joined
        else:
            yield fit(line, view.width)
            line = " " * 8 + text
    yield line.rstrip() if view.full else fit(line.rstrip(), view.width)


def room(rows: int) -> int:
    """How many fields each of so many rows may show."""
    return SHOWN if rows <= _FEW_ROWS else max(1, 4 * _FEW_ROWS // rows)


def prose(text: str, view: View) -> list[str]:
    """A sentence below a row."""
    return wrap(printable(text), view.width, " " * 8)


def more(hidden: int, what: str = "") -> Iterator[str]:
    """`… and 9 more (-v shows all)`, if there is more."""
    if hidden:
        kind = f" {what}" if what else ""
        yield f"  … and {number(hidden)} more{kind} (-v shows all)"
