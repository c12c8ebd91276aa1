"""Bash, zsh and fish as a person has them before their eyes, with our completion switched on."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from tests.programs import program

Complete: TypeAlias = Callable[[str], list[str]]
"""The words that a line becomes when the shell inserts all it has for its end."""

_SECONDS: Final = 60
_ALL_OF_IT: Final = b"\x18\x01"
"""Two keys that our settings make insert every completion there is."""
_TO_THE_START: Final = b"\x01"
_TO_THE_END: Final = b"\x05"
_LAST: Final = "that is all"

_BASH: Final = r"""
set +o history
PS1='> '
bind '"\C-x\C-a": insert-completions'
eval "$(pvm completion bash)"
"""
# What completes is asked in its plainest form, so that a person's own settings play no part.
_ZSH: Final = r"""
unsetopt beep prompt_cr
PS1='> '
bindkey -e
autoload -Uz compinit
compinit -u -D
zstyle ':completion:everything:*' completer _all_matches _complete
zstyle ':completion:everything:*' insert true
zstyle ':completion:everything:*' old-matches false
zle -C everything complete-word _generic
bindkey '^X^A' everything
eval "$(pvm completion zsh)"
"""


@contextmanager
def open_shell(name: str, folder: Path, project: Path) -> Iterator[Complete]:
    """A shell in the project's folder; `folder` takes its settings."""
    if name == "fish":
        yield _fish(folder, project)
        return
    settings, words = {
        "bash": (folder / "bashrc", ("--noprofile", "--rcfile", str(folder / "bashrc"), "-i")),
        "zsh": (folder / ".zshrc", ("-d", "-i")),  # -d: not the machine's settings, only ours
    }[name]
    settings.write_text(_BASH if name == "bash" else _ZSH, encoding="utf-8")
    answers = folder / "answers"
    os.mkfifo(answers)
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(  # noqa: S603 -- the machine's shell
        (program(name), *words),
        cwd=project,
        env=_environment(folder),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        person = _Terminal(keyboard, answers)
        try:
            yield person.complete
        finally:
            process.kill()
            person.close()
            os.close(keyboard)
            os.close(terminal)


class _Terminal:
    """Types into a shell and reads what it had typed: through a pipe of its own, not the screen."""

    def __init__(self, keyboard: int, answers: Path) -> None:
        self._keyboard = keyboard
        self._name = str(answers)
        # For writing too: the pipe then stays open between two answers.
        self._answers = os.open(answers, os.O_RDWR | os.O_NONBLOCK)
        self._screen = b""

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._answers)

    def complete(self, line: str) -> list[str]:
        """As `Complete`. The line is not run: it is what `printf` prints."""
        before, after = f"printf '%s\\n' >{self._name} ".encode(), f" '{_LAST}'\r".encode()
        completed = line.encode() + _ALL_OF_IT
        os.write(self._keyboard, completed + _TO_THE_START + before + _TO_THE_END + after)
        return self._read().splitlines()[:-1]

    def _read(self) -> str:
        """Wait for an answer; what the shell shows meanwhile is kept for the error."""
        found = b""
        while not found.endswith(f"{_LAST}\n".encode()):
            ready, _, _ = select.select((self._keyboard, self._answers), (), (), _SECONDS)
            assert ready, f"the shell says nothing more: {self._screen.decode()}"
            if self._keyboard in ready:
                self._screen += os.read(self._keyboard, 65536)
            if self._answers in ready:
                found += os.read(self._answers, 65536)
        return found.decode()


def _fish(folder: Path, project: Path) -> Complete:
    """fish tells what it would offer without a terminal."""

    def run(script: str, *words: str) -> list[str]:
        done = subprocess.run(  # noqa: S603 -- the machine's shell
            (program("fish"), "--no-config", "--command", script, *words),
            cwd=project,
            env=_environment(folder),
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
        return done.stdout.splitlines()

    run("pvm completion fish > ~/completion.fish")

    def complete(line: str) -> list[str]:
        before, _, _ = line.rpartition(" ")
        offered = run("source ~/completion.fish; complete --do-complete $argv[1]", line)
        return [*before.split(), *(row.partition("\t")[0] for row in offered)]

    return complete


def _environment(folder: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    return {**known, "PATH": path, "HOME": str(folder), "ZDOTDIR": str(folder), "TERM": "dumb"}
