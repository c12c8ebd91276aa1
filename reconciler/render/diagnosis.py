"""Whether pvm can work from here, for a terminal."""

from collections.abc import Mapping
from typing import Final

from reconciler.core.diagnosis import Diagnosis, Status
from reconciler.render.screen import columns_of, pad, printable, wrap
from reconciler.render.view import View

_SIGNS: Final[Mapping[Status, str]] = {
    Status.OK: "+",
    Status.WARNING: "~",
    Status.FAILED: "x",
    Status.SKIPPED: " ",
}


def diagnosis_text(diagnosis: Diagnosis, view: View) -> str:
    """Every check with what to do about it, then every setting with its origin."""
    lines = ["CHECKS    from here to the server"]
    names = [printable(check.name) for check in diagnosis.checks]
    width = max(map(columns_of, names), default=0)
    for check, name in zip(diagnosis.checks, names, strict=True):
        start = f"  {_SIGNS[check.status]} {pad(name, width)}  {check.status.value:<7}  "
        first, *rest = wrap(printable(check.detail), view.width - columns_of(start))
        lines.append(start + first)
        lines += [" " * columns_of(start) + line for line in rest]
        if check.fix:
            lines += wrap(printable(check.fix), view.width, " " * 8)
    lines += ["", "SETTINGS  and who says so"]
    names = [printable(setting.name) for setting in diagnosis.settings]
    values = [printable(setting.value) for setting in diagnosis.settings]
    width, room = max(map(columns_of, names), default=0), max(map(columns_of, values), default=0)
    for setting, name, value in zip(diagnosis.settings, names, values, strict=True):
        text = f"{pad(name, width)}  {pad(value, room)}  {printable(setting.origin)}"
        lines += wrap(text, view.width, "    ", " " * 8)
    return "\n".join(lines)
