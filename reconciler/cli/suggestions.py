"""What a shell offers while somebody types: objects, targets, folders. No server is asked.

A blank would end the word in most shells, so a name with one is not offered. Files that can't be
read offer nothing: a shell has no place for an error.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

import click

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from reconciler.core.project import Project
    from reconciler.core.resource import Desired

Items: TypeAlias = "list[CompletionItem]"
Suggest: TypeAlias = Callable[[click.Context, click.Parameter, str], Items]

_NOUNS: Final = ("site", "bootstrap", "token", "user")


def suggest_objects(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001 -- click's signature
    typed: str,
) -> Items:
    """Kinds, and once only one is meant, the names that the files declare of it."""
    noun, slash, start = typed.partition("/")
    nouns = [known for known in _NOUNS if known.startswith(noun.lower())]
    if not slash and len(nouns) != 1:
        return _items(f"{known}/" for known in nouns)
    from reconciler.kinds import find_kind  # noqa: PLC0415 -- asked only when a kind is known

    kind = find_kind(noun if slash else nouns[0])
    if kind is None:
        return []
    shown = noun if slash else nouns[0]
    names = sorted(item.id.name for item in _declared(context) if item.id.kind == kind.name)
    return _items(f"{shown}/{name}" for name in names if kind.key(name).startswith(kind.key(start)))


def suggest_sides(context: click.Context, parameter: click.Parameter, typed: str) -> Items:
    """`ours` and `theirs`, and after a colon the objects that one of them is for."""
    side, colon, rest = typed.partition(":")
    if not colon:
        return _items(known for known in ("ours", "theirs") if known.startswith(side))
    objects = suggest_objects(context, parameter, rest)
    return _items(f"{side}:{item.value}" for item in objects)


def suggest_targets(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001 -- click's signature
    typed: str,
) -> Items:
    """The targets of `pvm.yaml`."""
    project = _project(context)
    return _items(name for name in (project.targets if project else ()) if name.startswith(typed))


def suggest_folders(
    context: click.Context,  # noqa: ARG001 -- click's signature
    parameter: click.Parameter,  # noqa: ARG001 -- click's signature
    typed: str,
) -> Items:
    """Leave it to the shell, which knows folders."""
    return _left_to_the_shell(typed, "dir")


def suggest_files(
    context: click.Context,  # noqa: ARG001 -- click's signature
    parameter: click.Parameter,  # noqa: ARG001 -- click's signature
    typed: str,
) -> Items:
    """Leave it to the shell, which knows files."""
    return _left_to_the_shell(typed, "file")


def suggest_schemas(
    context: click.Context,  # noqa: ARG001 -- click's signature
    parameter: click.Parameter,  # noqa: ARG001 -- click's signature
    typed: str,
) -> Items:
    """The names that `pvm schema` knows."""
    from reconciler.sources.schema import schema_names  # noqa: PLC0415 -- start-up time

    return _items(name for name in schema_names() if name.startswith(typed))


SUGGESTIONS: Final[Mapping[str, Suggest]] = {
    "select": suggest_objects,
    "exclude": suggest_objects,
    "selectors": suggest_objects,
    "revert": suggest_objects,
    "conflicts": suggest_sides,
    "target": suggest_targets,
    "directory": suggest_folders,
}
"""By the name of the shared option's field in `Call`."""


def _items(values: Iterable[str]) -> Items:
    from click.shell_completion import CompletionItem  # noqa: PLC0415 -- start-up time

    return [CompletionItem(value) for value in values if " " not in value]


def _left_to_the_shell(typed: str, sort: str) -> Items:
    from click.shell_completion import CompletionItem  # noqa: PLC0415 -- start-up time

    return [CompletionItem(typed, type=sort)]


def _root(context: click.Context) -> "Path | None":
    """The project's folder: that of `-C`, on whichever side of the command it was given."""
    from pathlib import Path  # noqa: PLC0415 -- start-up time

    from reconciler.cli.call import Call  # noqa: PLC0415 -- start-up time
    from reconciler.core.problem import Misuse  # noqa: PLC0415 -- start-up time
    from reconciler.sources.project import find_project  # noqa: PLC0415 -- start-up time

    call = context.find_object(Call)
    given = context.find_root().params.get("directory")
    folder = call.directory if call is not None and call.directory != "." else given or "."
    try:
        return find_project(Path(folder))
    except Misuse:
        return None


def _project(context: click.Context) -> "Project | None":
    from reconciler.core.problem import Problem  # noqa: PLC0415 -- start-up time
    from reconciler.sources.files import Files  # noqa: PLC0415 -- start-up time
    from reconciler.sources.project import PROJECT_FILE, read_project  # noqa: PLC0415 -- as above

    root = _root(context)
    if root is None:
        return None
    files = Files(root)
    data = files.read(PROJECT_FILE)
    return None if isinstance(data, Problem) else read_project(files, data)[0]


def _declared(context: click.Context) -> "tuple[Desired, ...]":
    from reconciler.core.problem import InvalidInput  # noqa: PLC0415 -- start-up time
    from reconciler.sources.files import Files  # noqa: PLC0415 -- start-up time
    from reconciler.sources.repository import read_contents  # noqa: PLC0415 -- start-up time

    root = _root(context)
    if root is None:
        return ()
    try:
        return read_contents(Files(root)).declared
    except InvalidInput:
        return ()
