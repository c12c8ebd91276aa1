"""`pvm.yaml`: the project file."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from reconciler.core.origin import Origin
from reconciler.core.problem import Misuse, Problem
from reconciler.core.project import (
    DEFAULT_SAFETY,
    Ignore,
    Limits,
    Project,
    Prune,
    Safety,
    Scope,
    Target,
    Threshold,
)
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.sources.faults import Fault, problems_of
from reconciler.sources.files import Files, problem_of
from reconciler.sources.schema import accepts
from reconciler.sources.schema_faults import Later, schema_faults
from reconciler.sources.yaml_file import read_yaml

PROJECT_FILE: Final = "pvm.yaml"

_LATER: Final = Later(
    frozenset(
        {
            "drift",
            "adopt",
            "rollout",
            "holds",
            "release",
            "usedTokenDays",
            "expired",
            "vars",
            "/prune=owned",
        }
    )
)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def find_project(start: Path) -> Path:
    """Return `start` as an absolute folder that holds `pvm.yaml`; parents are not searched.

    Raises:
        Misuse: There is no such folder, or no `pvm.yaml` in it.
    """
    folder = start.absolute()
    if not folder.is_dir():
        message = f"{start} is not a folder"
        raise Misuse(message, "name the folder of a project: pvm -C FOLDER …")
    if not (folder / PROJECT_FILE).exists():
        above = next((f for f in folder.parents if (f / PROJECT_FILE).is_file()), None)
        message = f"no {PROJECT_FILE} in {folder}"
        hint = f"pvm -C {above} …" if above else "pvm -C FOLDER …"
        raise Misuse(message, f"run pvm in a project's folder, or name it: {hint}")
    return folder


def read_project(files: Files, data: bytes) -> tuple[Project | None, list[Problem]]:
    """Read the project file; `None` when it can't be used."""
    reading = read_yaml(PROJECT_FILE, data, Masking())
    if reading.problems:
        return None, list(reading.problems)
    if len(reading.documents) != 1:
        found = "is empty" if not reading.documents else "holds several documents"
        message = f"{PROJECT_FILE} {found}"
        return None, [problem_of(PROJECT_FILE, "project-file", message, "write one project")]
    document = reading.documents[0]
    origin = Origin(PROJECT_FILE, document.number, document.line)
    value: Any = document.value
    faults = _shape(value, origin) or _meaning(value, origin, files)
    if faults:
        return None, problems_of(faults, Path(files.root), Masking())
    return _project(value), []


def _shape(value: JsonValue, origin: Origin) -> list[Fault]:
    return [] if accepts("project")(value) else schema_faults(value, "project", origin, _LATER)


def _meaning(value: Mapping[str, Any], origin: Origin, files: Files) -> list[Fault]:
    """What a schema can't say."""
    faults: list[Fault] = []
    for number, folder in enumerate(value["sources"]):
        reason = _folder_fault(folder, files)
        if reason:
            at = origin.at(f"/sources/{number}")
            faults.append(Fault("project-sources", reason, at, help=_FOLDER_HELP))
    for name, target in value.get("targets", {}).items():
        timeout = target.get("limits", {}).get("timeout")
        if timeout is not None and _seconds(timeout) <= 0:
            at = origin.at(f"/targets/{name}/limits/timeout")
            faults.append(Fault("wrong-value", "a timeout of nothing lets no request pass", at))
    return faults


_FOLDER_HELP: Final = "name a folder inside the project, relative to pvm.yaml: sites"


def _folder_fault(folder: str, files: Files) -> str:
    path = PurePosixPath(folder)
    if path.is_absolute() or "\\" in folder or "\0" in folder:
        return "source is not a relative path with forward slashes"
    if files.leaves(folder):
        return "source leads out of the project"
    if not os.path.isdir(f"{files.root}/{folder}"):  # noqa: PTH112 -- Path.is_dir raises for a name that is too long
        return "source is not a folder"
    return ""


def _project(value: Mapping[str, Any]) -> Project:
    scope = value["scope"]
    targets = value.get("targets", {})
    return Project(
        name=value["name"],
        sources=tuple(dict.fromkeys(value["sources"])),
        scope=Scope(
            {
                kind.name: tuple(scope[kind.scope_key])
                for kind in KINDS.values()
                if kind.scope_key in scope
            }
        ),
        id=value.get("id", ""),
        prune=Prune(value.get("prune", Prune.NEVER)),
        safety=_safety(value.get("safety", {})),
        secrets=tuple(value.get("secrets", ())),
        ignore=tuple(Ignore(**entry) for entry in value.get("ignore", ())),
        targets={name: _target(name, target) for name, target in targets.items()},
    )


def _safety(value: Mapping[str, Any]) -> Safety:
    """The given thresholds over the defaults: each number alone."""
    deletes = dict(DEFAULT_SAFETY.deletes)
    updates = dict(DEFAULT_SAFETY.updates)
    for kind, given in (("", value), *value.get("perKind", {}).items()):
        for table, sort in ((deletes, "deletes"), (updates, "updates")):
            if sort in given:
                known = table.get(kind, Threshold())
                table[kind] = Threshold(
                    given[sort].get("count", known.count),
                    given[sort].get("percent", known.percent),
                )
    return Safety(deletes, updates, value.get("allowEmpty", False))


def _target(name: str, value: Mapping[str, Any]) -> Target:
    return Target(
        name=name,
        url=value.get("url"),
        customer=value.get("customer"),
        ca=value.get("ca"),
        limits=_limits(value.get("limits", {})),
        endpoints=value.get("endpoints", {}),
    )


def _limits(value: Mapping[str, Any]) -> Limits:
    usual = Limits()
    return Limits(
        concurrency=value.get("concurrency", usual.concurrency),
        requests_per_second=value.get("requestsPerSecond", usual.requests_per_second),
        timeout_seconds=_seconds(value["timeout"]) if "timeout" in value else usual.timeout_seconds,
        retries=value.get("retries", usual.retries),
    )


def _seconds(duration: str) -> float:
    """`2m` is 120."""
    return float(duration[:-1]) * _SECONDS[duration[-1]]


def salvaged_sources(data: bytes, files: Files) -> Sequence[str]:
    """Return the folders that a project file with problems names, as far as they are usable."""
    reading = read_yaml(PROJECT_FILE, data, Masking())
    value: Any = reading.documents[0].value if reading.documents else None
    sources = value.get("sources") if isinstance(value, dict) else None
    named = [s for s in sources if isinstance(s, str)] if isinstance(sources, list) else []
    return [folder for folder in named if folder and not _folder_fault(folder, files)]
