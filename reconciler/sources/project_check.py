"""What a schema can't say about `pvm.yaml`."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.project import Scope
from reconciler.kinds import KINDS
from reconciler.sources.faults import Fault
from reconciler.sources.files import FileTree
from reconciler.sources.policy import policy_faults
from reconciler.sources.project_terms import (
    TermError,
    comparable_url,
    hold_of,
    release_of,
    seconds,
    window_of,
)

_FOLDER_HELP: Final = "name a folder inside the project, relative to pvm.yaml: sites"
_GONE: Final = "source does not exist"
_GONE_HELP: Final = 'create the folder (Git keeps no empty ones), or take it out of "sources"'


def meaning_faults(value: Mapping[str, Any], origin: Origin, files: FileTree) -> list[Fault]:
    """All that is wrong with a project whose shape is right."""
    return [
        *_sources(value, origin, files),
        *_holds(value, origin),
        *_releases(value, origin),
        *_rollout(value.get("rollout", {}), origin.at("/rollout")),
        *_targets(value.get("targets", {}), origin.at("/targets")),
        *policy_faults(value.get("policy", {}), origin.at("/policy")),
    ]


def folder_fault(folder: str, files: FileTree) -> str:
    """Why a folder can't be a source; empty when it can."""
    path = PurePosixPath(folder)
    if path.is_absolute() or "\\" in folder or "\0" in folder:
        return "source is not a relative path with forward slashes"
    if files.leaves(folder):
        return "source leads out of the project"
    if files.is_folder(folder):
        return ""
    return "source is not a folder" if files.exists(folder) else _GONE


def scope_of(value: Mapping[str, Any]) -> Scope:
    """The globs by kind name."""
    keys = {kind.scope_key: name for name, kind in KINDS.items()}
    return Scope({name: tuple(value[key]) for key, name in keys.items() if key in value})


def _sources(value: Mapping[str, Any], origin: Origin, files: FileTree) -> Iterator[Fault]:
    for number, folder in enumerate(value["sources"]):
        reason = folder_fault(folder, files)
        if reason:
            at = origin.at(f"/sources/{number}")
            fix = _GONE_HELP if reason == _GONE else _FOLDER_HELP
            yield Fault("project-sources", reason, at, help=fix)


def _holds(value: Mapping[str, Any], origin: Origin) -> Iterator[Fault]:
    scope = scope_of(value["scope"])
    for number, given in enumerate(value.get("holds", ())):
        at = origin.at(f"/holds/{number}")
        try:
            hold = hold_of(given["object"], given["until"], given["reason"])
        except TermError as error:
            where = at.at(f"/{error.field}")
            yield Fault("wrong-value", error.message, where, help=error.fix)
            continue
        if not scope.covers(KINDS[hold.kind], hold.name):
            message = "hold is for an object outside the scope"
            fix = "correct the name, or take the hold out: what is out of scope is never written"
            yield Fault("hold-out-of-scope", message, at.at("/object"), help=fix)


def _releases(value: Mapping[str, Any], origin: Origin) -> Iterator[Fault]:
    for number, text in enumerate(value.get("release", ())):
        try:
            release_of(text)
        except TermError as error:
            at = origin.at(f"/release/{number}")
            yield Fault("wrong-value", error.message, at, help=error.fix)


def _rollout(value: Mapping[str, Any], origin: Origin) -> Iterator[Fault]:
    if "window" in value:
        try:
            window_of(value["window"]["allow"], value["window"]["zone"])
        except TermError as error:
            at = origin.at(f"/window/{error.field}")
            yield Fault("wrong-value", error.message, at, help=error.fix)
    waves = value.get("waves", ())
    for number, wave in enumerate(waves):
        message = _wave_fault(wave, last=number == len(waves) - 1)
        if message:
            fix = "write waves of rows and percentages, then {rest: true}"
            yield Fault("wrong-value", message, origin.at(f"/waves/{number}"), help=fix)
    total = sum(wave.get("percent", 0) for wave in waves)
    if total > 100:  # noqa: PLR2004 -- percent
        message = f"waves are {total} percent together"
        yield Fault("wrong-value", message, origin.at("/waves"), help="write 100 at most")


def _wave_fault(wave: Mapping[str, Any], *, last: bool) -> str:
    if len(wave) > 1:
        return "wave is either of rows, a percentage or the rest"
    if wave.get("rest") is False:
        return "rest must be true"
    if "rest" in wave and not last:
        return "nothing is left for the waves after the rest"
    if last and "rest" not in wave:
        return "last wave must be the rest, so that no object is left out"
    return ""


def _targets(value: Mapping[str, Any], origin: Origin) -> Iterator[Fault]:
    known: dict[str, list[str]] = {}
    for name, target in value.items():
        at = origin.at(join((name,)))
        timeout = target.get("limits", {}).get("timeout")
        if timeout is not None and seconds(timeout) <= 0:
            message = "a timeout of nothing lets no request pass"
            yield Fault("wrong-value", message, at.at("/limits/timeout"))
        if "url" not in target:
            continue
        others = known.setdefault(comparable_url(target["url"]), [])
        for other in others:
            if not _are_apart(target, value[other]):
                message = f'targets "{other}" and "{name}" are the same server'
                fix = "correct one address; targets of one server need a different customer each"
                yield Fault("target-twice", message, at.at("/url"), help=fix)
        others.append(name)


def _are_apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two targets of one address are of different customers."""
    mine, other = a.get("customer"), b.get("customer")
    return mine is not None and other is not None and mine.lower() != other.lower()
