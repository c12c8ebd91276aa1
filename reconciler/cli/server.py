"""`pvm server`: look after the bundled server's database."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

import click

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.terminal import write_result

Command = TypeVar("Command", bound=Callable[..., object])
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.group()
def server() -> None:
    """Back up, restore and check the bundled server's database."""


def _database_option(command: Command) -> Command:
    return click.option(
        "--database",
        metavar="URL",
        help="As for `pvm serve`: the default is PVM_SERVER_DATABASE.",
    )(command)


@server.command()
@click.argument("file", type=_FILE)
@_database_option
@click.pass_obj
def backup(call: Call, file: Path, database: str | None) -> Exit:
    """Store the whole database in the new FILE; the server may go on.

    FILE holds what the database holds, hashes of passwords and unsent mails among it. Only you may
    read it; keep it so.
    """
    from reconciler.cli.bundled import back_up  # noqa: PLC0415 - start-up time

    write_result(back_up(_given(database), file), call)
    return Exit.OK


@server.command()
@click.argument("file", type=_FILE)
@_database_option
@click.pass_obj
def restore(call: Call, file: Path, database: str | None) -> Exit:
    """Fill an empty database from FILE: everything, or nothing at all.

    FILE may come from the other sort of database, but not from another schema.
    """
    from reconciler.cli.bundled import restore as restore_  # noqa: PLC0415 - start-up time

    write_result(restore_(_given(database), file), call)
    return Exit.OK


@server.command()
@_database_option
@click.pass_obj
def check(call: Call, database: str | None) -> Exit:
    """Look through the database for what cannot be; the server may go on.

    Exits with 1 when it finds anything, and prints a line for each.
    """
    from reconciler.cli.bundled import check as check_  # noqa: PLC0415 - start-up time

    findings = check_(_given(database))
    write_result("\n".join(findings) or "The database is sound.", call)
    return Exit.FAILED if findings else Exit.OK


def _given(database: str | None) -> Mapping[str, object]:
    return {} if database is None else {"database": database}
