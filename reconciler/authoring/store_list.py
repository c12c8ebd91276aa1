"""A store list as a retailer has it becomes a fleet: names and types of columns, documents."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from reconciler.core.values import JsonValue

Rules: TypeAlias = dict[str, JsonValue]
"""What a fleet declares of a column."""
Shape: TypeAlias = tuple[tuple[str, int], ...]
"""Runs of characters of one sort, with their lengths."""

_RUNS: Final = re.compile(r"([0-9]+)|([A-Z]+)|([a-z]+)|([ ._-])", re.ASCII)
_CLASSES: Final = ("[0-9]", "[A-Z]", "[a-z]")
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,8})", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)
_WORDS: Final = {"string": "text", "integer": "whole numbers", "boolean": "true or false"}
_MOST_CHOICES: Final = 10
"""Of a column that is taken for a choice; each of them stands there often."""
_OFTEN: Final = 4
_USUAL: Final = 0.9
"""The share of keys that tells what a key looks like."""
_FEW: Final = 10
"""Rows that tell nothing yet."""


@dataclass(frozen=True, slots=True)
class Becomes:
    """What each line becomes; patterns hold `${column}`, an empty one makes nothing."""

    site: str = ""
    pro_server: str = ""
    bootstrap: str = ""
    extends: tuple[str, ...] = ()
    token: str = ""
    app_id: str = ""
    description: str = ""


def column_names(headers: Sequence[str], given: Mapping[int, str]) -> tuple[str, ...]:
    """A valid name of its own for each header.

    `given` names columns by their number, and wins; an empty name leaves the column out.
    """
    taken = {name for name in given.values() if name}
    names: list[str] = []
    for number, header in enumerate(headers):
        if number in given:
            names.append(given[number])
            continue
        plain = column_name(header) or f"column_{number + 1}"
        name, count = plain, 1
        while name in taken:
            count += 1
            name = f"{plain}_{count}"
        taken.add(name)
        names.append(name)
    return tuple(names)


def column_name(text: str) -> str:
    """Lower case letters, digits and underscores; `Straße & Nr.` is `strasse_nr`."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(one for one in letters if not unicodedata.combining(one))
    name = re.sub(r"[^a-z0-9]+", "_", kept).strip("_")
    return f"n_{name}" if name[:1].isdigit() else name


def column_rules(cells: Sequence[str]) -> Rules:
    """What the cells of a column have in common; text stays text where in doubt."""
    values = [cell for cell in cells if cell]
    rules = _type_of(values) if values else {}
    return rules if len(values) == len(cells) else {**rules, "optional": True}


def key_rules(keys: Sequence[str]) -> Rules:
    """The pattern of all keys, if they are made alike."""
    pattern = _pattern({shape_of(key) for key in keys})
    return {"pattern": pattern} if pattern else {}


def in_words(rules: Mapping[str, JsonValue]) -> str:
    """What a column's cells may be: `be, de or nl, may be empty`."""
    enum, pattern = rules.get("enum"), rules.get("pattern")
    if isinstance(enum, list):
        *first, last = map(str, enum)
        words = f"{', '.join(first)} or {last}"
    elif isinstance(pattern, str):
        words = pattern
    else:
        words = _WORDS[str(rules.get("type", "string"))]
    return f"{words}, may be empty" if rules.get("optional") else words


def odd_keys(keys: Sequence[str]) -> set[str]:
    """The few that look unlike nearly all others: `421` among keys of four digits."""
    shapes = Counter(map(shape_of, keys))
    if len(keys) < _FEW:
        return set()
    usual, count = shapes.most_common(1)[0]
    if not usual or count / len(keys) < _USUAL:
        return set()
    return {key for key in keys if shape_of(key) != usual}


def shape_of(text: str) -> Shape:
    """The runs of a text; none for one with characters that keys seldom have."""
    shape, position = [], 0
    for run in _RUNS.finditer(text):
        if run.start() != position:
            return ()
        position = run.end()
        sort = (*_CLASSES, run[0].replace(".", r"\."))[(run.lastindex or 1) - 1]
        shape.append((sort, len(run[0])))
    return tuple(shape) if position == len(text) else ()


def documents_of(becomes: Becomes) -> dict[str, JsonValue]:
    """The templates of a fleet, by handle."""
    found: dict[str, JsonValue] = {}
    if becomes.site:
        found["site"] = {
            "kind": "Site",
            "name": becomes.site,
            "proServerName": becomes.pro_server,
        }
    if becomes.bootstrap:
        layers: Rules = {"extends": list(becomes.extends)} if becomes.extends else {}
        parameters: Rules = {"site": becomes.site} if becomes.site else {}
        found["settings"] = {
            "kind": "Bootstrap",
            "name": becomes.bootstrap,
            **layers,
            "parameters": parameters,
        }
    if becomes.token:
        text: Rules = {"description": becomes.description} if becomes.description else {}
        found["token"] = {
            "kind": "Token",
            "name": becomes.token,
            "appId": becomes.app_id,
            "bootstrap": becomes.bootstrap,
            **text,
        }
    return found


def _type_of(values: Sequence[str]) -> Rules:
    if all(value in ("true", "false") for value in values):
        return {"type": "boolean"}
    if all(map(_INTEGER.fullmatch, values)):
        return {"type": "integer"}
    if all(map(_DIGITS.fullmatch, values)):
        return {"pattern": _pattern(map(shape_of, values))}
    choices = sorted(set(values))
    if 1 < len(choices) <= _MOST_CHOICES and len(values) >= _OFTEN * len(choices):
        return {"enum": list(choices)}
    return {}


def _pattern(shapes: Iterable[Shape]) -> str:
    """One for texts whose runs differ in length only, else none."""
    known = set(shapes)
    sorts = {tuple(sort for sort, _ in shape) for shape in known}
    if len(sorts) != 1 or () in known:
        return ""
    runs = []
    for column in zip(*known, strict=True):
        sort, least, most = column[0][0], min(n for _, n in column), max(n for _, n in column)
        width = f"{{{least},{most}}}" if least < most else f"{{{least}}}" if least > 1 else ""
        runs.append(sort if sort not in _CLASSES else f"{sort}{width}")
    return f"^{''.join(runs)}$"
