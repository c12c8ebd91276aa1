"""`pvm import`: a store list becomes a fleet."""

import sys
from pathlib import Path
from typing import Any

import click

from reconciler.authoring.store_list import Becomes, column_name, column_names, in_words
from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.import_questions import Answers, Ask, Questions
from reconciler.cli.options import format_options, import_options, project_options
from reconciler.cli.output import deliver
from reconciler.cli.terminal import width
from reconciler.core.imported import Imported, ImportedColumn
from reconciler.core.problem import Misuse
from reconciler.core.project import Project
from reconciler.render.imported import imported_json, imported_text
from reconciler.render.json import json_text
from reconciler.sources.importing import (
    Draft,
    Wanted,
    draft_fleet,
    folder_for,
    project_at,
    write_fleet,
)
from reconciler.sources.project import find_project
from reconciler.sources.source_text import MAX_BYTES
from reconciler.sources.store_list import StoreList, column_of, read_store_list, rules_of


@click.command("import")
@click.argument(
    "file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@import_options
@format_options("text", "json")
@project_options
@click.pass_obj
def import_(call: Call, /, file: Path, **options: Any) -> Exit:  # noqa: ANN401 -- click's, by name
    """Make a fleet of FILE.csv, a list with a line for each store; no server is asked.

    Any header will do, with commas, semicolons or tabs. What is not said by options is asked on a
    terminal. In patterns ${column} stands for a cell; in a shell, put them into single quotes.
    """
    root = find_project(Path(call.directory))
    project = project_at(root)
    with file.open("rb") as opened:
        stores = read_store_list(str(file), opened.read(MAX_BYTES + 1))
    wanted = _wanted(stores, project, options)
    folder = folder_for(root, project.sources, options["out"])
    draft = draft_fleet(root, project.sources, folder, stores, wanted)
    write_fleet(root, draft, force=options["force"])
    imported = _imported(stores, wanted, draft)

    def render(format_: str) -> str:
        if format_ == "json":
            return json_text(imported_json(imported))
        return imported_text(imported, width=width())

    deliver(render, call)
    return Exit.OK


def _wanted(stores: StoreList, project: Project, options: dict[str, Any]) -> Wanted:
    names = column_names(stores.headers, _mapping(stores, options["mapping"]))
    ask = _terminal()
    becomes = Becomes(
        site=options["site"],
        pro_server=options["pro_server"],
        bootstrap=options["bootstrap"],
        extends=options["extends"],
        token=options["token"],
        app_id=options["app_id"],
        description=options["description"],
    )
    questions = Questions(stores, names, project.scope.globs, ask)
    key, becomes = questions.complete(Answers(options["key"], becomes))
    name = options["name"] or column_name(Path(stores.source.file).stem).replace("_", "-")
    if ask and not options["name"]:
        name = ask("Name of the fleet", name or "stores")
    rules = rules_of(stores, names, key, options["key_pattern"])
    return Wanted(name or "stores", names, key, rules, becomes)


def _mapping(stores: StoreList, given: tuple[str, ...]) -> dict[int, str]:
    """Names of columns by their number."""
    plain = column_names(stores.headers, {})
    found: dict[int, str] = {}
    for text in given:
        header, equals, name = text.rpartition("=")
        if not equals:
            message = f"--map {text!r} is not HEADER=COLUMN"
            raise Misuse(
                message, "write it like --map 'Store No.=store'; COLUMN empty leaves it out"
            )
        if name and column_name(name) != name.lower():
            message = f"--map: {name!r} is no name for a column"
            raise Misuse(message, f"use letters, digits and underscores: {column_name(name)}")
        if name and name in found.values():
            message = f"--map gives two columns the name {name!r}"
            raise Misuse(message, "give each a name of its own, or leave one out: --map HEADER=")
        found[column_of(header, stores, plain)] = name
    return found


def _terminal() -> Ask | None:
    """Who answers questions, if anybody does."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return lambda question, default: str(click.prompt(question, default=default or None, err=True))


def _imported(stores: StoreList, wanted: Wanted, draft: Draft) -> Imported:
    named = zip(wanted.names, stores.headers, strict=True)
    columns = [
        ImportedColumn(name, header, in_words(wanted.rules[name])) for name, header in named if name
    ]
    left = zip(wanted.names, stores.headers, strict=True)
    return Imported(
        fleet=wanted.name,
        key=wanted.names[wanted.key],
        rows=len(stores.rows),
        columns=tuple(columns),
        left_out=tuple(header for name, header in left if not name),
        objects=draft.objects,
        files=tuple(draft.texts),
    )
