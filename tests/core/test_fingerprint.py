from decimal import Decimal
from types import MappingProxyType

import pytest

from reconciler.core.fingerprint import canonical, digest
from reconciler.core.values import JsonValue


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.0"), "1"),
        (Decimal("1E2"), "100"),
        (Decimal("-0.00"), "0"),
        (Decimal("0E+999999999"), "0"),
        (Decimal("-1.50"), "-15E-1"),
        (Decimal("0.0010"), "1E-3"),
        (Decimal("12E+999999999"), "12E999999999"),
        (
            Decimal("123456789012345678901234567890.10"),
            "1234567890123456789012345678901E-1",
        ),
        ({"b": Decimal(1), "a": [True, None, "é\n"]}, '{"a":[true,null,"é\\n"],"b":1}'),
        ((1, MappingProxyType({"a": 1})), '[1,{"a":1}]'),
    ],
)
def test_each_value_has_one_text(value: JsonValue, text: str) -> None:
    assert canonical(value) == text


def test_numbers_are_written_out_as_far_as_integers_can_be_read() -> None:
    assert canonical(Decimal("1E4299")) == canonical(10**4299)
    assert canonical(Decimal("1E4300")) == "1E4300"


def test_a_digest_names_its_algorithm_and_pins_the_form() -> None:
    assert digest({"a": 1}) == (
        "sha256:ab65651e07c632fe1fa0c481fb3b97987b84adcd41f7f0fc7dc8daac888fd4a0"
    )


def test_half_a_surrogate_pair_breaks_nothing() -> None:
    assert digest("\ud800") != digest("?")
