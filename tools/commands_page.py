"""Print docs/reference/commands.md: every command with its options, read from the program."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Final

import click

from reconciler.cli.main import COMMANDS, main

INTRODUCTION: Final = """\
# Commands

`pvm COMMAND --help` says the same. Made by `tools/commands_page.py`; a test compares.

KIND is `site`, `bootstrap`, `token` or `user`, in any letter case, singular or plural. In KIND/GLOB
the part behind the slash may hold `*`, `?` and `[…]`. Durations are `15s`, `2m`, `1h`. Standard
output holds the result and nothing else. What the codes mean at the end stands in
[exit codes](exit-codes.md).
"""
_COMMON: Final = (
    "select",
    "exclude",
    "target",
    "concurrency",
    "requests_per_second",
    "timeout_seconds",
    "verbosity",
    "no_color",
    "quiet",
    "directory",
    "reports",
)
"""Explained once, by parameter name, in this order."""


def page() -> str:
    """The whole page."""
    found = dict(_commands())
    common = {
        parameter.name: parameter
        for command in found.values()
        for parameter in command.params
        if parameter.name in _COMMON
    }
    blocks = [INTRODUCTION, "## Common options\n", _table([common[name] for name in _COMMON])]
    for name, command in found.items():
        blocks += [f"\n## pvm {name}\n", _about(name, command)]
        own = [one for one in command.params if one.name not in _COMMON]
        rows = [one for one in own if isinstance(one, click.Option)]
        if rows:
            blocks += ["", _table(rows)]
        shared = [one for name in _COMMON for one in command.params if one.name == name]
        if shared:
            blocks.append(f"\nAnd {', '.join(f'`{one.opts[-1]}`' for one in shared)}.")
    return "\n".join(blocks) + "\n"


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Each that can be called, with the words behind `pvm`, in the order of `pvm --help`."""
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", command.commands[sub]) for sub in command.commands)
        elif command is not None:
            yield name, command


def _about(name: str, command: click.Command) -> str:
    names = main.context_settings["help_option_names"]  # what click keeps once a command is asked
    context = click.Context(command, info_name=f"pvm {name}", help_option_names=names)
    usage = " ".join((f"pvm {name}", *command.collect_usage_pieces(context)))
    return f"```\n{usage}\n```\n\n{cleandoc(command.help or '')}"


def _table(parameters: list[click.Parameter] | list[click.Option]) -> str:
    options = [one for one in parameters if isinstance(one, click.Option)]
    rows = [f"| {_spelling(one)} | {_told(one)} |" for one in options]
    return "\n".join(["| Option | Does |", "|---|---|", *rows])


def _spelling(option: click.Parameter) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if isinstance(option, click.Option) and (option.is_flag or option.count):
        return names
    value = option.make_metavar(click.Context(main)).replace("|", r"\|")
    return f"{names[:-1]} {value}`"


def _told(option: click.Option) -> str:
    text = (option.help or "").replace("|", r"\|")
    if option.show_default and option.default is not None:
        text += f" Default: `{option.default}`."
    return text


if __name__ == "__main__":
    print(page(), end="")
