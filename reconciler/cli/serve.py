"""`pvm serve`: run the bundled server."""

from pathlib import Path

import click


@click.command()
@click.option("--host", help="Address to listen on (default: 127.0.0.1).")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port (default: 8080); 0 takes a free one."
)
@click.option(
    "--database",
    metavar="URL",
    help="sqlite:///FILE or postgresql+psycopg://… (default: sqlite:///.pvm/server.db).",
)
@click.option("--demo", is_flag=True, help="A sample customer with users, in a temporary database.")
@click.option(
    "--sim",
    is_flag=True,
    default=None,
    help="Simulate PTT Pro, licensing, Extension Manager and mail; --demo does too.",
)
@click.option(
    "--ready-file",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write address and process id there, as JSON, once the server listens.",
)
@click.option("--migrate-only", is_flag=True, help="Bring the database up to date and exit.")
def serve(
    ready_file: Path | None,
    *,
    demo: bool,
    migrate_only: bool,
    **settings: str | int | bool | None,
) -> None:
    """Run the bundled server until Ctrl-C or SIGTERM.

    On an empty database it creates one vendor administrator and prints the one-time password.
    Everything else is set by PVM_SERVER_… variables.
    """
    from reconciler.cli.bundled import Bundle, run_server  # noqa: PLC0415 - start-up time

    given = {name: value for name, value in settings.items() if value is not None}
    bundle = Bundle(given, ready_file, demo=demo, migrate_only=migrate_only)
    run_server(bundle, click.echo)
