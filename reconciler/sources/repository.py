"""The whole repository: every file read, every problem found, nothing thrown away."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.authoring.lineage import Heritage
from reconciler.authoring.variables import Variables
from reconciler.core.catalog import check_catalog
from reconciler.core.history import History, NoHistory
from reconciler.core.origin import Origin
from reconciler.core.pointer import resolve
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.project import Project
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.kinds import KINDS
from reconciler.sources.documents import Declarations
from reconciler.sources.faults import Fault, merged, problems_of
from reconciler.sources.files import Files, FileTree
from reconciler.sources.git import Commit, GitQuestion
from reconciler.sources.history import Checkout, GitHistory, SilentGit
from reconciler.sources.policy import PolicyCheck, with_level
from reconciler.sources.project import PROJECT_FILE, read_project, salvaged_sources
from reconciler.sources.rollout import wave_faults
from reconciler.sources.source_hash import content_id, known_blobs, source_hash
from reconciler.sources.variables import variables_of
from reconciler.sources.yaml_file import read_yaml

_NAME = re.compile(r"""\bname:[ ]*["']?([^"'\r\n#,}]+)""")


@dataclass(frozen=True, slots=True)
class Repository:
    """What the files say. Use `declared` only while no problem is an error."""

    project: Project
    declared: tuple[Desired, ...]
    problems: tuple[Problem, ...]
    """Errors and warnings, by file and line; one cause in many places is one problem."""
    source_hash: str
    """Of the files that were read (`sources/source_hash.py`)."""
    commit: str | None
    """`None` outside Git or without the `git` program; `clean` likewise."""
    clean: bool | None
    """Whether the files that were read, and no others, are as in the commit."""
    files: tuple[str, ...] = ()
    """Relative to the project's folder, sorted."""
    changed: tuple[str, ...] = ()
    """Those that are not as in the commit, and those of the commit that are gone."""
    history: History = field(default_factory=NoHistory)
    target: str | None = None
    """Whose variables were filled in, if one was chosen."""
    heritage: Heritage = field(default_factory=Heritage)


def read_repository(root: Path, target: str | None = None) -> Repository:
    """Read the project below `root` (see `find_project`), as it is for a target.

    Where none is named, or one that the project lacks, the first target's variables are filled in,
    and the problems are those of all targets.

    Raises:
        InvalidInput: `pvm.yaml` can't be used; the problems of the documents that could be
            found all the same come with its own.
    """
    with GitQuestion(root) as git:
        return _read(root, git, target)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the files say by themselves, wherever they are kept."""

    project: Project
    declared: tuple[Desired, ...]
    problems: tuple[Problem, ...]
    """As in `Repository`."""
    texts: Mapping[str, bytes]
    """Every file that was read, by path."""
    heritage: Heritage = field(default_factory=Heritage)


def read_contents(files: FileTree, target: str | None = None) -> Contents:
    """Read a project; raises as `read_repository`."""
    first = _contents(files, target)
    targets = tuple(first.project.targets)
    if target in targets or len(targets) < 2 or not first.heritage.uses:  # noqa: PLR2004 -- several
        return first
    by_target = {name: _contents(files, name).problems for name in targets}
    shown = _of_all_targets(first.problems, by_target)
    return replace(first, problems=tuple(_sorted(shown)))


def _of_all_targets(
    first: Sequence[Problem], by_target: Mapping[str, Sequence[Problem]]
) -> Iterator[Problem]:
    """Each problem once; those that only some targets have say whose they are.

    `first` are those of the first target while all of them have to set each variable.
    """
    known = {one for problems in (first, *by_target.values()) for one in problems}
    for problem in known:
        of = [name for name, problems in by_target.items() if problem in problems]
        if problem.code == "variable-unknown":
            if problem in first:
                yield problem
        elif len(of) < len(by_target):
            yield replace(problem, message=f"{problem.message} (for target {', '.join(of)})")
        else:
            yield problem


def _contents(files: FileTree, target: str | None) -> Contents:
    data = files.read(PROJECT_FILE)
    if isinstance(data, Problem):
        raise InvalidInput([data])
    project, faults = read_project(files, data)
    masking = Masking(project.secrets if project else ())
    sources = project.sources if project else salvaged_sources(data, files)
    variables = variables_of(project, target) if project else Variables()
    reader = _Reader(files, masking, variables)
    with _no_collection():
        reader.read(sources)
        reader.complete()
    if project is None:
        raise InvalidInput([*_sorted(faults), *_sorted(reader.problems([]))])
    policy = PolicyCheck(files, Origin(PROJECT_FILE, 0, 1))
    with _no_collection():
        problems = _sorted(reader.problems(_checked(reader, project, policy)))
    return Contents(
        project=project,
        declared=tuple(reader.declarations.declared),
        problems=tuple(problems),
        texts={
            PROJECT_FILE: data,
            **policy.attached,
            **reader.content,
            **reader.declarations.attached.texts,
            **reader.declarations.fleets.attached,
        },
        heritage=reader.declarations.heritage(),
    )


def _read(root: Path, git: GitQuestion, target: str | None) -> Repository:
    found = read_contents(Files(root), target)
    project, texts = found.project, found.texts
    commit = git.answer(texts.keys(), project.sources)
    hash_ = source_hash({path: content_id(text) for path, text in texts.items()})
    return Repository(
        project=project,
        declared=found.declared,
        problems=found.problems,
        source_hash=hash_,
        commit=commit.id if commit else None,
        clean=commit.clean if commit else None,
        files=tuple(sorted(texts)),
        changed=commit.changed if commit else (),
        history=_history(git, commit, project, (hash_, texts)),
        target=target if target in project.targets else None,
        heritage=found.heritage,
    )


def _history(
    git: GitQuestion,
    commit: Commit | None,
    project: Project,
    files: tuple[str, Mapping[str, bytes]],
) -> History:
    """What can be asked of Git from here."""
    if commit is None:
        return SilentGit() if git.silent else NoHistory()
    hash_, content = files
    targets = tuple(project.targets)
    return GitHistory(
        Checkout(git.root, git.prefix, commit.id, hash_, targets, known_blobs(content))
    )


class _Reader:
    """Reads the documents of all source folders."""

    def __init__(self, files: FileTree, masking: Masking, variables: Variables) -> None:
        self.files = files
        self.masking = masking
        self.declarations = Declarations(files, masking, variables)
        self.content: dict[str, bytes] = {}
        self.unreadable: list[Problem] = []
        self.named_in_vain: set[str] = set()
        """Names in files that can't be read: what refers to them is not at fault as well."""

    def read(self, sources: Iterable[str]) -> None:
        """Read each file once, in the order of their paths, whichever folders lead to it."""
        paths = {
            path
            for folder in sources
            if not self.files.leaves(folder)
            for path in self.files.find(folder)
        }
        for path in sorted(paths - {PROJECT_FILE}):
            data = self.files.read(path)
            if isinstance(data, Problem):
                self.unreadable.append(data)
                continue
            self.content[path] = data
            reading = read_yaml(path, data, self.masking)
            if reading.problems:
                self.unreadable += reading.problems
                self.named_in_vain.update(map(str.strip, _NAME.findall(reading.text)))
            placeholders = "${" in reading.text
            for document in reading.documents:
                self.declarations.add(document, path, placeholders=placeholders)

    def complete(self) -> None:
        """Give bootstraps what they inherit, once every layer is known."""
        declarations = self.declarations
        declarations.declared += declarations.layering.complete(self.named_in_vain)
        done = {item.id for item in declarations.declared}
        declarations.refused += (
            replace(one.own, value={})
            for one in declarations.layering.waiting
            if one.own.id not in done
        )
        for others in (declarations.layering, declarations.fleets, declarations.attached):
            declarations.faults += others.faults

    def problems(self, faults: Sequence[Fault]) -> list[Problem]:
        """Everything that is wrong, by cause."""
        placed = problems_of([*self.declarations.faults, *faults], self.files, self.masking)
        declarations = self.declarations
        known = [
            *self.files.problems,
            *self.unreadable,
            *declarations.attached.problems,
            *declarations.fleets.problems,
        ]
        return [*merged(_sorted(dict.fromkeys(known))), *placed]


def _checked(reader: _Reader, project: Project, policy: PolicyCheck) -> list[Fault]:
    """What the policy, ready lints and the catalog find."""
    declared = reader.declarations.declared
    found = (with_level(fault, project.policy) for fault in _catalog_faults(reader, project))
    return [
        *policy.faults(declared, project),
        *wave_faults(project.rollout, reader.declarations.fleets),
        *(fault for fault in found if fault),
    ]


def _catalog_faults(reader: _Reader, project: Project) -> Iterator[Fault]:
    known = [*reader.declarations.declared, *reader.declarations.refused]
    by_id = {item.id: item for item in known}
    for found in check_catalog(known, KINDS, project.scope):
        item = by_id[found.object]
        pointer = found.origin.pointer.removeprefix(item.origin.pointer)
        if "-unknown-" in found.code and resolve(item.value, pointer) in reader.named_in_vain:
            continue
        yield Fault(
            found.code,
            found.message,
            found.origin,
            label=found.label,
            help=found.help,
            object=found.object,
            related=found.related,
            severity=found.severity,
        )


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=_place_key)


def _place_key(problem: Problem) -> tuple[str, int, int, str, str]:
    place = problem.place
    where = (place.file, place.line, place.column) if place else ("", 0, 0)
    return (*where, problem.code, problem.message)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking through the growing tree again and again.

    What was built has no cycles and lives as long as the command, so it is frozen: not walked
    through later either.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
