"""The policy of `pvm.yaml`: read, and what the documents do against it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reconciler.core.origin import Origin
from reconciler.core.pattern import PatternError, pattern_of
from reconciler.core.policy import (
    ANY,
    Breach,
    Declared,
    FileRule,
    ForbidRule,
    NameRule,
    ParameterRule,
    Policy,
    RequireRule,
    Rule,
    check_policy,
    path_pattern,
)
from reconciler.core.problem import Problem, Severity
from reconciler.core.project import Project
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.kinds import KINDS
from reconciler.kinds.lints import LINTS, check_lints
from reconciler.sources.faults import Fault
from reconciler.sources.files import FileTree
from reconciler.sources.parameter_schemas import ParameterSchema
from reconciler.sources.schema_files import SchemaFileError

CODES: Final = (
    "policy-parameters",
    "policy-name",
    "policy-require",
    "policy-forbid",
    "policy-file",
    "policy-schema",
)
"""Of the rules' own breaches, and of a schema that can't be used."""
_LEVELS: Final = {"error": Severity.ERROR, "warning": Severity.WARNING, "allow": None}


def policy_of(value: Mapping[str, Any]) -> Policy:
    """The policy of a project file whose shape and patterns are right."""
    return Policy(
        names=tuple(NameRule(rule, one["pattern"]) for rule, one in _rules(value, "names")),
        require=tuple(RequireRule(rule, one["path"]) for rule, one in _rules(value, "require")),
        forbid=tuple(
            ForbidRule(rule, one["path"], tuple(one["values"]) if "values" in one else None)
            for rule, one in _rules(value, "forbid")
        ),
        files=tuple(
            FileRule(rule, one["files"], one.get("path", ""))
            for rule, one in _rules(value, "files")
        ),
        parameters=tuple(
            ParameterRule(rule, one["schema"], one.get("appId"))
            for rule, one in _rules(value, "parameters")
        ),
        lints={code: _LEVELS[level] for code, level in value.get("lints", {}).items()},
    )


def _rules(value: Mapping[str, Any], sort: str) -> Iterator[tuple[Rule, Mapping[str, Any]]]:
    for number, one in enumerate(value.get(sort, ())):
        yield (
            Rule(
                place=f"/policy/{sort}/{number}",
                kind=one.get("kind", ANY),
                match=one.get("match", ANY),
                severity=Severity(one.get("severity", "error")),
                reason=one.get("reason", ""),
            ),
            one,
        )


def policy_faults(value: Mapping[str, Any], origin: Origin) -> Iterator[Fault]:
    """Patterns and globs that mean nothing."""
    for number, one in enumerate(value.get("names", ())):
        at = origin.at(f"/names/{number}/pattern")
        pattern = one["pattern"]
        reason = _pattern_fault(pattern)
        if not reason and not (pattern.startswith("^") and pattern.endswith("$")):
            reason = "is not tied to both ends: write ^ before it and $ behind"
        if reason:
            yield Fault("policy-pattern", "pattern can't be used", at, help=reason)
    for number, one in enumerate(value.get("files", ())):
        if "path" in one and one.get("kind") != "Bootstrap":
            at = origin.at(f"/files/{number}/path")
            fix = "write kind: Bootstrap; of other objects every field stands in one document"
            yield Fault("wrong-field", "a path is a part of a bootstrap", at, at_key=True, help=fix)
        try:
            path_pattern(one["files"])
        except PatternError as error:
            at = origin.at(f"/files/{number}/files")
            yield Fault("policy-pattern", "glob can't be used", at, help=error.message)


def _pattern_fault(text: str) -> str:
    try:
        pattern_of(text)
    except PatternError as error:
        return error.message
    return ""


@dataclass(slots=True)
class PolicyCheck:
    """What a project's policy says about its documents."""

    files: FileTree
    origin: Origin
    """Of the project file's document."""
    attached: dict[str, bytes] = field(default_factory=dict)
    """Schemas that were read."""
    _schemas: dict[str, ParameterSchema | None] = field(default_factory=dict)

    def faults(self, objects: Sequence[Desired], project: Project) -> list[Fault]:
        """Every breach of a rule or lint, and schemas that can't be used."""
        declared = Declared(objects, KINDS)
        faults: list[Fault] = []
        breaches = [*check_policy(declared, project.policy), *check_lints(declared, project)]
        for rule in project.policy.parameters:
            try:
                breaches += self._misfits(declared, rule)
            except SchemaFileError as error:
                faults.append(self._unusable(rule, error))
        return [*faults, *self._told(breaches)]

    def _misfits(self, declared: Declared, rule: ParameterRule) -> Iterator[Breach]:
        schema = self._schema(rule.schema)
        if schema is None:
            return
        for item in declared.with_parameters(rule):
            for found in schema.misfits(item):
                yield Breach(
                    code="policy-parameters",
                    message=found.message,
                    object=item,
                    origin=item.origin_of(found.pointer),
                    severity=rule.rule.severity,
                    label=rule.rule.reason,
                    help=f"the schema is {rule.schema}",
                    rule=rule.rule.place,
                    at_key=found.at_key,
                )

    def _schema(self, path: str) -> ParameterSchema | None:
        """Read once; `None` when that failed before, which was told."""
        if path not in self._schemas:
            self._schemas[path] = None
            self._schemas[path] = ParameterSchema(path, self.files, self.attached)
        return self._schemas[path]

    def _unusable(self, rule: ParameterRule, error: SchemaFileError) -> Fault:
        at = self.origin.at(f"{rule.rule.place}/schema")
        return Fault(
            "policy-schema", "schema can't be used", at, label=error.message, help=error.fix
        )

    def _told(self, breaches: Iterable[Breach]) -> Iterator[Fault]:
        """As faults: a line of a layer is one place, however many objects it reaches."""
        line_of: Callable[[str], str] | None = None
        seen: set[tuple[str, str, Origin]] = set()
        for breach in breaches:
            key = breach.rule or breach.code, breach.message, breach.origin
            if key in seen:
                continue
            seen.add(key)
            if breach.rule and line_of is None:
                line_of = self._lines()
            rule = f"rule: {line_of(breach.rule)}" if line_of and breach.rule else ""
            yield Fault(
                breach.code,
                breach.message,
                breach.origin,
                at_key=breach.at_key,
                label=breach.label,
                help="; ".join(filter(None, (breach.help, rule))),
                object=breach.object.id,
                severity=breach.severity,
            )

    def _lines(self) -> Callable[[str], str]:
        from reconciler.sources.locate import Locator  # noqa: PLC0415 -- only breaches need it

        locator, known = Locator(self.files, Masking()), dict[str, str]()

        def line_of(pointer: str) -> str:
            if pointer not in known:
                place = locator.place(self.origin.at(pointer))
                known[pointer] = f"{place.file}:{place.line}"
            return known[pointer]

        return line_of


def with_level(fault: Fault, policy: Policy) -> Fault | None:
    """A finding of another part that a lint's level is for; `None` where it is allowed."""
    if fault.code not in LINTS:
        return fault
    level = policy.lints.get(fault.code, fault.severity)
    return replace(fault, severity=level) if level is not None else None


def leaves_known(problem: Problem) -> bool:
    """Whether all is known that the files declare although this is wrong with it."""
    return problem.code in CODES or problem.code in LINTS
