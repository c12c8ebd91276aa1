"""The plan as JSON (`schemas/plan.schema.json`) and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final

from reconciler.core.change import Change, Create, Delete, FieldChange, Update
from reconciler.core.diff import patch
from reconciler.core.fingerprint import digest, keyed_digest
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Blocked, Class, Group, Header, Plan, Step, Stop
from reconciler.core.plan_node import Malformed, Node
from reconciler.core.pointer import order_key
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal

FORMAT_VERSION: Final = "1.0"
"""Another major number is another format; a higher minor one only has more in it."""

_ACTIONS: Final = {Create: "create", Update: "update", Delete: "delete"}


def encode_plan(plan: Plan, key: bytes | None = None) -> dict[str, JsonValue]:
    """The plan's JSON form, closed with a digest of its content, and signed if there is a key."""
    header = plan.header
    content: dict[str, JsonValue] = {
        "formatVersion": FORMAT_VERSION,
        "tool": {"name": "pvm", "version": header.tool},
        "created": header.created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "project": header.project,
        "target": {"name": header.target, "url": header.url, "customer": header.customer},
        "source": {"commit": header.commit, "clean": header.clean, "hash": header.source_hash},
        "summary": _summary(plan),
        "listed": None if plan.listed is None else dict(plan.listed),
        "requests": None if plan.requests is None else dict(plan.requests),
        "groups": [_group(group) for group in plan.groups],
        "changes": [_step(step) for step in plan.steps],
        "blocked": [_blocked(blocked) for blocked in plan.blocked],
        "stops": [{"guard": s.guard, "reason": s.reason, "fix": s.fix} for s in plan.stops],
        "unmanaged": [_id(id_) for id_ in plan.unmanaged],
        "warnings": list(plan.warnings),
    }
    content["digest"] = digest(content)
    if key is not None:
        content["mac"] = _mac(key, content["digest"])
    return content


def _mac(key: bytes, content_digest: JsonValue) -> str:
    return keyed_digest(key, ["plan", content_digest])


def _summary(plan: Plan) -> dict[str, JsonValue]:
    actions = [_ACTIONS[type(step.change)] for step in plan.steps]
    return {
        **{action: actions.count(action) for action in _ACTIONS.values()},
        "unchanged": plan.unchanged,
        "blocked": len(plan.blocked),
        "unmanaged": len(plan.unmanaged),
        "stopped": bool(plan.stops),
    }


def _id(id_: ResourceId) -> dict[str, JsonValue]:
    return {"kind": id_.kind, "name": id_.name}


def _group(group: Group) -> dict[str, JsonValue]:
    return {
        "action": group.action,
        "class": group.class_,
        "kind": group.kind,
        "count": len(group.members),
        "causes": list(group.causes),
        "patch": _patch(group.fields),
        "members": [id_.name for id_ in group.members],
    }


def _step(step: Step) -> dict[str, JsonValue]:
    change = step.change
    encoded: dict[str, JsonValue] = {
        **_id(change.id),
        "action": _ACTIONS[type(change)],
        "class": step.class_,
        "group": step.group,
        "needs": [_id(id_) for id_ in step.needs],
    }
    if not isinstance(change, Create):
        encoded["before"] = change.before
        encoded["version"] = change.version
    if not isinstance(change, Delete):
        encoded["after"] = change.after
    if not isinstance(change, Update):
        encoded["patch"] = _patch(change.fields)
    return encoded


def _blocked(blocked: Blocked) -> dict[str, JsonValue]:
    return {
        **_id(blocked.id),
        "action": blocked.action,
        "guard": blocked.guard,
        "reason": blocked.reason,
        "fix": blocked.fix,
        "patch": _patch(blocked.fields),
    }


def _patch(fields: Sequence[FieldChange]) -> list[JsonValue]:
    """RFC 6902, with two members more: what was there, and whether it is hidden."""
    by_pointer = {field.pointer: field for field in fields}
    operations: list[JsonValue] = []
    for operation in patch(fields):
        field = by_pointer[str(operation["path"])]
        if field.before is not ABSENT:
            operation["before"] = field.before
        if field.hidden:
            operation["hidden"] = True
        operations.append(operation)
    return operations


def decode_plan(value: JsonValue, key: bytes | None = None) -> Plan:
    """The plan of a JSON form; without a key its signature, if any, is not looked at.

    Raises:
        InvalidInput: Another format version, changed after it was made, not signed with the key,
            or not a plan.
    """
    try:
        root = Node(value)
        _check_format(root)
        _check_digest(root, key)
        return _plan(root)
    except Malformed as error:
        problem = Problem(
            code=error.code,
            message=error.message,
            pointer=error.pointer,
            help="make a new plan with: pvm plan --out FILE",
        )
        raise InvalidInput([problem]) from error


def is_signed(value: JsonValue) -> bool:
    """Whether the plan of a JSON form was made with a key."""
    return isinstance(value, Mapping) and "mac" in value


