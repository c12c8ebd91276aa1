"""Objects that nobody declares become documents beside those of their kind."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from reconciler.core.kind import Kind
from reconciler.core.problem import InvalidInput, Severity
from reconciler.core.resource import Desired
from reconciler.core.values import json_equal
from reconciler.kinds import KINDS
from reconciler.sources.adopting import AdoptionFailed
from reconciler.sources.authored import key_of
from reconciler.sources.repository import Repository, read_repository
from reconciler.sources.writer import export_text, write_files


def add_documents(
    root: Path, repository: Repository, objects: Sequence[Desired]
) -> tuple[str, ...]:
    """Write a new file for each kind, and return their paths.

    Raises:
        AdoptionFailed: They do not read back as they are; they were taken away again.
        Misuse: They can't be written.
    """
    files: dict[str, str] = {}
    for kind in KINDS.values():
        of_kind = [one for one in objects if one.id.kind == kind.name]
        if of_kind:
            files[_free_path(root, _folder(root, repository, kind), kind)] = export_text(
                of_kind, KINDS
            )
    write_files(root, files, replace=False)
    if not _reads_back(root, repository, objects):
        for path in files:
            (root / path).unlink()
        message = "the new documents do not read back as what the server has; none was kept"
        raise AdoptionFailed(message)
    return tuple(files)


def _folder(root: Path, repository: Repository, kind: Kind) -> str:
    """Where most documents of the kind stand, else a source folder of its name, else the first."""
    own = Counter(
        str(PurePosixPath(one.origin.file).parent)
        for one in repository.declared
        if one.id.kind == kind.name and one.origin.file.endswith((".yaml", ".yml"))
    )
    if own:
        return max(sorted(own), key=lambda folder: own[folder])
    sources = repository.project.sources
    named = [folder for folder in sources if PurePosixPath(folder).name == kind.scope_key]
    return next((one for one in named if (root / one).is_dir()), sources[0])


def _free_path(root: Path, folder: str, kind: Kind) -> str:
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        path = str(PurePosixPath(folder) / f"adopted-{kind.scope_key}{suffix}.yaml")
        if not (root / path).exists():
            return path
        number += 1


def _reads_back(root: Path, before: Repository, objects: Sequence[Desired]) -> bool:
    try:
        found = read_repository(root, before.target)
    except InvalidInput:
        return False
    if any(problem.severity is Severity.ERROR for problem in found.problems):
        return False
    declared = {key_of(one.id): one for one in found.declared}
    complete = len(found.declared) == len(before.declared) + len(objects)
    return complete and all(
        json_equal(declared[key_of(one.id)].value, one.value)
        for one in objects
        if key_of(one.id) in declared
    )
