"""The program `pvm`: the table of commands, loaded one at a time."""

import signal
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from keyword import iskeyword
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from reconciler.cli.suggestions import suggest_folders
from reconciler.version import __version__

if TYPE_CHECKING:
    from reconciler.cli.call import Call

COMMANDS: Final = {
    "init": ("reconciler.cli.init", "Start a project: its file, folders and checks."),
    "validate": ("reconciler.cli.validate", "Check the files; no server is asked."),
    "fmt": ("reconciler.cli.fmt", "Write the files in their canonical form."),
    "diff": ("reconciler.cli.diff", "Show what changes between two commits."),
    "plan": ("reconciler.cli.plan", "Show what apply would change."),
    "show": ("reconciler.cli.show", "Show a saved plan."),
    "apply": ("reconciler.cli.apply", "Make the server what the files say."),
    "undo": ("reconciler.cli.undo", "Show what takes an apply back."),
    "drift": ("reconciler.cli.drift", "Show what was changed on the server."),
    "export": ("reconciler.cli.export", "Write what is on the server as YAML."),
    "import": ("reconciler.cli.import_", "Make a fleet of a store list."),
    "render": ("reconciler.cli.render", "Show the objects after layers and fleets."),
    "explain": ("reconciler.cli.explain", "Show where each value of an object comes from."),
    "status": ("reconciler.cli.status", "Show how far files and server are apart."),
    "history": ("reconciler.cli.history", "List the last applies of this project."),
    "lock": ("reconciler.cli.lock", "Let nobody apply this project for a while."),
    "unlock": ("reconciler.cli.lock", "Take back a lock."),
    "inventory": ("reconciler.cli.inventory", "Show or rebuild what this project owns."),
    "doctor": ("reconciler.cli.doctor", "Check settings, connection, clock and permissions."),
    "device": ("reconciler.cli.device", "Act as a device: what would this token deliver?"),
    "serve": ("reconciler.cli.serve", "Run the bundled server."),
    "server": ("reconciler.cli.server", "Back up, restore and check the bundled server's data."),
    "demo": ("reconciler.cli.demo", "Tell the whole story in one command."),
    "convert": ("reconciler.cli.convert", "Turn Voice's XML into the parameters of a bootstrap."),
    "schema": ("reconciler.cli.schema", "Print a JSON Schema of the documents."),
    "completion": ("reconciler.cli.completion", "Print the completion script of a shell."),
}
"""Name to module and summary, in the order of `--help`. A module holds a command of that name, with
`_` behind it where Python keeps the name for itself."""


class Program(click.Group):
    """A group that loads a command when it is called, and exits by `cli/exits.py` alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """The table's names in its order."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Load one command; `None` for a name that the table lacks."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(COMMANDS[cmd_name][0]), name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may be meant."""
        if args and args[0] not in COMMANDS and not ctx.resilient_parsing:
            from difflib import get_close_matches  # noqa: PLC0415 -- start-up time

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"there is no command {args[0]!r}{hint}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> "list[click.shell_completion.CompletionItem]":
        """Offer commands without loading one, and the options of the program itself."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 -- start-up time

        commands = [
            CompletionItem(name, help=summary)
            for name, (_, summary) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without loading one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def main(  # type: ignore[override]  # exits always, so it needs no standalone_mode
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,  # noqa: ANN401 -- handed to click unread
    ) -> NoReturn:
        """Run one command and exit with its code; a bug is the only exception that leaves."""
        from reconciler.cli.call import Call  # noqa: PLC0415 -- start-up time

        call = extra.setdefault("obj", Call())
        extra["standalone_mode"] = False
        try:
            code = super().main(args, prog_name or "pvm", **extra)
        except _expected_failures() as failure:
            from reconciler.cli.failures import report_failure  # noqa: PLC0415 -- start-up time

            code = report_failure(failure, call)
        sys.exit(code)

    def __call__(self, *args: Any, **extra: Any) -> NoReturn:  # noqa: ANN401 -- click's signature
        """Run as the process itself: SIGTERM unwinds cleanly, a bug is reported in one line."""
        from reconciler.cli.call import Call  # noqa: PLC0415 -- start-up time

        call = Call()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        sys.excepthook = partial(_report_bug, call)
        self.main(*args, obj=call, **extra)


def _expected_failures() -> tuple[type[BaseException], ...]:
    """Asked only once something was raised, which keeps the imports out of a good start."""
    from reconciler.cli.failures import EXPECTED  # noqa: PLC0415 -- start-up time

    return EXPECTED


def _report_bug(
    call: "Call", _: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    from reconciler.cli.failures import report_bug  # noqa: PLC0415 -- start-up time

    report_bug(error.with_traceback(trace), call)


@click.group("pvm", cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="pvm %(version)s")
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    help="Folder of the project (default: here).",
    shell_complete=suggest_folders,
)
@click.pass_obj
def main(call: "Call", directory: str | None) -> None:
    """Configuration of a device-provisioning server as code: plan, apply, drift.

    Sites, bootstraps, tokens and users stand in YAML files; pvm compares them with a server,
    shows what would change, and changes it.
    """
    if directory is not None:
        call.directory = directory
