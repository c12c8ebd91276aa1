from reconciler.core.change import FieldChange
from reconciler.core.sealing import UNKEYED
from reconciler.core.shown import values_before
from reconciler.core.values import ABSENT, MASK, JsonValue

BASE: JsonValue = {"idle": 30, "psk": UNKEYED, "wifi": {"ssid": "a", "psk": UNKEYED}}


def test_a_secret_of_the_last_apply_is_masked_wherever_it_stands() -> None:
    fields = tuple(FieldChange(pointer, 1, 2) for pointer in ("/idle", "/psk", "/wifi", "/new"))

    was = (30, MASK, {"ssid": "a", "psk": MASK}, ABSENT)
    assert values_before(fields, BASE) == was


def test_what_became_a_secret_since_is_masked_as_well() -> None:
    fields = (FieldChange("/idle", MASK, MASK, hidden=True),)

    assert values_before(fields, BASE) == (MASK,)
    assert values_before(fields, ABSENT) == ()
