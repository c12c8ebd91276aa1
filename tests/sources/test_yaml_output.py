from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.values import JsonValue, json_equal
from reconciler.sources.yaml_events import pure_events
from reconciler.sources.yaml_output import document_text, scalar_text
from reconciler.sources.yaml_text import read_documents

HOSTILE = st.sampled_from(
    [
        *("", " ", "0421", "NO", "7:30", "1_000", "2026-12-31", "~", "null", "true", "1e3", ".inf"),
        *("- a", "a: b", "a #b", "#a", "? a", "!a", "&a", "*a", "@a", "`a", "%a", "|", ">", "---"),
        *(
            "...",
            "{a}",
            "[a]",
            "a,b",
            "'a'",
            '"a"',
            "a\\b",
            "a\tb",
            " a",
            "a ",
            "a\n",
            "\na",
            "a\n\n",
        ),
        *(
            "${x}",
            "$${x}",
            "$$${x}",
            "$",
            "${",
            "a\r\nb",
            "a\rb",
            "\u2028",
            "\x85",
            "\ufeff",
            "\x00",
        ),
        *(
            "\x7f",
            "\u200b",
            "\U0001f4e6",
            "é",
            "<<",
            "=",
            "0x1F",
            "\u0661",
            "a\n b\n",
            "a\n\n b",
            "a:b",
        ),
        *(
            "x" * 200,
            "a\nb ",
            " a\nb",
            "a\n#b",
            "a\n---\nb",
            "...\na",
            "key: |\n  x",
            "\ud7ff",
            "\ue000",
        ),
    ]
)
TEXT = (
    HOSTILE
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.lists(HOSTILE, max_size=3).map("".join)
)
NUMBERS = (
    st.integers()
    | st.integers(min_value=10**4298, max_value=10**4300 - 1)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from([Decimal("1E+400"), Decimal("-0.0"), Decimal("1.10"), Decimal("0E-999")])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def read_back(text: str) -> JsonValue:
    documents = read_documents(text)
    assert documents is not None, text
    assert len(documents) == 1
    return documents[0].value


def unescaped(value: JsonValue) -> JsonValue:
    """What the documents' reader does with `$${` later on."""
    if isinstance(value, str):
        return value.replace("$${", "${")
    if isinstance(value, dict):
        return {key.replace("$${", "${"): unescaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unescaped(item) for item in value]
    return value


@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=4))
@example({"a": {"": "", "x" * 2000: ["", [], {}, [[]], [{}], [["a", {"b": None}]]]}})
@example({"a": "one\ntwo", "b": "one\ntwo\n", "c": ["one\n\ntwo"], "d": "one\ntwo\n\n"})
@example({"..." * 400: 1, "--- a": 2})
def test_what_is_written_reads_back_as_the_same_value(value: dict[str, Any]) -> None:
    """Caught, planted: `0421` without quotes; a literal block that starts with a blank."""
    assert json_equal(unescaped(read_back(document_text(value))), value)


@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=3))
def test_the_parser_in_python_reads_it_back_as_well(value: dict[str, Any]) -> None:
    documents = read_documents(document_text(value), pure_events)
    assert documents is not None
    assert json_equal(unescaped(documents[0].value), value)


@given(VALUES)
def test_numbers_and_truth_keep_their_type(value: JsonValue) -> None:
    back = unescaped(read_back(document_text({"a": value})))
    assert isinstance(back, dict)
    assert type(back["a"]) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Store 1094, front counter", "Store 1094, front counter"),
        ("0421", '"0421"'),
        ("store-0421", "store-0421"),
        ("no", '"no"'),
        ("node", "node"),
        ("https://pvm.acme.example/a?b", "https://pvm.acme.example/a?b"),
        ("9.8.1", '"9.8.1"'),
        ("Straße", "Straße"),
        ("a\u2028b", '"a\\u2028b"'),
        ("\U000e0001", '"\\U000E0001"'),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+400"), "1.0e+400"),
        (Decimal("-1.25E-50"), "-1.25e-50"),
        (Decimal(100), "100.0"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ({}, "{}"),
        ([], "[]"),
    ],
)
def test_scalars_look_as_people_write_them(value: JsonValue, text: str) -> None:
    assert scalar_text(value) == text


def test_documents_look_as_people_write_them() -> None:
    document: dict[str, JsonValue] = {
        "kind": "Bootstrap",
        "name": "store-0421",
        "parameters": {
            "site": "0421",
            "proxy": {"host": "proxy.acme.example", "port": 3128},
            "apps": [{"id": "a", "on": True}, ["w", "x"], "one\ntwo\n"],
            "note": "line one\nline two",
            "none": {},
        },
    }
    assert document_text(document) == (
        "kind: Bootstrap\n"
        "name: store-0421\n"
        "parameters:\n"
        '  site: "0421"\n'
        "  proxy:\n"
        "    host: proxy.acme.example\n"
        "    port: 3128\n"
        "  apps:\n"
        "    - id: a\n"
        '      "on": true\n'
        "    - - w\n"
        "      - x\n"
        "    - |\n"
        "      one\n"
        "      two\n"
        "  note: |-\n"
        "    line one\n"
        "    line two\n"
        "  none: {}\n"
    )
