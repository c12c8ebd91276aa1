"""Reads what `pvm plan --out` saved: for `show` and for `apply PLAN`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.call import Call
from reconciler.cli.terminal import write_note
from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.origin import Place
from reconciler.core.plan import Plan
from reconciler.core.plan_json import decode_plan, is_signed
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.values import JsonValue


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan, and the JSON that it was read from, signature and all."""

    plan: Plan
    content: Mapping[str, JsonValue]


def read_plan(path: Path, call: Call, key: bytes | None = None) -> Plan:
    """The plan of a file, checked against `key` if there is one (`decode_plan`).

    A signature that can't be checked for want of a key is told on standard error.

    Raises:
        InvalidInput: Not a plan, of another format, or changed after it was made.
        OSError: The file can't be read.
    """
    return check_plan(path, read_json(path), call, key).plan


def read_json(path: Path) -> JsonValue:
    """The JSON of a file that may be a plan; raises as `read_plan`."""
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except JsonError as error:
        place = Place(str(path), error.line, error.column, error.line, error.column)
        problem = Problem("plan-not-json", f"the plan is not JSON: {error.message}", place)
        raise InvalidInput((problem,)) from error
    except UnicodeDecodeError as error:
        problem = Problem("plan-not-json", f"{path} is not UTF-8 text, so it is no plan")
        raise InvalidInput((problem,)) from error


def check_plan(path: Path, value: JsonValue, call: Call, key: bytes | None) -> PlanFile:
    """The plan of what `read_json` read; raises and tells as `read_plan`."""
    plan = decode_plan(value, key)
    if key is None and is_signed(value):
        write_note(f"warning: {path} is signed, and PVM_DIGEST_KEY is not there to check it", call)
    return PlanFile(plan, value if isinstance(value, Mapping) else {})


def target_of(value: JsonValue) -> str:
    """The name of the target that a plan says it is for; empty when it says none."""
    target = value.get("target") if isinstance(value, Mapping) else None
    name = target.get("name") if isinstance(target, Mapping) else None
    return name if isinstance(name, str) else ""
