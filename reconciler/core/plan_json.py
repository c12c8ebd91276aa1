"""The plan as JSON (`schemas/plan.schema.json`) and back."""

from reconciler.core.plan import Plan
from reconciler.core.values import JsonValue


def encode_plan(plan: Plan) -> dict[str, JsonValue]:
    """The plan's JSON form, closed with a digest of its content."""
    raise NotImplementedError


def decode_plan(value: JsonValue) -> Plan:
    """The plan of a JSON form.

    Raises:
        InvalidInput: Another format version, changed after it was made, or not a plan.
    """
    raise NotImplementedError
