from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.extraction import extract_secrets, masked_again
from reconciler.core.identity import ResourceId
from reconciler.core.merge import with_values
from reconciler.core.resource import Live
from reconciler.core.secrets import Masking, mask
from reconciler.core.template import SecretReference, references_in
from reconciler.core.values import JsonValue, json_equal
from reconciler.kinds import KINDS

MASKING = Masking(("/wifi/*/key",))
KEYS = st.sampled_from(["wifi", "0", "key", "psk", "plain", "a b", "x/~y", "password", "site"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 9),
    st.just(Decimal("1.5")),
    st.text(max_size=5),
    st.sampled_from(["https://u:canary@h", "?api_key=canary", "${env:X}", "$${", "canary"]),
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner))
)


def bootstrap(value: dict[str, JsonValue], name: str = "store-1") -> Live:
    return Live(ResourceId("Bootstrap", name), value)


def test_secret_texts_become_references_to_variables() -> None:
    value: dict[str, JsonValue] = {
        "wifi": [{"key": "k1"}, {"key": "k2", "ssid": "s"}],
        "url": "https://u:pw@host/",
        "psk": "",
    }
    found = extract_secrets([bootstrap(value)], KINDS, MASKING)
    assert found.objects[0].value == {
        "wifi": [
            {"key": "${env:STORE_1_WIFI_0_KEY}"},
            {"key": "${env:STORE_1_WIFI_1_KEY}", "ssid": "s"},
        ],
        "url": "${env:STORE_1_URL}",
        "psk": "",
    }
    assert found.variables == {
        "STORE_1_WIFI_0_KEY": "k1",
        "STORE_1_WIFI_1_KEY": "k2",
        "STORE_1_URL": "https://u:pw@host/",
    }


def test_variables_have_names_of_their_own_that_references_can_have() -> None:
    secret: dict[str, JsonValue] = {"psk": "x"}
    names = ["a b", "a-b", "0421", "pvm-1", "ü", "x" * 64]
    long: dict[str, JsonValue] = {"y" * 200: secret}
    objects = [*(bootstrap(secret, name) for name in names), bootstrap(long, "z")]
    found = extract_secrets(objects, KINDS, MASKING)
    assert list(found.variables)[:4] == [
        "A_B_PSK",
        "A_B_PSK_2",
        "SECRET_0421_PSK",
        "SECRET_PVM_1_PSK",
    ]
    assert len(found.variables) == len(objects)
    for item in found.objects:
        assert all(references_in(text) for text in item.references.values())


def test_what_no_reference_can_stand_for_is_left_and_named() -> None:
    token = Live(
        ResourceId("Token", "T-1"),
        {"appId": "A", "bootstrap": "b", "description": "?api_key=canary"},
    )
    numbers = bootstrap({"pin": 4711, "psk": "canary"})
    site = bootstrap({"site": "?api_key=canary"}, "s")
    found = extract_secrets([token, numbers, site], KINDS, MASKING)
    assert [item.id.name for item in found.left] == ["T-1", "store-1", "s"]
    assert list(found.variables.values()) == ["canary"]
    for item in found.objects:
        shown, masked = masked_again(item, MASKING)
        assert masked
        assert "canary" not in str(shown.value)
        assert "4711" not in str(shown.value)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_with_its_values_an_extracted_object_is_what_it_was(value: dict[str, JsonValue]) -> None:
    found = extract_secrets([bootstrap(value)], KINDS, MASKING)
    (item,) = found.objects
    assert set(item.references.values()) == {
        str(SecretReference("env", name)) for name in found.variables
    }
    values = {
        pointer: found.variables[references_in(text)[0].name]
        for pointer, text in item.references.items()
    }
    assert json_equal(with_values(item.value, values), value)
    shown, _ = masked_again(item, MASKING)
    bare = with_values(shown.value, dict.fromkeys(item.references, None))
    assert json_equal(mask(bare, MASKING)[0], bare)
