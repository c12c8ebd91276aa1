"""`pvm completion`: the script that makes a shell complete commands and options."""

from typing import Final

import click
from click.shell_completion import get_completion_class

from reconciler.cli.call import Call
from reconciler.cli.exits import Exit
from reconciler.cli.main import main
from reconciler.cli.terminal import write_result

_HOW: Final = """\
Print the completion script of a shell.

\b
bash:  eval "$(pvm completion bash)"        in ~/.bashrc
zsh:   eval "$(pvm completion zsh)"         in ~/.zshrc
fish:  pvm completion fish | source         in ~/.config/fish/config.fish
"""


@click.command(help=_HOW, short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_obj
def completion(call: Call, shell: str) -> Exit:
    """Print the script; click makes it."""
    maker = get_completion_class(shell)
    if maker is None:
        message = f"this version of click has no completion for {shell}"
        raise click.UsageError(message)
    write_result(maker(main, {}, "pvm", "_PVM_COMPLETE").source(), call)
    return Exit.OK
