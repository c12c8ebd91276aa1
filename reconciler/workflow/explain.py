"""`pvm explain`: one object, value by value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from reconciler.authoring.lineage import Heritage, Lineage
from reconciler.core.explanation import ExplainedValue, Explanation
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.merge import with_values
from reconciler.core.origin import Origin, Place
from reconciler.core.pointer import covers, join, order_key, resolve, split
from reconciler.core.ports import Reader
from reconciler.core.problem import Misuse
from reconciler.core.resource import Desired, Live
from reconciler.core.secret_source import SecretSource
from reconciler.core.secrets import Masking, mask
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal
from reconciler.kinds import KINDS
from reconciler.workflow.difference import ignored_paths, masking_of
from reconciler.workflow.last_applied import Memory, recall
from reconciler.workflow.task import Task
from reconciler.workflow.telling import Authors, Locate, Telling, signed


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained, and how places and authors are found (`sources`)."""

    id: ResourceId
    pointer: str = ""
    """JSON Pointer into the object's value; everything below it is explained."""
    locate: Locate | None = None
    heritage: Heritage = field(default_factory=Heritage)
    authors: Authors | None = None


@dataclass(frozen=True, slots=True)
class _Sides:
    declared: Desired | None
    live: Live | None
    asked: bool
    """The server was asked."""
    masking: Masking
    ignored: tuple[str, ...]
    locate: Locate | None
    secrets: SecretSource
    telling: Telling | None
    """What the parts of the files say, where they declare the object."""
    memory: Memory
    """The last apply."""


def explain_object(task: Task, question: Question, reader: Reader | None) -> Explanation:
    """Where each value comes from; with a reader also what the server has.

    Raises:
        Misuse: There is no such object, or nothing at the pointer, on either side.
        RemoteFailure: The server could not be asked.
    """
    kind = KINDS[question.id.kind]
    _check_pointer(question.pointer)
    declared = _declared(task, kind, question.id.name)
    live = reader.find(kind, question.id.name) if reader is not None else None
    if declared is None and live is None:
        raise _unknown(task, kind, question.id, asked=reader is not None)
    masking = masking_of(task.project, task.declared)
    memory = recall(task, reader, kind, declared.id if declared else question.id)
    sides = _Sides(
        declared,
        live,
        reader is not None,
        masking,
        ignored_paths(task.project, kind),
        question.locate,
        task.secrets,
        _telling(task, question, declared, masking),
        memory,
    )
    rows, notes = signed(tuple(_rows(sides, question.pointer)), question.authors)
    if not rows:
        message = f'{question.id} has nothing at "{question.pointer}"'
        raise Misuse(message, f"leave the pointer out to see all of {question.id}")
    return Explanation(
        id=declared.id if declared else question.id,
        rows=rows,
        declared=declared is not None,
        on_server=live is not None if reader is not None else None,
        in_scope=task.project.scope.covers(kind, question.id.name),
        pointer=question.pointer,
        place=_place(declared.origin if declared else None, question.locate),
        version=live.version if live else None,
        facts=live.facts if live else None,
        recorded=memory.recorded,
        notes=(*memory.notes, *notes),
    )


def _telling(
    task: Task, question: Question, declared: Desired | None, masking: Masking
) -> Telling | None:
    if declared is None:
        return None
    lineage = Lineage(question.heritage, declared, KINDS[declared.id.kind])
    return Telling(lineage, masking, question.locate, task.target.variables)


def _check_pointer(pointer: str) -> None:
    try:
        split(pointer)
    except ValueError as error:
        message = f'"{pointer}" is not a JSON Pointer'
        raise Misuse(message, "write it like /kiosk/idleSeconds") from error


def _declared(task: Task, kind: Kind, name: str) -> Desired | None:
    wanted = kind.key(name)
    for one in task.declared:
        if one.id.kind == kind.name and kind.key(one.id.name) == wanted:
            return one
    return None


