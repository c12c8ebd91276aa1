from reconciler.core.values import JsonValue
from reconciler.render.device import answer_text

LICENSED: JsonValue = {
    "licenses": [
        {"feature": "LOCAL", "type": "STANDARD", "state": "ACTIVE"},
        {"feature": "MITEL", "type": "STANDARD", "state": "EXPIRED"},
    ],
    "nextCheckSeconds": 7776000,
}


def test_each_member_has_a_line_and_each_item_of_a_list_one_more() -> None:
    assert answer_text(LICENSED).splitlines() == [
        "licenses          2",
        "  LOCAL  STANDARD  ACTIVE",
        "  MITEL  STANDARD  EXPIRED",
        "nextCheckSeconds  7776000",
    ]


def test_nothing_acts_on_the_terminal() -> None:
    assert answer_text({"site": "a\x1b[2J", "none": None, "yes": True}).splitlines() == [
        "site  a\\x1b[2J",
        "none  -",
        "yes   true",
    ]


def test_an_answer_that_is_no_object_is_shown_as_it_is() -> None:
    assert answer_text([1, "x"]) == '[1,"x"]'