def _check_format(root: Node) -> None:
    major, _, _ = root.field("formatVersion").text().partition(".")
    if major != FORMAT_VERSION.partition(".")[0]:
        message = f"this pvm reads plans of format {FORMAT_VERSION}, and this is another"
        raise Malformed(message, "/formatVersion", code="plan-format")


def _check_digest(root: Node, key: bytes | None) -> None:
    stated = root.field("digest").text()
    content = {name: item for name, item in root.map().items() if name not in ("digest", "mac")}
    if digest(content) != stated:
        message = "the plan was changed after it was made"
        raise Malformed(message, "/digest", code="plan-changed")
    mac = str(root.map().get("mac")).encode("utf-8", "backslashreplace")
    if key is not None and not compare_digest(_mac(key, stated).encode(), mac):
        message = "the plan is not signed with this PVM_DIGEST_KEY"
        raise Malformed(message, "/mac", code="plan-unsigned")


def _plan(root: Node) -> Plan:
    groups = tuple(_read_group(node) for node in root.field("groups").items())
    return Plan(
        header=_read_header(root),
        steps=tuple(_read_step(node, groups) for node in root.field("changes").items()),
        groups=groups,
        blocked=tuple(_read_blocked(node) for node in root.field("blocked").items()),
        stops=tuple(
            Stop(*(node.field(key).text() for key in ("guard", "reason", "fix")))
            for node in root.field("stops").items()
        ),
        unmanaged=tuple(map(_read_id, root.field("unmanaged").items())),
        unchanged=root.field("summary").field("unchanged").count(),
        listed=root.field("listed").counts(),
        requests=root.field("requests").counts(),
        warnings=tuple(node.text() for node in root.field("warnings").items()),
    )


def _read_header(root: Node) -> Header:
    target, source = root.field("target"), root.field("source")
    return Header(
        project=root.field("project").text(),
        target=target.field("name").text(),
        url=target.field("url").text(),
        customer=target.field("customer").text(),
        created=_read_time(root.field("created")),
        tool=root.field("tool").field("version").text(),
        commit=source.field("commit").text_or_none(),
        clean=source.field("clean").flag_or_none(),
        source_hash=source.field("hash").text(),
    )


def _read_time(node: Node) -> datetime:
    try:
        return datetime.fromisoformat(node.text()).astimezone(UTC)
    except (ValueError, OverflowError):
        node.refuse("a time such as 2026-11-22T17:55:00Z")


def _read_id(node: Node) -> ResourceId:
    return ResourceId(node.field("kind").text(), node.field("name").text())


def _read_group(node: Node) -> Group:
    kind = node.field("kind").text()
    return Group(
        action=node.field("action").one_of(_ACTIONS.values()),
        class_=_read_class(node),
        kind=kind,
        causes=tuple(cause.text() for cause in node.field("causes").items()),
        fields=_read_fields(node.field("patch")),
        members=tuple(ResourceId(kind, name.text()) for name in node.field("members").items()),
    )


def _read_class(node: Node) -> Class:
    return Class(node.field("class").one_of(member.value for member in Class))


def _read_step(node: Node, groups: Sequence[Group]) -> Step:
    group = node.field("group").count()
    if group >= len(groups):
        node.field("group").refuse("the number of a group")
    return Step(
        change=_read_change(node, groups[group].fields),
        class_=_read_class(node),
        needs=tuple(map(_read_id, node.field("needs").items())),
        group=group,
    )


def _read_change(node: Node, shared: tuple[FieldChange, ...]) -> Change:
    """An update has the patch of its group."""
    id_ = _read_id(node)
    action = node.field("action").one_of(_ACTIONS.values())
    if action == "create":
        return Create(id_, _read_fields(node.field("patch")), node.field("after").text())
    before, version = node.field("before").text(), node.field("version").text_or_none()
    if action == "delete":
        return Delete(id_, _read_fields(node.field("patch")), before, version)
    return Update(id_, shared, before, node.field("after").text(), version)


def _read_blocked(node: Node) -> Blocked:
    return Blocked(
        id=_read_id(node),
        action=node.field("action").one_of(_ACTIONS.values()),
        guard=node.field("guard").text(),
        reason=node.field("reason").text(),
        fix=node.field("fix").text(),
        fields=_read_fields(node.field("patch")),
    )


def _read_fields(node: Node) -> tuple[FieldChange, ...]:
    fields = [_read_field(operation) for operation in node.items()]
    return tuple(sorted(fields, key=lambda field: order_key(field.pointer)))


def _read_field(node: Node) -> FieldChange:
    return FieldChange(
        pointer=node.field("path").pointer_text(),
        before=_optional(node.map(), "before"),
        after=_optional(node.map(), "value"),
        hidden=json_equal(_optional(node.map(), "hidden"), True),  # noqa: FBT003 -- JSON's true
    )


def _optional(fields: Mapping[str, JsonValue], key: str) -> Maybe:
    return fields.get(key, ABSENT)
