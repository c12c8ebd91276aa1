from reconciler.core.extraction import extract_secrets
from reconciler.core.identity import ResourceId
from reconciler.core.resource import Live
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.sources.factored import FactoredFiles, factored_files

MUCH: dict[str, JsonValue] = {"note": "x" * 300}


def stores(*cities: str, psk: str = "canary-1") -> FactoredFiles:
    live = [
        Live(ResourceId("Bootstrap", f"store-04{10 + number}"), {"city": city, "psk": psk, **MUCH})
        for number, city in enumerate(cities)
    ]
    objects = extract_secrets(live, KINDS, Masking(), shared=True).objects
    return factored_files(objects, KINDS, Masking())


def test_a_fleet_stands_beside_the_folder_of_its_rows() -> None:
    found = stores("Gent", "York", "Breda")

    assert sorted(found.files) == [
        "fleets/stores.yaml",
        "fleets/stores/stores.csv",
        "layers/layers.yaml",
    ]
    assert (found.fleets, found.layers, found.rows, found.documents) == (1, 1, 3, 0)
    assert "rows:\n  - stores/*.csv\n" in found.files["fleets/stores.yaml"]


def test_cells_are_quoted_where_they_have_to_be() -> None:
    found = stores("Gent, 1st", ' "De Kroon"', "York; 2nd", "Breda")

    assert found.files["fleets/stores/stores.csv"] == (
        'store,city\n0410,"Gent, 1st"\n0411," ""De Kroon"""\n0412,"York; 2nd"\n0413,Breda\n'
    )


def test_a_secret_that_all_share_is_one_reference_in_a_layer() -> None:
    found = stores("Gent", "York", "Breda")

    assert 'psk: "${env:PSK}"' in found.files["layers/layers.yaml"]
    assert not any("canary" in text for text in found.files.values())


def test_placeholders_that_the_server_has_as_text_stay_text() -> None:
    found = stores("${store}", "${env:HOME}", "Breda", "York")

    assert "${store}" in found.files["fleets/stores/stores.csv"]
    assert "${env:HOME}" in found.files["fleets/stores/stores.csv"]


def test_long_lists_fall_apart_by_what_rows_choose() -> None:
    live = [
        Live(
            ResourceId("Bootstrap", f"store-{1000 + number}"),
            {"region": region, "zone": [region] * 20, **MUCH},
        )
        for number in range(300)
        for region in (("nl", "be")[number % 2],)
    ]
    objects = extract_secrets(live, KINDS, Masking(), shared=True).objects
    files = factored_files(objects, KINDS, Masking()).files

    assert {path for path in files if path.endswith(".csv")} == {
        "fleets/stores/be.csv",
        "fleets/stores/nl.csv",
    }
