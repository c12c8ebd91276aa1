"""Rows of a report: objects that have the same to tell, with their fields and their names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Stop
from reconciler.core.values import Maybe
from reconciler.render.field_rows import Compared
from reconciler.render.html import Content, Html, element, together
from reconciler.render.screen import fit, number, value_text

BUDGET: Final = 5_000_000
"""Characters of a page, which a browser opens at once. Details give way to it; rows never do."""
_LONG: Final = 40
"""Characters from which on what is told of an object wants a wider column."""
_NAMED: Final = 2
"""Objects that a row names without an ellipsis (`bundle.examples`)."""
_OPEN_ROWS: Final = 25
"""Up to so many rows of a page are unfolded from the start."""


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of each row a page shows."""

    fields: int
    members: int
    columns: int
    """Of a value."""
    lines: bool = False
    """Each row is one line of text."""
    unfolded: bool = False


_LEVELS: Final = (
    Detail(1_000, 1_000_000, 10_000),
    Detail(50, 1_000_000, 1_000),
    Detail(10, 200, 200),
    Detail(0, 0, 80, lines=True),
)
_LEAST: Final = 350
"""Characters of a row that can be unfolded: where these alone do not fit, nothing else is tried."""


def within_budget(render: Callable[[Detail], str], rows: int, budget: int) -> str:
    """The page with as much detail as fits; `rows` is how many it has."""
    text = ""
    for level in _LEVELS[-1:] if rows * _LEAST > budget else _LEVELS:
        text = render(replace(level, unfolded=rows <= _OPEN_ROWS))
        if len(text) <= budget:
            break
    return text


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what is told of several objects at once."""

    tone: str
    """`create`, `update`, `delete` or `alert`: the colour."""
    tag: str
    objects: str
    names: str
    causes: tuple[str, ...] = ()
    who: str = ""
    why: tuple[str, ...] = ()
    """Sentences."""
    fields: Html | None = None
    members: tuple[str, ...] = ()
    """What there is to say about each object, if that is more than the row says."""
    line: str = ""
    """What a line says of the fields."""


def entries(rows: Sequence[Entry], detail: Detail) -> Iterator[Html]:
    """The rows, each to be unfolded, or a list with a line for each."""
    if not detail.lines:
        yield from (_entry(row, detail) for row in rows)
    elif rows:
        yield element("div", *map(_line, rows), class_="lines")


def change_table(fields: Sequence[FieldChange], detail: Detail) -> Html | None:
    """What was, and what will be."""
    if detail.lines:
        return None
    cells = [
        (
            _pointer(field.pointer),
            element("del", _value(field.before, detail)),
            together((element("ins", _value(field.after, detail)), _secret(field.hidden))),
        )
        for field in fields[: detail.fields]
    ]
    return _table(("Field", "Before", "After"), cells, len(fields))


def three_way_table(fields: Sequence[Compared], detail: Detail) -> Html | None:
    """What it was at the last apply, what Git says, and what the server has."""
    if detail.lines:
        return None
    cells = [
        (
            _pointer(field.pointer),
            _value(field.was, detail) if field.known else "not recorded",
            _value(field.git, detail),
            together((_value(field.server, detail), _secret(field.hidden))),
        )
        for field in fields[: detail.fields]
    ]
    return _table(("Field", "Last apply", "Git", "Server"), cells, len(fields))


def stop_table(stops: Sequence[Stop]) -> list[Html]:
    """Guards that stop everything."""
    if not stops:
        return []
    cells = [(element("code", stop.guard), stop.reason, stop.fix) for stop in stops]
    found = _table(("Guard", "Reason", "What to do"), cells, len(cells), caption="Guards")
    return [element("div", found, class_="row delete")]


def codes(texts: Iterable[str]) -> Html:
    """Places and names, one behind the other."""
    parts: list[Content] = []
    for text in texts:
        parts += [", " if parts else None, element("code", text)]
    return together(parts)


def names_of(members: Sequence[ResourceId]) -> tuple[str, ...]:
    """Each by its name, unless the row names all of them already."""
    return tuple(member.name for member in members) if len(members) > _NAMED else ()


def first_field(fields: Sequence[FieldChange], detail: Detail) -> str:
    """In one line: the first field with both its values, and how many more there are."""
    if not detail.lines or not fields:
        return ""
    first, more = fields[0], len(fields) - 1
    before, after = (fit(value_text(v), detail.columns) for v in (first.before, first.after))
    rest = f" and {number(more)} more" if more else ""
    return f"{first.pointer or '(whole)'} {before} → {after}{rest}"


def _entry(row: Entry, detail: Detail) -> Html:
    head = (
        element("span", row.tag, class_="tag"),
        element("b", row.objects),
        element("span", codes(row.causes)) if row.causes else None,
        element("span", row.names, class_="names"),
        element("span", row.who, class_="who") if row.who else None,
    )
    told = [*(element("p", text, class_="why") for text in row.why), row.fields]
    names = _members(row.members, detail)
    tone = f"row {row.tone}"
    if names is None and not any(told):
        return element("div", element("div", *head, class_="head"), class_=tone, data_row=True)
    summary = element("summary", *head, class_="head")
    if any(told):
        if names is not None:
            count = element("summary", f"All {number(len(row.members))} objects")
            told.append(element("details", count, names))
        return element("details", summary, *told, class_=tone, data_row=True, open=detail.unfolded)
    return element("details", summary, names, class_=tone, data_row=True)


def _members(members: Sequence[str], detail: Detail) -> Html | None:
    if not members:
        return None
    items = [element("li", text) for text in members[: detail.members]]
    if len(members) > detail.members:
        items.append(element("li", f"… and {number(len(members) - detail.members)} more"))
    long = max(map(len, members)) > _LONG
    return element("ul", *items, class_="list long" if long else "list")


def _line(row: Entry) -> Html:
    """Text and nothing else, since this is for tens of thousands of rows.

    No list, whose items a browser would number anew for each one that the filter hides.
    """
    told = (row.tag, row.objects, row.names, ", ".join(row.causes), row.line, row.who)
    return element("p", " · ".join(filter(None, told)), data_row=True)


def _table(
    names: Sequence[str], rows: Sequence[Sequence[Content]], total: int, caption: str = "Fields"
) -> Html | None:
    if not rows:
        return None
    head = element("tr", *(element("th", name, scope="col") for name in names))
    body = [
        element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in rest))
        for first, *rest in rows
    ]
    if total > len(rows):
        more = element("td", f"… and {number(total - len(rows))} more", colspan=str(len(names)))
        body.append(element("tr", more))
    table = element(
        "table", element("caption", caption), element("thead", head), element("tbody", *body)
    )
    return element("div", table, class_="wide")


def _pointer(pointer: str) -> Html:
    return element("code", pointer or "(whole)")


def _value(value: Maybe, detail: Detail) -> Html:
    return element("code", fit(value_text(value), detail.columns))


def _secret(hidden: bool) -> str | None:  # noqa: FBT001 -- a field's own attribute
    return " (secret, differs)" if hidden else None
