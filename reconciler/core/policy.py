"""A project's own rules about what its files may declare; nothing is asked of a server.

The rules that need a library, JSON Schemas for parameters, are followed in `sources`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.origin import Origin
from reconciler.core.pattern import Pattern, pattern_of
from reconciler.core.pointer import join, split, step
from reconciler.core.problem import Severity
from reconciler.core.resource import Desired
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """What all rules share."""

    place: str
    """Its pointer in `pvm.yaml`: `/policy/names/0`."""
    kind: str = ANY
    """A kind's name, or `*`."""
    match: str = ANY
    """A glob of names, which fold as the kind's names do."""
    severity: Severity = Severity.ERROR
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NameRule:
    """A pattern that names have to match."""

    rule: Rule
    pattern: str


@dataclass(frozen=True, slots=True)
class RequireRule:
    """A value that has to be there: not null and no empty text."""

    rule: Rule
    path: str
    """Into the value, `*` for any one key or item."""


@dataclass(frozen=True, slots=True)
class ForbidRule:
    """A value that must not be there."""

    rule: Rule
    path: str
    values: tuple[JsonValue, ...] | None = None
    """`None`: whatever the value is."""


@dataclass(frozen=True, slots=True)
class FileRule:
    """Which files may declare an object, or with `path` set a part of it."""

    rule: Rule
    files: str
    """A glob of paths: `*` within a folder, `**` across folders."""
    path: str = ""


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """A JSON Schema for the parameters of bootstraps."""

    rule: Rule
    schema: str
    """A file of the project."""
    app_id: str | None = None
    """Only bootstraps that a token of this client refers to."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of a project."""

    names: tuple[NameRule, ...] = ()
    require: tuple[RequireRule, ...] = ()
    forbid: tuple[ForbidRule, ...] = ()
    files: tuple[FileRule, ...] = ()
    parameters: tuple[ParameterRule, ...] = ()
    lints: Mapping[str, Severity | None] = field(default_factory=dict)
    """What the project says about ready lints, by code; `None` where it allows it."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something declared that a rule or lint does not want.

    Message and label are the same for all breaches of one rule, so that they are told as one.
    """

    code: str
    message: str
    object: Desired
    origin: Origin
    severity: Severity
    label: str = ""
    help: str = ""
    rule: str = ""
    """The rule's pointer in `pvm.yaml`; empty for a lint."""
    at_key: bool = False


class Declared:
    """The declared objects by kind, and by what rules select."""

    def __init__(self, objects: Iterable[Desired], kinds: Mapping[str, Kind]) -> None:
        self.kinds = kinds
        self._by_kind: dict[str, list[Desired]] = {name: [] for name in kinds}
        for item in objects:
            self._by_kind[item.id.kind].append(item)
        self._tokens: dict[object, list[Desired]] = {}
        for token in self._by_kind.get("Token", ()):
            self._tokens.setdefault(token.value["appId"], []).append(token)

    def of(self, kind: str, match: str = ANY) -> Sequence[Desired]:
        """The objects of a kind whose names a glob covers."""
        if match == ANY:
            return self._by_kind[kind]
        key = self.kinds[kind].key
        covers = re.compile(translate(key(match))).match
        return [item for item in self._by_kind[kind] if covers(key(item.id.name))]

    def tokens_of(self, *app_ids: str) -> Iterator[Desired]:
        """The tokens of some clients."""
        for app_id in app_ids:
            yield from self._tokens.get(app_id, ())

    def under(self, rule: Rule) -> Iterator[tuple[Kind, Desired]]:
        """What a rule is about."""
        for name in self.kinds if rule.kind == ANY else (rule.kind,):
            for item in self.of(name, rule.match):
                yield self.kinds[name], item

    def with_parameters(self, rule: ParameterRule) -> Sequence[Desired]:
        """The bootstraps whose parameters a rule is about."""
        chosen = self.of("Bootstrap", rule.rule.match)
        if rule.app_id is None:
            return chosen
        named = {token.value["bootstrap"] for token in self.tokens_of(rule.app_id)}
        return [item for item in chosen if item.id.name in named]


def check_policy(declared: Declared, policy: Policy) -> Iterator[Breach]:
    """What breaks the rules for names, values and files."""
    for name in policy.names:
        yield from _names(declared, name)
    for required in policy.require:
        yield from _missing(declared, required)
    for forbidden in policy.forbid:
        yield from _forbidden(declared, forbidden)
    if policy.files:
        yield from _misplaced(declared, policy.files)


def name_origin(item: Desired) -> Origin:
    """Where an object's name was written: the cell, where a fleet makes it from one."""
    if item.origin.pointer == "" and "/name" in item.inherited:
        return item.inherited["/name"]
    return Origin(item.origin.file, item.origin.document, item.origin.line, "/name")


def _names(declared: Declared, name: NameRule) -> Iterator[Breach]:
    fits = pattern_of(name.pattern).found_in
    for kind, item in declared.under(name.rule):
        if not fits(item.id.name):
            yield Breach(
                code="policy-name",
                message=f"{kind.noun}'s name is not as this project wants it",
                object=item,
                origin=name_origin(item),
                severity=name.rule.severity,
                label=name.rule.reason,
                help=f"the pattern is {name.pattern}",
                rule=name.rule.place,
            )


def _missing(declared: Declared, required: RequireRule) -> Iterator[Breach]:
    parts = split(required.path)
    for kind, item in declared.under(required.rule):
        for pointer, value in _reached(item.value, parts):
            if value is not ABSENT and value is not None and value != "":
                continue
            yield Breach(
                code="policy-require",
                message=f"{kind.noun} has no {required.path}",
                object=item,
                origin=item.origin_of(pointer),
                severity=required.rule.severity,
                label=required.rule.reason,
                help="write it here, or in a layer",
                rule=required.rule.place,
                at_key=True,
            )


