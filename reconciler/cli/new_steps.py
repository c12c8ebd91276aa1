"""What to do next in a new project."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reconciler.cli.local_state import seen_from_here
from reconciler.core.resource import Desired
from reconciler.render.screen import counted
from reconciler.sources.new_project import Answers

_COLUMN: Final = 40
"""Commands that are longer move their own reason to the right and no other."""


def next_steps(root: Path, kept: Path | None, answers: Answers, objects: Sequence[Desired]) -> str:
    """Commands in their order, each with what it is for."""
    steps: list[tuple[str, str]] = []
    here = seen_from_here(root)
    if str(here) != ".":
        steps.append((f"cd {shlex.quote(str(here))}", ""))
    if kept is not None:
        file = shlex.quote(kept.relative_to(root).as_posix())
        steps.append((f"set -a; . {file}; set +a", "secrets"))
    if not objects:
        if not answers.url:
            steps.append(("export PVM_URL=https://…", "the server's address"))
        steps.append(("export PVM_USERNAME=… PVM_PASSWORD=…", "or PVM_TOKEN=…"))
        steps.append(("pvm doctor", "address, login, permissions"))
        steps.append(("pvm export --factor --out .", "what the server has already, as files"))
    steps.append(("export PVM_DIGEST_KEY=…", "keep it; made by: openssl rand -hex 32"))
    steps.append(("pvm validate", "the files by themselves"))
    told = f"takes over {counted(len(objects), 'object')}, changes none" if objects else ""
    steps.append(("pvm plan", told or "what apply would change"))
    steps.append(("git add . && git commit", ""))
    steps.append(("pvm apply", "with the --ack that plan asks for, if it does" if objects else ""))
    width = max(len(command) for command, _ in steps if len(command) <= _COLUMN)
    lines = [f"{command:<{width}}  {why}".rstrip() for command, why in steps]
    return "\n".join(
        f"{'next' if not number else '':<10}{line}" for number, line in enumerate(lines)
    )
