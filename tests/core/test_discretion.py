import json
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.discretion import Discretion, secret_texts
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed
from reconciler.core.plan import Header, Plan
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue

SECRET = 'k7/ä"+&x'
ID = ResourceId("Site", "s")


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
    ],
)
def test_a_secret_is_masked_however_it_is_spelled(spelled: str) -> None:
    assert Discretion([SECRET]).text(f"the value {spelled} is bad") == "the value ******** is bad"


@given(st.lists(st.text(min_size=4, max_size=9), max_size=5), st.text(max_size=9))
def test_no_secret_is_left_in_any_text(secrets: list[str], before: str) -> None:
    text = Discretion(secrets).text(before + "|".join(secrets))

    assert [secret for secret in secrets if secret in text.replace("*", "")] == []


def test_a_long_secret_goes_before_a_part_of_it() -> None:
    assert Discretion(["abcd", "abcdefgh"]).text("abcdefgh abcd") == "******** ********"


def test_what_is_too_short_stays() -> None:
    assert Discretion(["on"]).text("the connection") == "the connection"


def test_a_receipt_keeps_everything_but_the_secrets() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    plan = Plan(Header("acme", "prod", "http://x", "", noon, "0"), (), ())
    receipt = Receipt(
        plan,
        (Applied(ID, "created"), Failed(ID, f"bad {SECRET}")),
        noon,
        noon,
        discrepancies=(Discrepancy(ID, f"not {SECRET}"),),
        unverified=f"no {SECRET}",
        unrecorded=f"nor {SECRET}",
    )

    found = Discretion([SECRET]).receipt(receipt)

    assert found.outcomes == (Applied(ID, "created"), Failed(ID, "bad ********"))
    assert found.discrepancies == (Discrepancy(ID, "not ********"),)
    assert (found.unverified, found.unrecorded) == ("no ********", "nor ********")


def test_the_secret_texts_of_a_value_are_those_that_are_masked() -> None:
    value: JsonValue = {
        "idle": 30,
        "wifi": [{"psk": "a-psk", "ssid": "open"}],
        "vendor": {"zebra": {"code": "a-code"}},
        "location": "https://x/p?api_key=a%2Bkey&dep=Sales",
        "greeting": "a-reference",
    }

    found = secret_texts(value, Masking(("/vendor/*/code",)), ("/greeting",))

    assert sorted(found) == ["a%2Bkey", "a+key", "a-code", "a-psk", "a-reference"]
