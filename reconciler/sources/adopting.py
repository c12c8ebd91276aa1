"""Files are made to say what the server has: edits are tried on a copy, and kept if exactly right.

A project's files are read again with each set of edits. What is right changes the wished-for places
of the drifted objects, and nothing else of any object.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from reconciler.core.adoption import Adoption, Edited, Left, Wish, Wishes
from reconciler.core.change import FieldChange
from reconciler.core.merge import with_values
from reconciler.core.origin import Origin
from reconciler.core.problem import InvalidInput, Misuse, Severity
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT, JsonValue, json_equal
from reconciler.sources.authored import Authored, Key, key_of, read_authored
from reconciler.sources.edit_nodes import CannotEdit
from reconciler.sources.edit_places import Places, Unit
from reconciler.sources.edit_steps import Reason, Step, drafts
from reconciler.sources.files import Files, is_xml
from reconciler.sources.locate import Locator
from reconciler.sources.repository import Repository, read_repository
from reconciler.sources.writer import replace_files

_IN_A_FLEET: Final = "a line of a fleet makes it; remove the line, or let pvm apply make it again"
_NO_EDIT: Final = "no edit of the files gives exactly this; change them by hand"
_VARIABLE: Final = "a variable is part of it, and other targets would change; do it by hand"

Choice = tuple[Unit, tuple[Step, ...]]


@dataclass(slots=True)
class Adopter:
    """Finds the edits for all wishes; nothing is written before `write`."""

    root: Path
    repository: Repository
    wishes: Wishes
    reason: Reason
    read: Callable[[Path, str | None], Repository] = read_repository
    _authored: Authored = field(default_factory=Authored)
    _texts: dict[str, str] = field(default_factory=dict)
    _accepted: list[Choice] = field(default_factory=list)
    _left: list[Left] = field(default_factory=list)
    _drafts: dict[str, str] = field(default_factory=dict)
    _folder: Path = Path()
    _refusal: str = ""
    """The error of the files with the last set of edits; often the project's own policy."""

    def adopt(self) -> Adoption:
        """Edit the files; raises `Misuse` when they can't be written, or were put back."""
        files = self.repository.files
        self._texts = {p: self._bytes(p).decode() for p in files if not is_xml(p)}
        self._authored = read_authored(self.root, self.repository)
        with TemporaryDirectory(prefix="pvm-adopt-") as folder:
            self._folder = Path(folder)
            for source in self.repository.project.sources:
                (self._folder / source).mkdir(parents=True, exist_ok=True)
            for path in files:
                self._copy(path, self._bytes(path))
            places = Places(self._authored, self.wishes.values)
            units = places.units()
            for id_ in self.wishes.gone:
                unit = places.gone(id_)
                if unit is None:
                    self._left.append(Left(id_, _IN_A_FLEET))
                else:
                    units.append(unit)
            self._accept(units)
            self._holds([])
            edits = self._edits(self.read(self._folder, self.repository.target))
        changed = {path: text for path, text in self._drafts.items() if text != self._texts[path]}
        self._write(changed)
        kept = {text for wish in self._fulfilled() for text in wish.references.values()}
        left = (*self.wishes.left, *self._left)
        return Adoption(tuple(edits), left, tuple(sorted(changed)), frozenset(kept))

    def _fulfilled(self) -> list[Wish]:
        return [wish for unit, _ in self._accepted for wish in unit.wishes]

    def _accept(self, units: Sequence[Unit]) -> None:
        """Take what holds together, else halves of it, else look for another way."""
        if not units:
            return
        first = [(unit, unit.alternatives[0]) for unit in units if unit.alternatives]
        if len(first) == len(units) and self._holds(first):
            self._accepted += first
        elif len(units) > 1:
            half = len(units) // 2
            self._accept(units[:half])
            self._accept(units[half:])
        else:
            self._retry(units[0])

    def _retry(self, unit: Unit) -> None:
        refusal = self._refusal if unit.alternatives else ""
        for steps in unit.alternatives[1:]:
            if self._holds([(unit, steps)]):
                self._accepted.append((unit, steps))
                return
        if unit.parts:
            self._accept(unit.parts)
            return
        self._left += (
            Left(wish.id, self._why_left(wish, refusal), wish.pointer) for wish in unit.wishes
        )
        if unit.gone is not None:
            self._left.append(Left(unit.gone, _NO_EDIT))

    def _why_left(self, wish: Wish, refusal: str) -> str:
        key = key_of(wish.id)
        if self._authored.varies(key, wish.pointer):
            return _VARIABLE
        if refusal:
            return f"the files would have an error: {refusal}"
        file = self._authored.origin_of(key, wish.pointer).file
        if is_xml(file):
            return f"it stands in {file}, and pvm edits no XML; change it by hand"
        return _NO_EDIT

    def _holds(self, more: Sequence[Choice]) -> bool:
        """Whether what was accepted and this give exactly what they should."""
        chosen = [*self._accepted, *more]
        self._refusal = ""
        try:
            steps = [step for _, some in chosen for step in some]
            new = drafts(self._authored, steps, self._texts, self.reason)
            self._lay(new)
            found = self.read(self._folder, self.repository.target)
        except (CannotEdit, InvalidInput):
            return False
        return self._is_right(found, chosen)

    def _is_right(self, found: Repository, chosen: Sequence[Choice]) -> bool:
        errors = [one.message for one in found.problems if one.severity is Severity.ERROR]
        if errors:
            self._refusal = errors[0]
            return False
        expected = self._expected(chosen)
        if len(found.declared) != len(expected):
            return False
        return all(_equal(expected.get(key_of(one.id)), one) for one in found.declared)

    def _expected(self, chosen: Sequence[Choice]) -> dict[Key, Desired]:
        expected = dict(self._authored.declared)
        for unit, _ in chosen:
            if unit.gone is not None:
                expected.pop(key_of(unit.gone), None)
            for wish in unit.wishes:
                key = key_of(wish.id)
                expected[key] = _fulfilled(expected[key], wish)
        return expected

    def _lay(self, new: Mapping[str, str]) -> None:
        """Make the copy as the project would be."""
        for path in {*self._drafts, *new}:
            self._copy(path, new.get(path, self._texts[path]).encode())
        self._drafts = dict(new)

    def _copy(self, path: str, data: bytes) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def _bytes(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def _write(self, changed: Mapping[str, str]) -> None:
        """Write all files or none; what does not read back as expected is put back."""
        if any(self._bytes(path).decode() != self._texts[path] for path in self._texts):
            message = "files changed while pvm looked at them; nothing was written"
            raise Misuse(message, "try again")
        replace_files(self.root, {path: text or None for path, text in changed.items()})
        try:
            right = self._is_right(self.read(self.root, self.repository.target), self._accepted)
        except InvalidInput:
            right = False
        if not right:
            replace_files(self.root, {path: self._texts[path] for path in changed})
            message = "the edited files do not say what they should; all were put back"
            raise AdoptionFailed(message)

    def _edits(self, found: Repository) -> list[Edited]:
        """What was done, in the order of files and lines."""
        locator = Locator(Files(self._folder), Masking(self.repository.project.secrets))
        declared = {key_of(one.id): one for one in found.declared}
        rows: list[Edited] = []
        for unit, _ in self._accepted:
            if unit.gone is not None:
                origin = self._authored.declared[key_of(unit.gone)].origin
                change = FieldChange("", None, ABSENT)
                rows.append(Edited(origin.file, origin.line, change, (unit.gone,)))
                continue
            first = unit.wishes[0]
            place = locator.place(_origin_in(declared[key_of(first.id)], first))
            ids = tuple(wish.id for wish in unit.wishes)
            rows.append(Edited(place.file, place.line, first.shown, ids))
        return sorted(rows, key=lambda row: (row.file, row.line, row.change.pointer))


class AdoptionFailed(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """Everything is as it was."""


def _origin_in(declared: Desired, wish: Wish) -> Origin:
    if wish.value is ABSENT:
        return declared.origin_of(wish.pointer.rpartition("/")[0])
    return declared.origin_of(wish.pointer)


def _fulfilled(declared: Desired, wish: Wish) -> Desired:
    """The object as it is to be; only its value and its references count."""
    value = with_values(declared.value, {wish.pointer: wish.value})
    below = f"{wish.pointer}/"
    references = {
        at: text
        for at, text in declared.references.items()
        if at != wish.pointer and not at.startswith(below)
    }
    references |= {wish.pointer + at: text for at, text in wish.references.items()}
    return Desired(
        declared.id,
        value if isinstance(value, Mapping) else {},
        declared.origin,
        declared.protect,
        declared.inherited,
        references,
        declared.renamed_from,
    )


def _equal(expected: Desired | None, found: Desired) -> bool:
    if expected is None:
        return False
    same: tuple[JsonValue, JsonValue] = (_facts(expected), _facts(found))
    return json_equal(*same) and json_equal(expected.value, found.value)


def _facts(one: Desired) -> list[JsonValue]:
    return [str(one.id), one.protect, list(one.renamed_from), dict(one.references)]
