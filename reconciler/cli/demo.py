"""`pvm demo`: the whole story in one command, with real commands against a real server."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from reconciler.cli.call import Call
from reconciler.cli.demo_program import BrokenStoryError, Server, start_server, stop_server
from reconciler.cli.demo_story import EXAMPLE, tell_story
from reconciler.cli.exits import Exit
from reconciler.cli.options import output_options
from reconciler.cli.terminal import width, write_error
from reconciler.core.problem import Problem
from reconciler.render.problems import problems_text

_ENDED: Final = "\n# The server has ended, its folder is gone. `pvm demo --keep` leaves both."


@click.command()
@click.option("--keep", is_flag=True, help="Leave server and files behind, to go on by hand.")
@output_options
@click.pass_obj
def demo(call: Call, *, keep: bool) -> Exit:
    """Tell the whole story in one command: plan, apply, drift, on a server of its own.

    Everything happens on this machine, in a temporary folder, and is gone at the end.
    """
    try:
        with _stage(keep=keep) as (folder, server):
            tell_story(folder, server, click.echo)
        click.echo(_to_go_on(folder, server) if keep else _ENDED)
    except BrokenStoryError as broken:
        problem = Problem("demo", broken.message)
        write_error(f"{broken.output}{problems_text((problem,), width=width())}", call)
        return Exit.USAGE if broken.code == Exit.USAGE else Exit.FAILED
    return Exit.OK


@contextmanager
def _stage(*, keep: bool) -> Iterator[tuple[Path, Server]]:
    """A temporary folder and a server; both end with the block unless it is through and kept."""
    before = signal.signal(signal.SIGHUP, lambda *_: sys.exit(128 + signal.SIGHUP))
    folder = Path(tempfile.mkdtemp(prefix="pvm-demo-"))
    server: Server | None = None
    through = False
    try:
        server = start_server(folder)
        yield folder, server
        through = True
    finally:
        if not (through and keep):
            _clear(folder, server)
        signal.signal(signal.SIGHUP, before)


def _clear(folder: Path, server: Server | None) -> None:
    """End the server and remove the folder; a second Ctrl-C must not leave half of it behind."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        if server is not None:
            stop_server(server.process)
        shutil.rmtree(folder)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _to_go_on(folder: Path, server: Server) -> str:
    """What to type after `--keep`."""
    return "\n".join(
        (
            "",
            "# Server and files are still there. To go on:",
            f"cd {folder / EXAMPLE}",
            *server.exports(),
            f"#   API of the server: {server.url}/admin/swagger-ui/",
            f"#   its log, with the logins of all users: {server.log}",
            "",
            "# To end it:",
            f"kill {server.process.pid} && rm -r {folder}",
        )
    )
