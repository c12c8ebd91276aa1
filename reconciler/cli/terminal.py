"""The terminal: how wide it is, and colour for lines that are already written."""

import os
import re
import shutil
import sys
from typing import Final

import click

from reconciler.cli.call import Call
from reconciler.render.view import View

_STYLES: Final = (
    (re.compile(r"error\["), "red", True),
    (re.compile(r"warning\["), "yellow", True),
    (re.compile(r"[A-Z]{5,} "), None, True),
    (re.compile(r"  \+ "), "green", False),
    (re.compile(r"  ~ "), "yellow", False),
    (re.compile(r"  - "), "red", False),
    (re.compile(r"  [!x] "), "magenta", False),
    (re.compile(r" *= help:"), "cyan", False),
)
"""Start of a line, colour, bold. The first match wins; renderers only choose the sign."""


def width() -> int:
    """Columns to write for: the terminal's, `COLUMNS`, or 120 where nobody says."""
    return max(60, min(200, shutil.get_terminal_size((120, 24)).columns))


def write_result(text: str, call: Call) -> None:
    """Print the result on standard output, coloured if that is a terminal."""
    colored = call.format == "text" and _colored(call) and sys.stdout.isatty()
    _write(styled(text) if colored else text, err=False)


def write_error(text: str, call: Call) -> None:
    """Print what failed on standard error, at every verbosity."""
    _write(styled(text) if _colored(call) and sys.stderr.isatty() else text, err=True)


def write_note(text: str, call: Call) -> None:
    """Print what is good to know on standard error, unless `-q`."""
    if not call.quiet:
        write_error(text, call)


def styled(text: str) -> str:
    """`text` with ANSI colours."""
    return "\n".join(map(_style_line, text.split("\n")))


def _colored(call: Call) -> bool:
    return not call.no_color and not os.environ.get("NO_COLOR")


def _style_line(line: str) -> str:
    for pattern, color, bold in _STYLES:
        if pattern.match(line):
            return click.style(line, fg=color, bold=bold or None)
    return line


def _write(text: str, *, err: bool) -> None:
    """A reader that went away (`pvm plan | head`) changes neither the work nor its code."""
    stream = sys.stderr if err else sys.stdout
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    try:
        stream.write(text if text.endswith("\n") else text + "\n")
        stream.flush()
    except BrokenPipeError:
        _discard(err=err)
    except OSError as error:
        error.filename = error.filename or ("standard error" if err else "standard output")
        raise


def _discard(*, err: bool) -> None:
    """Let the interpreter's last flush go nowhere instead of failing once more."""
    nowhere = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- lives on as the process's stream
    if err:
        sys.stderr = nowhere
    else:
        sys.stdout = nowhere


def view(call: Call) -> View:
    """How much to show, and how wide."""
    return View(width(), full=call.verbosity > 0)
