"""Reads what `pvm plan --out` saved: for `show` and for `apply PLAN`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.call import Call
from reconciler.cli.terminal import write_note
from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.origin import Place
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.plan_json import decode_plan, is_signed
from reconciler.core.problem import InvalidInput, Misuse, Problem
from reconciler.core.undo_json import is_undo_plan
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


def refuse_options(options: PlanOptions, *, undoes: bool) -> None:
    """What was reviewed is applied; raises `Misuse` naming the options that would change it."""
    if options == PlanOptions():
        return
    default = PlanOptions()
    given = {
        "--select": options.selection.select != default.selection.select,
        "--exclude": options.selection.exclude != default.selection.exclude,
        "--ack": bool(options.acks or options.rollback),
        "--prune": options.prune is not None,
        "--revert-drift": bool(options.revert),
        "--on-conflict": bool(options.ours or options.theirs),
    }
    names = " and ".join(name for name, is_given in given.items() if is_given)
    message = f"a saved plan is applied as it was reviewed, without {names}"
    command = "pvm undo FILE --out" if undoes else "pvm plan --out"
    raise Misuse(message, f"give {names} to `{command}`, and apply the plan that it saves")


def plan_in(value: JsonValue) -> JsonValue:
    """The plan of what `read_json` read: a file of `pvm undo --out` holds more than that."""
    if isinstance(value, Mapping) and is_undo_plan(value):
        return value["plan"]
    return value


def target_of(value: JsonValue) -> str:
    """The name of the target that a plan says it is for; empty when it says none."""
    target = value.get("target") if isinstance(value, Mapping) else None
    name = target.get("name") if isinstance(target, Mapping) else None
    return name if isinstance(name, str) else ""
