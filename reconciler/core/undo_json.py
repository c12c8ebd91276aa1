"""The undo file (`schemas/undo.schema.json`): canonical JSON, closed with a digest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final

from reconciler.core.fingerprint import digest, keyed_digest
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Plan
from reconciler.core.plan_json import decode_plan, encode_plan
from reconciler.core.plan_node import Malformed, Node
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.undo import Earlier, Undo
from reconciler.core.values import ABSENT, JsonValue

FORMAT_VERSION: Final = "1.0"


def encode_undo(undo: Undo, key: bytes | None = None) -> dict[str, JsonValue]:
    """The JSON form, closed with a digest, and signed if there is a key."""
    content: dict[str, JsonValue] = {
        "formatVersion": FORMAT_VERSION,
        "apply": undo.apply,
        "number": undo.number,
        "project": {"name": undo.project, "id": undo.project_id},
        "target": {"name": undo.target, "url": undo.url, "customer": undo.customer},
        "started": undo.started.isoformat().replace("+00:00", "Z"),
        "commit": undo.commit,
        "objects": [_object(one) for one in undo.objects],
    }
    content["digest"] = digest(content)
    if key is not None:
        content["mac"] = _mac(key, content["digest"])
    return content


def _object(one: Earlier) -> dict[str, JsonValue]:
    encoded: dict[str, JsonValue] = {
        "kind": one.id.kind,
        "name": one.id.name,
        "existed": one.before is not ABSENT,
        "after": one.after,
        "protect": one.protect,
    }
    if one.before is not ABSENT:
        encoded["before"] = one.before
        encoded["untouched"] = list(one.untouched)
        encoded["references"] = dict(one.references)
        encoded["lost"] = list(one.lost)
    return encoded


def decode_undo(value: JsonValue, key: bytes | None = None) -> Undo:
    """What an undo file holds.

    Raises:
        InvalidInput: Another format, changed after it was made, not signed with the key, or no
            undo file at all.
    """
    try:
        root = Node(value)
        _check(root, key)
        return _undo(root)
    except Malformed as error:
        raise InvalidInput((_problem(error),)) from error


def source_hash_of(undo: Undo) -> str:
    """What stands for the sources in a plan that takes an apply back."""
    return digest(["undo", encode_undo(undo)["digest"]])


def encode_undo_plan(undo: Undo, plan: Plan, key: bytes | None = None) -> dict[str, JsonValue]:
    """A plan with what it restores, in one file: `pvm apply` needs both."""
    return {"undo": encode_undo(undo, key), "plan": encode_plan(plan, key)}


def is_undo_plan(value: JsonValue) -> bool:
    """Whether a file that `pvm apply` was given takes an apply back."""
    return isinstance(value, Mapping) and "undo" in value and "plan" in value


def decode_undo_plan(value: JsonValue, key: bytes | None = None) -> tuple[Undo, Plan]:
    """Both parts; raises as `decode_undo` and `decode_plan`."""
    try:
        undo, plan = Node(value).field("undo"), Node(value).field("plan")
    except Malformed as error:
        raise InvalidInput((_problem(error),)) from error
    return decode_undo(undo.value, key), decode_plan(plan.value, key)


def _check(root: Node, key: bytes | None) -> None:
    major, _, _ = root.field("formatVersion").text().partition(".")
    if major != FORMAT_VERSION.partition(".")[0]:
        message = f"this pvm reads undo files of format {FORMAT_VERSION}, and this is another"
        raise Malformed(message, "/formatVersion", code="undo-format")
    stated = root.field("digest").text()
    content = {name: item for name, item in root.map().items() if name not in ("digest", "mac")}
    if digest(content) != stated:
        message = "the undo file was changed after it was made"
        raise Malformed(message, "/digest", code="undo-changed")
    mac = str(root.map().get("mac")).encode("utf-8", "backslashreplace")
    if key is not None and not compare_digest(_mac(key, stated).encode(), mac):
        message = "the undo file is not signed with this PVM_DIGEST_KEY"
        raise Malformed(message, "/mac", code="undo-unsigned")


def _mac(key: bytes, content_digest: JsonValue) -> str:
    return keyed_digest(key, ["undo", content_digest])


def _undo(root: Node) -> Undo:
    project, target = root.field("project"), root.field("target")
    return Undo(
        apply=root.field("apply").text(),
        number=root.field("number").count(),
        project=project.field("name").text(),
        project_id=project.field("id").text(),
        target=target.field("name").text(),
        url=target.field("url").text(),
        customer=target.field("customer").text(),
        started=_time(root.field("started")),
        commit=root.field("commit").text_or_none(),
        objects=tuple(_earlier(node) for node in root.field("objects").items()),
    )


def _earlier(node: Node) -> Earlier:
    id_ = ResourceId(node.field("kind").text(), node.field("name").text())
    after, protect = node.field("after").text(), bool(node.field("protect").flag_or_none())
    if not node.field("existed").flag_or_none():
        return Earlier(id_, ABSENT, after, protect=protect)
    references = node.field("references")
    return Earlier(
        id_,
        node.field("before").map(),
        after,
        tuple(one.pointer_text() for one in node.field("untouched").items()),
        {pointer: references.field(pointer).text() for pointer in references.map()},
        tuple(one.pointer_text() for one in node.field("lost").items()),
        protect,
    )


def _time(node: Node) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text())
    except ValueError:
        node.refuse("a time such as 2026-11-22T17:55:00Z")
    if moment.tzinfo is None:
        node.refuse("a time with its zone, such as 2026-11-22T17:55:00Z")
    return moment.astimezone(UTC)


def _problem(error: Malformed) -> Problem:
    return Problem(
        code=error.code.replace("plan-", "undo-"),
        message=error.message.replace("not a plan:", "not an undo file:"),
        pointer=error.pointer,
        help="take the file that pvm apply wrote into .pvm/undo",
    )
