"""Objects become YAML that reads back as exactly the same objects."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from reconciler.core.kind import Kind, Ownership
from reconciler.core.merge import with_values
from reconciler.core.problem import Misuse
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue
from reconciler.sources.attached import MAX_PARAMETERS_DEPTH, depth_of
from reconciler.sources.yaml_output import Verbatim, document_text

_LARGEST_FILE: Final = 1024 * 1024
"""Characters; a kind that needs more goes on in a second file."""


def export_text(objects: Sequence[Live | Desired], kinds: Mapping[str, Kind]) -> str:
    """Write documents one after another, by kind and name.

    Raises:
        Misuse: An object is nested deeper than files may be.
    """
    return "---\n".join(text for _, text in _documents(objects, kinds))


def export_files(objects: Sequence[Live | Desired], kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Lay documents out in one file per kind, or a few: relative path to text.

    Raises:
        Misuse: As `export_text`.
    """
    return filed((kind.scope_key, text) for kind, text in _documents(objects, kinds))


def filed(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lay texts out in one file per folder, or a few: relative path to text."""
    files: dict[str, list[str]] = {}
    current: dict[str, tuple[int, int]] = {}
    for folder, text in texts:
        number, size = current.get(folder, (1, 0))
        if size and size + len(text) > _LARGEST_FILE:
            number, size = number + 1, 0
        current[folder] = number, size + len(text)
        suffix = "" if number == 1 else f"-{number}"
        files.setdefault(f"{folder}/{folder}{suffix}.yaml", []).append(text)
    return {path: "---\n".join(found) for path, found in files.items()}


def _documents(
    objects: Iterable[Live | Desired], kinds: Mapping[str, Kind]
) -> Iterator[tuple[Kind, str]]:
    """Each object's kind and text, in the order of creation, then of names."""
    for kind, document in written_documents(objects, kinds):
        yield kind, document_text(document)


def written_documents(
    objects: Iterable[Live | Desired], kinds: Mapping[str, Kind]
) -> Iterator[tuple[Kind, dict[str, JsonValue]]]:
    """Each object's kind and document, references `Verbatim`, in the same order.

    Raises:
        Misuse: As `export_text`.
    """
    ordered = sorted(objects, key=lambda item: (kinds[item.id.kind].order, item.id.name))
    for item in ordered:
        kind = kinds[item.id.kind]
        if depth_of(item.value) > MAX_PARAMETERS_DEPTH:
            message = f"{item.id} is nested deeper than {MAX_PARAMETERS_DEPTH} levels"
            raise Misuse(message, "leave it out: --exclude")
        yield kind, _document(item, kind)


def _document(item: Live | Desired, kind: Kind) -> dict[str, JsonValue]:
    """Fields in the kind's order; one that has its default is left out."""
    document: dict[str, JsonValue] = {"kind": kind.name, "name": item.id.name}
    if kind.value_field is not None:
        document[kind.value_field] = _with_references(item)
    else:
        document |= {
            field.name: item.value[field.name]
            for field in kind.fields
            if field.ownership is not Ownership.SERVER
            and field.name in item.value
            and (field.required or item.value[field.name] != field.default)
        }
    if isinstance(item, Desired) and item.protect:
        document["protect"] = True
    if isinstance(item, Desired) and item.renamed_from:
        document["renamedFrom"] = list(item.renamed_from)
    return document


def _with_references(item: Live | Desired) -> JsonValue:
    """The value, its references to secrets marked as what they are."""
    if not isinstance(item, Desired):
        return item.value
    marked = {pointer: Verbatim(template) for pointer, template in item.references.items()}
    return with_values(item.value, marked)


def write_files(folder: Path, files: Mapping[str, str], *, replace: bool) -> None:
    """Write all files below `folder`, or none.

    Raises:
        Misuse: A file exists already and `replace` is not set, or the folder can't be written.
    """
    taken = sorted(path for path in files if os.path.lexists(folder / path))
    if taken and not replace:
        more = f" and {len(taken) - 1} more exist" if len(taken) > 1 else " exists"
        message = f"{folder / taken[0]}{more} already; nothing was written"
        raise Misuse(message, "name an empty folder")
    drafts: list[tuple[Path, Path]] = []
    try:
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f".{target.name}.part")
            drafts.append((draft, target))
            draft.write_bytes(text.encode())
        for draft, target in drafts:
            draft.replace(target)
    except OSError as error:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)
        message = f"{folder} can't be written: {error.strerror}"
        raise Misuse(message, "name a folder that you may write to") from error


def replace_files(root: Path, files: Mapping[str, str | None]) -> None:
    """Replace all these files below `root`, or none; `None` deletes one.

    Raises:
        Misuse: They can't be written; what was there is there again.
    """
    before: dict[str, bytes | None] = {}
    drafts: dict[str, Path] = {}
    try:
        for path, text in files.items():
            before[path] = _bytes_of(root / path)
            if text is not None:
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                drafts[path] = target.with_name(f".{target.name}.part")
                drafts[path].write_bytes(text.encode())
                if before[path] is not None:
                    shutil.copymode(target, drafts[path])
        for path in files:
            if path in drafts:
                drafts[path].replace((root / path).resolve())
            else:
                (root / path).unlink(missing_ok=True)
    except OSError as error:
        _put_back(root, before)
        message = f"{root} can't be written: {error.strerror}; nothing was changed"
        raise Misuse(message, "see that you may write there") from error
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put_back(root: Path, before: Mapping[str, bytes | None]) -> None:
    for path, data in before.items():
        target = root / path
        if data is None:
            if target.exists():
                target.unlink()
        elif _bytes_of(target) != data:
            target.write_bytes(data)
