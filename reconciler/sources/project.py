"""`pvm.yaml`: the project file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from reconciler.core.origin import Origin
from reconciler.core.problem import Misuse, Problem
from reconciler.core.project import (
    DEFAULT_SAFETY,
    Adopt,
    DriftPolicy,
    Ignore,
    Limits,
    Project,
    Prune,
    Rollout,
    Safety,
    Target,
    Threshold,
    Wave,
)
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue, text_of
from reconciler.sources.faults import Fault, problems_of
from reconciler.sources.files import FileTree, problem_of
from reconciler.sources.policy import policy_of
from reconciler.sources.project_check import folder_fault, meaning_faults, scope_of
from reconciler.sources.project_terms import hold_of, release_of, seconds, window_of
from reconciler.sources.schema import accepts
from reconciler.sources.schema_faults import Later, schema_faults
from reconciler.sources.yaml_file import read_yaml

PROJECT_FILE: Final = "pvm.yaml"

_LATER: Final = Later(frozenset())


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


def read_project(files: FileTree, data: bytes) -> tuple[Project | None, list[Problem]]:
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
    faults = _shape(value, origin) or meaning_faults(value, origin, files)
    if faults:
        return None, problems_of(faults, files, Masking())
    return _located(_project(value), origin, files), []


def _located(project: Project, origin: Origin, files: FileTree) -> Project:
    """With the places of holds, which are told once their day has passed."""
    if not project.holds:
        return project
    from reconciler.sources.locate import Locator  # noqa: PLC0415 -- few projects have holds

    locator = Locator(files, Masking())
    places = (locator.place(origin.at(f"/holds/{n}")) for n in range(len(project.holds)))
    holds = tuple(
        replace(hold, place=place) for hold, place in zip(project.holds, places, strict=True)
    )
    return replace(project, holds=holds)


def _shape(value: JsonValue, origin: Origin) -> list[Fault]:
    return [] if accepts("project")(value) else schema_faults(value, "project", origin, _LATER)


def _project(value: Mapping[str, Any]) -> Project:
    given: dict[str, Any] = {
        name: made(value[name])
        for name, made in {"prune": Prune, "drift": DriftPolicy, "adopt": Adopt}.items()
        if name in value
    }
    return Project(
        name=value["name"],
        sources=tuple(dict.fromkeys(value["sources"])),
        scope=scope_of(value["scope"]),
        id=value.get("id", ""),
        rollout=_rollout(value.get("rollout", {})),
        holds=tuple(
            hold_of(hold["object"], hold["until"], hold["reason"])
            for hold in value.get("holds", ())
        ),
        release=tuple(map(release_of, value.get("release", ()))),
        safety=_safety(value.get("safety", {})),
        secrets=tuple(value.get("secrets", ())),
        ignore=tuple(Ignore(**entry) for entry in value.get("ignore", ())),
        targets={name: _target(name, target) for name, target in value.get("targets", {}).items()},
        policy=policy_of(value.get("policy", {})),
        **given,
    )


def _rollout(value: Mapping[str, Any]) -> Rollout:
    window = value.get("window")
    return Rollout(
        waves=tuple(
            Wave(
                wave.get("percent"),
                {column: text_of(cell) for column, cell in wave.get("rows", {}).items()},
            )
            for wave in value.get("waves", ())
        ),
        window=window_of(window["allow"], window["zone"]) if window else None,
    )


def _safety(value: Mapping[str, Any]) -> Safety:
    """The given thresholds over the defaults: each number alone."""
    usual = DEFAULT_SAFETY
    tables = {
        "deletes": dict(usual.deletes),
        "updates": dict(usual.updates),
        "adopt": dict(usual.adopt),
    }
    for kind, given in (("", value), *value.get("perKind", {}).items()):
        for sort, table in tables.items():
            if sort in given:
                known = table.get(kind, Threshold())
                table[kind] = Threshold(
                    given[sort].get("count", known.count),
                    given[sort].get("percent", known.percent),
                )
    return Safety(
        **tables,
        allow_empty=value.get("allowEmpty", usual.allow_empty),
        used_token_days=value.get("usedTokenDays", usual.used_token_days),
        expired_is_error=value.get("expired") == "error",
    )


def _target(name: str, value: Mapping[str, Any]) -> Target:
    return Target(
        name=name,
        url=value.get("url"),
        customer=value.get("customer"),
        ca=value.get("ca"),
        limits=_limits(value.get("limits", {})),
        endpoints=value.get("endpoints", {}),
        variables=value.get("vars", {}),
    )


def _limits(value: Mapping[str, Any]) -> Limits:
    usual = Limits()
    return Limits(
        concurrency=value.get("concurrency", usual.concurrency),
        requests_per_second=value.get("requestsPerSecond", usual.requests_per_second),
        timeout_seconds=seconds(value["timeout"]) if "timeout" in value else usual.timeout_seconds,
        retries=value.get("retries", usual.retries),
    )


def salvaged_sources(data: bytes, files: FileTree) -> Sequence[str]:
    """Return the folders that a project file with problems names, as far as they are usable."""
    reading = read_yaml(PROJECT_FILE, data, Masking())
    value: Any = reading.documents[0].value if reading.documents else None
    sources = value.get("sources") if isinstance(value, dict) else None
    named = [s for s in sources if isinstance(s, str)] if isinstance(sources, list) else []
    return [folder for folder in named if folder and not folder_fault(folder, files)]
