"""Where each value of one object comes from, as data."""

from reconciler.core.explanation import Author, ExplainedValue, Explanation, Told, Variable
from reconciler.core.origin import Place
from reconciler.core.values import ABSENT, JsonValue
from reconciler.render.json import FORMAT_VERSION


def explanation_json(explanation: Explanation) -> dict[str, JsonValue]:
    """One object, value by value."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "explanation",
        "object": str(explanation.id),
        "pointer": explanation.pointer,
        "declared": explanation.declared,
        "onServer": explanation.on_server,
        "recorded": explanation.recorded,
        "inScope": explanation.in_scope,
        **_place(explanation.place),
        "version": explanation.version,
        "facts": explanation.facts,
        "values": [_value(row) for row in explanation.rows],
        "notes": list(explanation.notes),
    }


def _value(row: ExplainedValue) -> dict[str, JsonValue]:
    return {
        "pointer": row.pointer,
        **({} if row.declared is ABSENT else {"declared": row.declared}),
        **({} if row.applied is ABSENT else {"applied": row.applied}),
        **({} if row.live is ABSENT else {"live": row.live}),
        "equal": row.equal,
        **_place(row.place),
        **({"hidden": True} if row.hidden else {}),
        **({"ignored": True} if row.ignored else {}),
        "sources": [_source(told) for told in row.told],
    }


def _source(told: Told) -> dict[str, JsonValue]:
    variables: list[JsonValue] = [_variable(one) for one in told.variables]
    return {
        "by": told.by.value,
        **({"name": told.name} if told.name else {}),
        **({} if told.value is ABSENT else {"value": told.value}),
        **_place(told.place),
        "wins": told.wins,
        **({"until": told.until.isoformat(), "reason": told.reason} if told.until else {}),
        **({"template": _place(told.template)} if told.template else {}),
        **({"author": _author(told.author)} if told.author else {}),
        **({"variables": variables} if variables else {}),
    }


def _variable(variable: Variable) -> dict[str, JsonValue]:
    return {"name": variable.name, "value": variable.value, **_place(variable.place)}


def _author(author: Author) -> dict[str, JsonValue]:
    """All null while no commit holds the line."""
    return {
        "name": author.name or None,
        "date": author.day or None,
        "commit": author.commit or None,
    }


def _place(place: Place | None) -> dict[str, JsonValue]:
    return {} if place is None else {"file": place.file, "line": place.line, "column": place.column}
