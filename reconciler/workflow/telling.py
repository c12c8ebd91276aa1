"""What the parts of the files say about a value, as it is shown: masked, placed and signed."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from reconciler.authoring.lineage import Lineage
from reconciler.core.explanation import Author, By, Contribution, ExplainedValue, Told, Variable
from reconciler.core.merge import with_values
from reconciler.core.origin import Origin, Place
from reconciler.core.secrets import Masking, mask
from reconciler.core.values import ABSENT, MASK, JsonValue, Maybe

Line: TypeAlias = tuple[str, int]
"""A file and a line of it."""
Authors: TypeAlias = Callable[[Collection[Line]], Mapping[Line, Author] | None]
"""Who wrote lines last; `None` where nobody can tell."""
Locate: TypeAlias = Callable[[Origin], Place | None]
"""`None` where nothing is written: a field that is filled in by default."""
_NO_GIT = "no Git here: who wrote the lines is not told"


class Telling:
    """Shows the contributions of one object."""

    def __init__(
        self,
        lineage: Lineage,
        masking: Masking,
        locate: Locate | None,
        variables: Mapping[str, JsonValue],
    ) -> None:
        self._lineage = lineage
        self._masking = masking
        self._locate = locate
        self._variables = variables

    def removed(self) -> tuple[str, ...]:
        """As `Lineage.removed`."""
        return self._lineage.removed()

    def parts(self, pointer: str) -> tuple[Told, ...]:
        """Everything that says something about the value at a pointer, what holds last."""
        return tuple(self._told(one, pointer) for one in self._lineage.contributions(pointer))

    def _told(self, part: Contribution, pointer: str) -> Told:
        shown, hidden = self._shown(part, pointer)
        place = self._place(part.origin) if part.by is not By.DEFAULT else None
        left_out = place is None and self._locate is not None
        return Told(
            by=By.DEFAULT if left_out else part.by,
            name=part.name,
            value=shown,
            place=place,
            wins=part.wins,
            reason=part.reason,
            until=part.until,
            template=self._place(part.template),
            variables=tuple(
                Variable(name, MASK if hidden else self._variables[name], self._place(origin))
                for name, origin in part.variables
            ),
        )

    def _shown(self, part: Contribution, pointer: str) -> tuple[Maybe, bool]:
        """The value with its secrets masked, its references as they are written."""
        if part.value is ABSENT:
            return ABSENT, False
        shown, hidden = mask(part.value, self._masking, pointer)
        below = {
            at[len(pointer) :]: text
            for at, text in part.references.items()
            if at == pointer or at.startswith(f"{pointer}/")
        }
        return (with_values(shown, below) if below else shown), hidden and not below

    def _place(self, origin: Origin | None) -> Place | None:
        return self._locate(origin) if origin is not None and self._locate is not None else None


def signed(
    rows: tuple[ExplainedValue, ...], authors: Authors | None
) -> tuple[tuple[ExplainedValue, ...], tuple[str, ...]]:
    """The rows with the authors of their lines, and what is to be noted about that."""
    lines = {line for row in rows for line in _lines(row)}
    if authors is None or not lines:
        return rows, ()
    found = authors(lines)
    if found is None:
        return rows, (_NO_GIT,)
    return tuple(
        replace(row, told=tuple(_signed(one, found) for one in row.told)) for row in rows
    ), ()


def _signed(told: Told, found: Mapping[Line, Author]) -> Told:
    if told.place is None:
        return told
    return replace(told, author=found.get((told.place.file, told.place.line)))


def _lines(row: ExplainedValue) -> Iterator[Line]:
    for told in row.told:
        if told.place is not None:
            yield told.place.file, told.place.line
