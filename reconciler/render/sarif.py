"""SARIF 2.1.0: problems as code scanning and editors read them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from reconciler.core.origin import Place
from reconciler.core.problem import Problem
from reconciler.core.values import JsonValue
from reconciler.render.json import json_text

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "SRCROOT"
_FINGERPRINT: Final = "pvm/v1"
_NO_HELP: Final = "Correct the input as the message says; `pvm validate` checks it again."


def problems_sarif(problems: Sequence[Problem], tool: str, folder: str) -> str:
    """One run; `folder` leads from the top of the checkout to the project, `tool` is the version.

    A fingerprint names what is wrong and with what, but no line: it stays when lines move.
    """
    rules = list(dict.fromkeys(problem.code for problem in problems))
    driver: dict[str, JsonValue] = {
        "name": "pvm",
        "semanticVersion": tool,
        "rules": [_rule(code, problems) for code in rules],
    }
    run: dict[str, JsonValue] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "pvm validate/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the checkout."}}},
        "invocations": [{"executionSuccessful": True}],
        "results": list(_results(problems, rules, folder)),
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, problems: Sequence[Problem]) -> JsonValue:
    """The help is that of the first problem of its sort: pvm writes it for the case at hand."""
    told = [problem for problem in problems if problem.code == code]
    words = code.replace("-", " ")
    return {
        "id": code,
        "name": "".join(map(str.capitalize, code.split("-"))),
        "shortDescription": {"text": words[0].upper() + words[1:]},
        "fullDescription": {"text": told[0].message},
        "help": {"text": next((problem.help for problem in told if problem.help), _NO_HELP)},
        "defaultConfiguration": {"level": told[0].severity.value},
    }


def _results(
    problems: Sequence[Problem], rules: Sequence[str], folder: str
) -> Iterator[Mapping[str, JsonValue]]:
    seen: Counter[str] = Counter()
    for problem in problems:
        mark = _mark(problem)
        seen[mark] += 1
        yield {
            "ruleId": problem.code,
            "ruleIndex": rules.index(problem.code),
            "level": problem.severity.value,
            "message": {"text": _message(problem)},
            "locations": [_location(problem, folder)],
            **_related(problem.related, folder),
            "partialFingerprints": {_FINGERPRINT: f"{mark}:{seen[mark]}"},
            "occurrenceCount": problem.count,
        }


def _message(problem: Problem) -> str:
    return "\n".join(filter(None, (problem.message, problem.label, problem.help)))


def _mark(problem: Problem) -> str:
    """What is wrong, and with what."""
    file = problem.place.file if problem.place else ""
    parts = (problem.code, file, str(problem.object or ""), problem.pointer, problem.message)
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _location(problem: Problem, folder: str) -> JsonValue:
    """What has no place in a file is about the project as a whole."""
    location: dict[str, JsonValue] = {
        "physicalLocation": {"artifactLocation": _artifact("pvm.yaml", folder)}
        if problem.place is None
        else _physical(problem.place, folder)
    }
    if problem.object is not None:
        name = {"fullyQualifiedName": str(problem.object), "kind": "object"}
        location["logicalLocations"] = [name]
    return location


def _related(places: Sequence[Place], folder: str) -> dict[str, JsonValue]:
    if not places:
        return {}
    return {
        "relatedLocations": [
            {"id": number, "physicalLocation": _physical(place, folder)}
            for number, place in enumerate(places)
        ]
    }


def _physical(place: Place, folder: str) -> JsonValue:
    region: dict[str, JsonValue] = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    if place.text:
        region["snippet"] = {"text": place.text}
    return {"artifactLocation": _artifact(place.file, folder), "region": region}


def _artifact(file: str, folder: str) -> JsonValue:
    path = f"{folder}/{file}" if folder else file
    return {"uri": quote(path, errors="backslashreplace"), "uriBaseId": _ROOT}
