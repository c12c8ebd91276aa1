"""Where a result goes: standard output in one format, and a file for each `--report`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.call import Call
from reconciler.cli.terminal import write_result
from reconciler.core.problem import Misuse


@dataclass(frozen=True, slots=True)
class Report:
    """`--report FORMAT=PATH`: the same result once more, into a file."""

    format: str
    path: Path


def refuse_formats(call: Call, command: str, formats: tuple[str, ...]) -> None:
    """Let no work begin whose result could not be shown as was asked; raises `Misuse`."""
    for name in (call.format, *(report.format for report in call.reports)):
        if name not in formats:
            message = f"`{command}` has no format {name!r}"
            raise Misuse(message, f"it has {', '.join(formats)}")


def deliver(render: Callable[[str], str], call: Call) -> None:
    """Print the result, then write the reports; `render` makes it in a named format."""
    write_result(render(call.format), call)
    write_reports(render, call)


def write_reports(render: Callable[[str], str], call: Call) -> None:
    """Write what `--report` asks for; raises OSError."""
    for report in call.reports:
        replace_file(report.path, render(report.format))


def replace_file(path: Path, text: str) -> None:
    """Write a whole file or leave what was there; raises OSError.

    What is no file, as a pipe or a device, is written to and never replaced; a link stays one.
    """
    if path.exists() and not path.is_file():
        _write(path, "w", text)
        return
    real = path.resolve()
    temporary = real.with_name(f".{real.name}.{os.getpid()}.tmp")
    try:
        _write(temporary, "x", text)
        temporary.replace(real)
    finally:
        temporary.unlink(missing_ok=True)


def _write(path: Path, mode: str, text: str) -> None:
    """Errors that name no file, as of a full disk, get its name."""
    try:
        with path.open(mode, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text if text.endswith("\n") else text + "\n")
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
