"""What is found in estates that a person can look through at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.authoring.factoring import Factored, factor
from reconciler.core.json_text import dump_json
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue

Document = dict[str, Any]
MUCH: Mapping[str, JsonValue] = {
    "proxy": {"host": "proxy.acme.example", "bypass": ["10/8"] * 9},
    "note": "x" * 99,
}


def store(key: str, city: str = "Gent", **parameters: JsonValue) -> list[Document]:
    """A site, a bootstrap and a token."""
    return [
        {"kind": "Site", "name": f"site-{key}", "proServerName": "dev03b"},
        {
            "kind": "Bootstrap",
            "name": f"store-{key}",
            "parameters": {"site": f"site-{key}", **MUCH, **parameters},
        },
        {
            "kind": "Token",
            "name": f"STORE-{key.upper()}",
            "appId": "WFC_PRO_ANDROID",
            "bootstrap": f"store-{key}",
            "description": f"Store {key}, {city}",
        },
    ]


def found_in(*stores: Sequence[Document]) -> Factored:
    documents = [document for one in stores for document in one]
    return factor(documents, lambda one: len(dump_json(one)), Masking())


def layers(found: Factored) -> dict[str, Any]:
    return {str(one["name"]): one["parameters"] for one in found.layers}


def fleet(found: Factored) -> Any:  # noqa: ANN401 -- a document as files have it
    (one,) = found.fleets
    return one.document


def lines(found: Factored) -> list[str]:
    return [
        ",".join(line.values())
        for one in found.fleets
        for part in one.parts.values()
        for line in part
    ]


def test_nothing_becomes_nothing() -> None:
    assert found_in() == Factored()


def test_one_store_and_two_stay_what_they_are() -> None:
    for stores in ([store("0421")], [store("0421"), store("0422")]):
        found = found_in(*stores)
        assert (found.layers, found.fleets) == ((), ())
        assert len(found.documents) == 3 * len(stores)


def test_three_stores_are_a_fleet_with_what_they_share_in_a_layer() -> None:
    found = found_in(store("0421", "Gent"), store("0422", "York"), store("0423", "Breda"))

    assert layers(found) == {"stores-all": MUCH}
    assert lines(found) == ["0421,Gent", "0422,York", "0423,Breda"]
    assert fleet(found)["columns"]["store"] == {"pattern": "^[0-9]{4}$"}
    assert fleet(found)["documents"] == {
        "site": {"kind": "Site", "name": "site-${store}", "proServerName": "dev03b"},
        "bootstrap": {
            "kind": "Bootstrap",
            "name": "store-${store}",
            "extends": ["stores-all"],
            "parameters": {"site": "site-${store}"},
        },
        "token": {
            "kind": "Token",
            "name": "STORE-${store}",
            "appId": "WFC_PRO_ANDROID",
            "bootstrap": "store-${store}",
            "description": "Store ${store}, ${description}",
        },
    }


def test_what_has_little_in_common_stays_plain() -> None:
    sites: list[list[Document]] = [
        [{"kind": "Site", "name": f"site-{number}", "proServerName": f"server-{number * 7919}"}]
        for number in range(1, 6)
    ]
    found = found_in(*sites)
    assert (found.fleets, len(found.documents)) == ((), 5)


def test_what_changes_together_is_a_layer_by_region() -> None:
    regions = ("nl", "be")
    zones: dict[str, JsonValue] = {
        region: {"region": region, "zone": f"Europe/{region * 9}", "holidays": [region] * 9}
        for region in regions
    }
    found = found_in(*(store(f"04{n}", area=zones[regions[n % 2]]) for n in range(10, 50)))

    assert sorted(layers(found)) == ["region-be", "region-nl", "stores-all"]
    assert layers(found)["region-nl"] == {
        "area": {"zone": "Europe/nlnlnlnlnlnlnlnlnl", "holidays": ["nl"] * 9}
    }
    settings = fleet(found)["documents"]["bootstrap"]
    assert settings["extends"] == ["stores-all", "region-${region}"]
    assert settings["parameters"]["area"] == {"region": "${region}"}
    assert fleet(found)["columns"]["region"] == {"enum": ["be", "nl"]}


def test_a_few_other_values_are_cells_above_the_layer() -> None:
    idle = (60, *[30] * 24, 90, *[30] * 24, 60)
    found = found_in(*(store(f"04{10 + n}", idle=one) for n, one in enumerate(idle)))

    assert layers(found)["stores-all"]["idle"] == 30
    assert fleet(found)["columns"]["idle"] == {"type": "integer", "optional": True}
    assert [line for line in lines(found) if not line.endswith(",")] == [
        "0410,60",
        "0435,90",
        "0460,60",
    ]


def test_an_odd_store_stands_by_itself_on_the_layers() -> None:
    odd = store("0499", pilot={"ring": 1})
    odd[1]["parameters"]["proxy"] = {"host": "proxy.acme.example"}
    found = found_in(*(store(f"04{n}") for n in range(10, 30)), odd)

    assert len(lines(found)) == 20
    (settings,) = (one for one in found.documents if one["kind"] == "Bootstrap")
    assert settings == {
        "kind": "Bootstrap",
        "name": "store-0499",
        "extends": ["stores-all"],
        "parameters": {"site": "site-0499", "pilot": {"ring": 1}},
        "remove": ["/proxy/bypass"],
    }


def test_a_token_that_some_stores_have_gets_a_column_that_is_empty_for_the_others() -> None:
    stores = [store(f"04{n}") for n in range(10, 30)]
    for number, one in enumerate(stores):
        if number % 2:
            one.append({**one[2], "name": f"{one[2]['name']}-V", "appId": "WFC_VOICE_ANDROID"})
    found = found_in(*stores)

    assert fleet(found)["documents"]["token-store-v"]["name"] == "STORE-${store}-${v}"
    assert fleet(found)["columns"]["v"] == {"enum": ["V"], "optional": True}
    assert lines(found)[:2] == ["0410,", "0411,V"]


def test_keys_in_capitals_need_a_column() -> None:
    found = found_in(*(store(key) for key in ("north", "south", "east", "west")))

    assert fleet(found)["documents"]["token"]["name"].startswith("STORE-${")
    assert min(lines(found)).startswith("east,EAST")


def test_a_key_that_is_in_a_text_by_chance_stays_text() -> None:
    found = found_in(*(store(str(key), version="2.10.1") for key in range(1, 12)))

    assert layers(found)["stores-all"]["version"] == "2.10.1"


def test_secrets_that_no_reference_can_stand_for_become_no_column() -> None:
    found = found_in(*(store(f"04{n}", kiosk={"pin": n}) for n in range(10, 30)))

    assert not any(name in ("pin", "kiosk") for name in fleet(found)["columns"])
    assert len([one for one in found.documents if one["kind"] == "Bootstrap"]) == 20


def test_the_order_of_documents_does_not_matter() -> None:
    stores = [store(f"04{n}", idle=n % 3) for n in range(10, 40)]

    assert found_in(*stores) == found_in(*stores[::-1])


def test_several_parts_of_a_name_may_vary() -> None:
    tokens: list[list[Document]] = [
        [{**store(f"04{n}")[2], "name": f"STORE-04{n}-SN{n * 7919}"}] for n in range(10, 40)
    ]
    found = found_in(*(store(f"04{n}")[:2] for n in range(10, 40)), *tokens)

    assert fleet(found)["documents"]["token"]["name"] == "STORE-${store}-${token}"
    assert lines(found)[0].startswith("0410,SN79190")


def test_a_key_within_a_list_becomes_the_column() -> None:
    apps: list[JsonValue] = [
        {"url": f"https://cfg/{n}", "port": 80, "on": True} for n in range(410, 420)
    ]
    found = found_in(*(store(f"{410 + n}", apps=[one, "x"]) for n, one in enumerate(apps)))

    settings = fleet(found)["documents"]["bootstrap"]["parameters"]
    assert settings["apps"] == [{"url": "https://cfg/${store}", "port": 80, "on": True}, "x"]


def in_region(word: str, keys: Sequence[int]) -> list[list[Document]]:
    """Places of one sort, half of them in each of two regions."""
    return [
        [
            {"kind": "Site", "name": f"{word}-site-{key}", "proServerName": "dev03b"},
            {
                "kind": "Bootstrap",
                "name": f"{word}-{key}",
                "parameters": {"region": region, "zone": [f"{word}/{region}"] * 9, **MUCH},
            },
        ]
        for key in keys
        for region in (("nl", "be")[key % 2],)
    ]


def test_layers_of_one_name_in_two_fleets_stay_apart() -> None:
    found = found_in(*in_region("shop", range(100, 140)), *in_region("depot", range(500, 540)))

    assert [one.document["name"] for one in found.fleets] == ["depots", "shops"]
    assert sorted(layers(found)) == [
        *("depots-all", "region-be", "region-nl", "shops-all"),
        *("shops-region-be", "shops-region-nl"),
    ]
    assert layers(found)["region-nl"] == {"zone": ["depot/nl"] * 9}
    assert layers(found)["shops-region-nl"] == {"zone": ["shop/nl"] * 9}
    templates: Any = found.fleets[1].document["documents"]
    assert templates["bootstrap"]["extends"] == ["shops-all", "shops-region-${region}"]


def test_a_name_of_many_words_is_no_pattern() -> None:
    names = [f"{'a-' * 12}{n}" for n in range(20)]
    found = found_in(*([{"kind": "Bootstrap", "name": one, "parameters": MUCH}] for one in names))

    assert (found.fleets, len(found.documents)) == ((), 20)
