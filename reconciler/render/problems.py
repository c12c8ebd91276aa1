"""What is wrong with the input: for people with the line itself, and as data."""

from collections.abc import Sequence

from reconciler.core.origin import Place
from reconciler.core.problem import Problem, Severity
from reconciler.core.values import JsonValue
from reconciler.render.json import FORMAT_VERSION
from reconciler.render.screen import columns_of, counted, fit, number, printable, wrap

_TAB = "    "
_ALSO = 3
"""Places with the same cause that are named; the count tells how many there are."""


def problems_text(problems: Sequence[Problem], *, width: int) -> str:
    """One paragraph for each problem, an empty line between them."""
    return "\n\n".join("\n".join(_paragraph(problem, width)) for problem in problems)


def verdict_text(problems: Sequence[Problem], objects: int) -> str:
    """The closing line of `validate`: `246 objects · no problems`."""
    errors = sum(p.count for p in problems if p.severity is Severity.ERROR)
    warnings = sum(p.count for p in problems if p.severity is Severity.WARNING)
    found = [
        counted(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count
    ]
    return " · ".join([counted(objects, "object"), *(found or ["no problems"])])


def problems_json(problems: Sequence[Problem], objects: int) -> dict[str, JsonValue]:
    """The same as data; positions are 1-based, ends exclusive."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "validation",
        "objects": objects,
        "problems": [problem_json(problem) for problem in problems],
    }


def problem_json(problem: Problem) -> dict[str, JsonValue]:
    """One problem; a field without content is left out."""
    every: dict[str, JsonValue] = {
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        **(_place_json(problem.place) if problem.place else {}),
        "pointer": problem.pointer,
        "object": str(problem.object) if problem.object else "",
        "label": problem.label,
        "help": problem.help,
        "related": [_place_json(place) for place in problem.related],
        "count": problem.count,
    }
    return {key: value for key, value in every.items() if value not in ("", [])}


def _place_json(place: Place) -> dict[str, JsonValue]:
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _paragraph(problem: Problem, width: int) -> list[str]:
    title = f"{problem.severity.value}[{problem.code}]: {printable(problem.message)}"
    lines = wrap(title, width)
    gutter = " " * len(str(problem.place.line)) if problem.place else " "
    if problem.place is not None:
        lines += _source(problem.place, gutter, printable(problem.label), width)
    if problem.count > 1:
        lines.append(f"{gutter} = count: {number(problem.count)} places share this cause")
    lines += [f"{gutter} = also: {_at(place)}" for place in problem.related[:_ALSO]]
    if len(problem.related) > _ALSO:
        lines.append(f"{gutter} = also: … (-o json lists more)")
    if problem.help:
        lines += _help(printable(problem.help), gutter, width)
    return lines


def _at(place: Place) -> str:
    return f"{printable(place.file)}:{place.line}:{place.column}"


def _help(text: str, gutter: str, width: int) -> list[str]:
    start = f"{gutter} = help: "
    first, *rest = wrap(text, width - len(start))
    return [start + first, *(" " * len(start) + line for line in rest)]


def _source(place: Place, gutter: str, label: str, width: int) -> list[str]:
    lines = [f"{gutter}--> {_at(place)}"]
    note = [f"{gutter} = {label}"] if label else []
    if not place.text:
        return [*lines, *note]
    if place.column > len(place.text) + 1:
        # What follows a masked secret is not shown, so there is nothing to point at.
        shown = fit(printable(place.text.replace("\t", _TAB)), width - len(gutter) - 3)
        return [*lines, f"{gutter} |", f"{place.line} | {shown}", *note]
    before, marked, after = _split(place)
    room = width - len(gutter) - 3
    if columns_of(before) + columns_of(marked) > room:
        before = f"…{before[-(room // 4) :]}" if len(before) > room // 4 else before
    shown = fit(before + marked + after, room)
    start = columns_of(before)
    carets = "^" * max(1, min(columns_of(marked), room - start))
    under = " " * start + f"{carets} {label}".rstrip()
    lines += [f"{gutter} |", f"{place.line} | {shown}"]
    if columns_of(under) <= room or not label:
        return [*lines, f"{gutter} | {under}"]
    return [*lines, f"{gutter} | {' ' * start}{carets}", *note]


def _split(place: Place) -> tuple[str, str, str]:
    """The source line before, at and after the marked stretch, ready for a terminal."""
    text = place.text
    end = place.end_column - 1 if place.end_line == place.line else len(text)
    start = min(place.column - 1, len(text))
    end = max(start, min(end, len(text)))
    pieces = text[:start], text[start:end], text[end:]
    before, marked, after = (printable(piece.replace("\t", _TAB)) for piece in pieces)
    return before, marked.rstrip() or marked, after