def _forbidden(declared: Declared, forbidden: ForbidRule) -> Iterator[Breach]:
    parts, values = split(forbidden.path), forbidden.values
    held = f"{forbidden.path}, which" if values is None else f"a value at {forbidden.path} that"
    for kind, item in declared.under(forbidden.rule):
        for pointer, value in _reached(item.value, parts):
            if value is ABSENT or not (values is None or _among(value, values)):
                continue
            yield Breach(
                code="policy-forbid",
                message=f"{kind.noun} has {held} is not allowed",
                object=item,
                origin=item.origin_of(pointer),
                severity=forbidden.rule.severity,
                label=forbidden.rule.reason,
                rule=forbidden.rule.place,
                at_key=values is None,
            )


def _among(value: JsonValue, values: Iterable[JsonValue]) -> bool:
    return any(json_equal(value, one) for one in values)


def _reached(value: Maybe, parts: Sequence[str], at: str = "") -> Iterator[tuple[str, Maybe]]:
    """What a path leads to, with pointers; each key and item that a star means counts."""
    if not parts:
        yield at, value
        return
    first, *rest = parts
    inner = _inner(value) if first == ANY else ((first, step(value, first)),)
    for key, item in inner:
        yield from _reached(item, rest, at + join((key,)))


def _inner(value: Maybe) -> Iterable[tuple[str | int, JsonValue]]:
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list | tuple) else ()


def _misplaced(declared: Declared, rules: Sequence[FileRule]) -> Iterator[Breach]:
    whole = [rule for rule in rules if not rule.path]
    if whole:
        yield from _declared_elsewhere(declared, whole)
    for path in dict.fromkeys(rule.path for rule in rules if rule.path):
        yield from _set_elsewhere(declared, [rule for rule in rules if rule.path == path])


def _declared_elsewhere(declared: Declared, rules: Sequence[FileRule]) -> Iterator[Breach]:
    """Objects in files that no rule grants them, where any rule is about object or file."""
    covering = _covering(declared, rules)
    granting: dict[str, list[FileRule]] = {}
    for kind, item in declared.under(Rule("")):
        file = item.origin.file
        if file not in granting:
            granting[file] = [rule for rule in rules if path_pattern(rule.files).found_in(file)]
        mine, here = covering.get(item.id, ()), granting[file]
        if (mine or here) and not any(rule in here for rule in mine):
            yield _wrong_file(kind, item, mine, here)


def _covering(
    declared: Declared, rules: Sequence[FileRule]
) -> Mapping[ResourceId, Sequence[FileRule]]:
    """The rules about each object."""
    covering: dict[ResourceId, list[FileRule]] = {}
    for rule in rules:
        for _, item in declared.under(rule.rule):
            covering.setdefault(item.id, []).append(rule)
    return covering


def _wrong_file(
    kind: Kind, item: Desired, covering: Sequence[FileRule], here: Sequence[FileRule]
) -> Breach:
    first = (covering or here)[0]
    if covering:
        message = f"{kind.noun} is declared in a file that may not do so"
        fix = f"declare it in {_joined(rule.files for rule in covering)}"
    else:
        message = f"{kind.noun} is none of those that this file may declare"
        granted = (f"{_noun(rule)} {rule.rule.match}" for rule in here)
        fix = f"{first.files} may declare {_joined(granted)}"
    return Breach(
        code="policy-file",
        message=message,
        object=item,
        origin=name_origin(item),
        severity=first.rule.severity,
        label=first.rule.reason,
        help=fix,
        rule=first.rule.place,
    )


def _set_elsewhere(declared: Declared, rules: Sequence[FileRule]) -> Iterator[Breach]:
    """Values at the path of these rules that were written in files that none of them grants."""
    covering = _covering(declared, rules)
    parts = split(rules[0].path)
    for kind, item in declared.under(Rule("", "Bootstrap")):
        mine = covering.get(item.id, ())
        for pointer, value in _reached(item.value, parts) if mine else ():
            for origin in _writers(item, pointer) if value is not ABSENT else ():
                if not any(path_pattern(one.files).found_in(origin.file) for one in mine):
                    yield _wrong_writer(kind, item, origin, mine)


def _writers(item: Desired, pointer: str) -> Iterator[Origin]:
    """Where a value and the parts of it were written."""
    yield item.origin_of(pointer)
    below = f"{pointer}/"
    yield from (origin for one, origin in item.inherited.items() if one.startswith(below))


def _wrong_writer(kind: Kind, item: Desired, origin: Origin, rules: Sequence[FileRule]) -> Breach:
    first = rules[0]
    return Breach(
        code="policy-file",
        message=f"{kind.noun} gets {first.path} from a file that may not set it",
        object=item,
        origin=origin,
        severity=first.rule.severity,
        label=first.rule.reason,
        help=f"set it in {_joined(rule.files for rule in rules)}",
        rule=first.rule.place,
        at_key=True,
    )


def _noun(rule: FileRule) -> str:
    return "objects" if rule.rule.kind == ANY else rule.rule.kind


def _joined(texts: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(texts))


_WILD: Final = re.compile(r"(\*\*/|\*\*|\*|\?)")
_WILD_PATTERNS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=512)
def path_pattern(glob: str) -> Pattern:
    """What a glob of paths covers; raises `PatternError` for one that is too long."""
    parts = (_WILD_PATTERNS.get(part) or re.escape(part) for part in _WILD.split(glob))
    return pattern_of(f"^{''.join(parts)}$")
