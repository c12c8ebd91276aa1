"""Single differences, one line each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.merge import same
from reconciler.core.plan import Blocked, Drifted
from reconciler.core.values import ABSENT, Maybe
from reconciler.render.screen import fit, number, printable, value_text
from reconciler.render.view import View

SHOWN: Final = 10
"""Fields of one row, unless everything was asked for."""
INDENT: Final = " " * 8


@dataclass(frozen=True, slots=True)
class Compared:
    """A field from three sides: at the last apply, in Git and on the server."""

    pointer: str
    was: Maybe
    """`ABSENT` also where `known` says that it was not recorded."""
    git: Maybe
    server: Maybe
    hidden: bool
    known: bool

    @property
    def place(self) -> str:
        """Its pointer."""
        return printable(self.pointer) or "(whole)"

    @property
    def sides(self) -> str:
        """`was 30 · Git 60 · server 45`; without the first where Git still says that."""
        secret = "  (secret, differs)" if self.hidden else ""
        changed = self.known and not same(self.was, self.git)
        was = f"was {value_text(self.was)} · " if changed else ""
        return f"{was}Git {value_text(self.git)} · server {value_text(self.server)}{secret}"

    @property
    def line(self) -> str:
        """`/description    Git "a" · server "b"`."""
        return f"{self.place}    {self.sides}"


def compared(item: Drifted | Blocked) -> tuple[Compared, ...]:
    """The fields of drift, or of a conflict."""
    was = item.was or (ABSENT,) * len(item.fields)
    git_first = isinstance(item, Drifted)
    return tuple(
        Compared(
            field.pointer,
            old,
            *((field.before, field.after) if git_first else (field.after, field.before)),
            hidden=field.hidden,
            known=bool(item.was),
        )
        for field, old in zip(item.fields, was, strict=True)
    )


def field_line(change: FieldChange) -> str:
    """`/description    "a" → "b"`; a masked secret says that it differs."""
    before, after = value_text(change.before), value_text(change.after)
    secret = "  (secret, differs)" if change.hidden else ""
    return f"{printable(change.pointer) or '(whole)'}    {before} → {after}{secret}"


def field_rows(fields: Sequence[FieldChange], view: View, shown: int = SHOWN) -> Iterator[str]:
    """One line a field, cut to the width unless everything was asked for."""
    return _limited([field_line(field) for field in fields], view, shown)


def compared_rows(item: Drifted | Blocked, view: View, shown: int = SHOWN) -> Iterator[str]:
    """As `field_rows`, with each side."""
    return _limited([field.line for field in compared(item)], view, shown)


def _limited(lines: Sequence[str], view: View, shown: int) -> Iterator[str]:
    listed = lines if view.full or len(lines) == shown + 1 else lines[:shown]
    for line in listed:
        text = INDENT + line
        yield text if view.full else fit(text, view.width)
    if len(listed) < len(lines):
        yield f"{INDENT}… and {number(len(lines) - len(listed))} more (-v shows all)"


def fields_key(fields: Sequence[FieldChange]) -> tuple[tuple[str, str, str, bool], ...]:
    """Equal for equal patches."""
    return tuple((f.pointer, value_text(f.before), value_text(f.after), f.hidden) for f in fields)
