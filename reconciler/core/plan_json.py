"""The plan file (`schemas/plan.schema.json`): closed with a digest, checked before it is read."""

from collections.abc import Mapping
from hmac import compare_digest

from reconciler.core.fingerprint import digest, keyed_digest
from reconciler.core.plan import Plan
from reconciler.core.plan_decoding import read_content
from reconciler.core.plan_encoding import FORMAT_VERSION, plan_content
from reconciler.core.plan_node import Malformed, Node
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.values import JsonValue


def encode_plan(plan: Plan, key: bytes | None = None) -> dict[str, JsonValue]:
    """The plan's JSON form, closed with a digest of its content, and signed if there is a key."""
    content = plan_content(plan)
    content["digest"] = digest(content)
    if key is not None:
        content["mac"] = _mac(key, content["digest"])
    return content


def _mac(key: bytes, content_digest: JsonValue) -> str:
    return keyed_digest(key, ["plan", content_digest])


def is_signed(value: JsonValue) -> bool:
    """Whether the plan of a JSON form was made with a key."""
    return isinstance(value, Mapping) and "mac" in value


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
        return read_content(root)
    except Malformed as error:
        problem = Problem(
            code=error.code,
            message=error.message,
            pointer=error.pointer,
            help="make a new plan with: pvm plan --out FILE",
        )
        raise InvalidInput([problem]) from error


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
