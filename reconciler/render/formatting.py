"""What `fmt` wrote, or would write: for a terminal, and as data."""

from collections.abc import Iterator

from reconciler.core.formatting import Formatting
from reconciler.core.values import JsonValue
from reconciler.render.json import FORMAT_VERSION
from reconciler.render.problems import problem_json, problems_text
from reconciler.render.screen import counted, number, printable


def formatting_text(formatting: Formatting, *, written: bool, width: int) -> str:
    """Each file with the first line that differs, problems, and a closing line."""
    blocks = [problems_text(formatting.problems, width=width)] if formatting.problems else []
    lines = [
        printable(f"  ~ {one.file}" if written else f"  ~ {one.file}:{one.line}")
        for one in formatting.changed
    ]
    lines += [
        printable(f"  ! {file}  left as it is: formatting it would change what it says")
        for file in formatting.left
    ]
    blocks += ["\n".join(lines)] if lines else []
    blocks.append(" · ".join(_closing(formatting, written=written)))
    return "\n\n".join(blocks)


def formatting_json(formatting: Formatting, *, written: bool) -> dict[str, JsonValue]:
    """The same as data; `line` is the first that differs."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "formatting",
        "files": formatting.files,
        "written": written,
        "changed": [{"file": one.file, "line": one.line} for one in formatting.changed],
        "left": list(formatting.left),
        "problems": [problem_json(problem) for problem in formatting.problems],
    }


def _closing(formatting: Formatting, *, written: bool) -> Iterator[str]:
    yield counted(formatting.files, "file")
    if formatting.changed:
        count = number(len(formatting.changed))
        yield f"{count} formatted" if written else f"{count} would change: run pvm fmt"
    errors = sum(problem.count for problem in formatting.problems)
    if errors:
        yield counted(errors, "error")
    if formatting.left:
        yield f"{number(len(formatting.left))} left"
    if not (formatting.changed or errors or formatting.left):
        yield "nothing to format"