def _unknown(task: Task, kind: Kind, id_: ResourceId, *, asked: bool) -> Misuse:
    names = [one.id.name for one in task.declared if one.id.kind == kind.name]
    near = get_close_matches(id_.name, names, 1)
    where = "neither declared nor on the server" if asked else "not declared"
    message = f"{kind.noun} {id_.name} is {where}"
    return Misuse(message, f"did you mean {near[0]}?" if near else "check the name")


def _rows(sides: _Sides, below: str) -> Iterator[ExplainedValue]:
    declared: Maybe = sides.declared.value if sides.declared else ABSENT
    live: Maybe = sides.live.value if sides.live else ABSENT
    pointers = {*_leaves(resolve(declared, below), below), *_leaves(resolve(live, below), below)}
    pointers |= set(_removed(sides, declared, below))
    for pointer in sorted(pointers, key=order_key):
        if any(above in pointers for above in _ancestors(pointer)):
            continue
        yield _row(sides, pointer, resolve(declared, pointer), resolve(live, pointer))


def _removed(sides: _Sides, declared: Maybe, below: str) -> Iterator[str]:
    """What layers say and the object does without: people ask where it went."""
    for pointer in sides.telling.removed() if sides.telling else ():
        inside = pointer == below or pointer.startswith(f"{below}/")
        if inside and resolve(declared, pointer) is ABSENT:
            yield pointer


def _row(sides: _Sides, pointer: str, declared: Maybe, live: Maybe) -> ExplainedValue:
    shown, hid = _masked(declared, sides.masking, pointer)
    shown_live, hid_live = _masked(live, sides.masking, pointer)
    references = _inside(sides.declared.references if sides.declared else {}, pointer)
    if references and shown is not ABSENT:
        shown = with_values(shown, references)
    origin = None
    if declared is not ABSENT and sides.declared is not None:
        origin = sides.declared.origin_of(pointer)
    told = sides.telling.parts(pointer) if sides.telling else ()
    memory = sides.memory
    applied, hid_applied = _masked(resolve(memory.content, pointer), sides.masking, pointer)
    if applied is not ABSENT:
        applied = with_values(applied, _inside(memory.references, pointer))
    return ExplainedValue(
        pointer=pointer,
        declared=shown,
        live=shown_live,
        equal=_equal(sides, declared, live, references) if sides.asked else None,
        origin=origin,
        place=told[-1].place if told else _place(origin, sides.locate),
        hidden=hid or hid_live or hid_applied,
        ignored=any(covers(path, pointer) for path in sides.ignored),
        told=told,
        applied=applied,
    )


def _equal(
    sides: _Sides, declared: Maybe, live: Maybe, references: Mapping[str, str]
) -> bool | None:
    """`None` when that depends on a secret that has no value here."""
    if references and declared is not ABSENT and live is not ABSENT:
        values = {at: sides.secrets.value_of(text) for at, text in references.items()}
        known = {at: value for at, value in values.items() if value is not None}
        if len(known) < len(values):
            return None
        declared = with_values(declared, known)
    return json_equal(declared, live)


def _inside(known: Mapping[str, str], pointer: str) -> dict[str, str]:
    """Templates at a pointer and below it, by pointers that start there."""
    inside = (at for at in known if at == pointer or at.startswith(f"{pointer}/"))
    return {at[len(pointer) :]: known[at] for at in inside}


def _masked(value: Maybe, masking: Masking, pointer: str) -> tuple[Maybe, bool]:
    return (ABSENT, False) if value is ABSENT else mask(value, masking, pointer)


def _place(origin: Origin | None, locate: Locate | None) -> Place | None:
    return locate(origin) if origin is not None and locate is not None else None


def _leaves(value: Maybe, pointer: str) -> Iterator[str]:
    """Pointers of all values that hold no further maps; an array of plain values is one."""
    if value is ABSENT:
        return
    inner: list[tuple[str, JsonValue]] = []
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, list | tuple) and any(_is_nested(item) for item in value):
        inner = [(str(number), item) for number, item in enumerate(value)]
    if not inner:
        yield pointer
    for key, item in inner:
        yield from _leaves(item, pointer + join((key,)))


def _is_nested(value: JsonValue) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _ancestors(pointer: str) -> Iterator[str]:
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer
