"""The variables of a project's targets, and what is wrong where one is not set."""

from collections.abc import Iterator

from reconciler.authoring.variables import Filling, Variables
from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.project import Project
from reconciler.sources.faults import Fault, nearest
from reconciler.sources.project import PROJECT_FILE


def variables_of(project: Project, target: str | None) -> Variables:
    """Those of a target; where none is chosen, of the first, and all have to set the same names."""
    targets = project.targets
    known = target if target is not None and target in targets else None
    chosen = known or next(iter(targets), "")
    required = [known] if known else list(targets)
    return Variables(
        target=chosen,
        values=targets[chosen].variables if chosen else {},
        required={name: targets[name].variables for name in required},
    )


def variable_origin(target: str, name: str) -> Origin:
    """Where `pvm.yaml` sets it."""
    return Origin(PROJECT_FILE, 0, 1, "/targets" + join((target, "vars", name)))


def variable_faults(filling: Filling, origin: Origin) -> Iterator[Fault]:
    """One fault for each place of a variable that a target does not set."""
    variables = filling.variables
    for pointer, names in filling.uses.items():
        for name in names:
            if variables.required:
                lacking = variables.lacking(name)
                yield from _unset(variables, name, lacking, origin.at(pointer)) if lacking else ()
            else:
                message = f'variable "{name}" is not set: the project has no targets'
                fix = f"add to pvm.yaml: targets: {{default: {{vars: {{{name}: …}}}}}}"
                yield Fault("variable-unknown", message, origin.at(pointer), help=fix)


def _unset(
    variables: Variables, name: str, lacking: tuple[str, ...], at: Origin
) -> Iterator[Fault]:
    known = {one: None for names in variables.required.values() for one in names}
    near = "" if name in known else nearest(name, tuple(known))
    which = "target" if len(lacking) == 1 else "targets"
    names = ", ".join(f'"{target}"' for target in lacking)
    where = f"targets.{lacking[0]}" if len(lacking) == 1 else "each of them"
    fix = f"set it in pvm.yaml, below {where}: vars: {{{name}: …}}"
    message = f'variable "{name}" is not set for {which} {names}'
    yield Fault("variable-unknown", message, at, help=f"{near} else {fix}" if near else fix)
