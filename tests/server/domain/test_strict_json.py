"""One strict reading of JSON, shared with the client by vectors."""

import base64
import json
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.strict_json import DEEPEST, JsonObject, read_object

_TRAILING_COMMA = 7 if sys.version_info >= (3, 13) else 8
"""Newer Pythons name the comma, older ones what follows it."""

_VECTORS = json.loads(Path(__file__, "../../../vectors/json.json").resolve().read_text("utf-8"))
_LIMIT = 256 * 1024
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.requirement("B-02")
@pytest.mark.parametrize("vector", _VECTORS, ids=lambda vector: str(vector["name"]))
def test_every_vector_is_read_as_the_client_reads_it(vector: dict[str, object]) -> None:
    encoded = vector.get("base64")
    raw = base64.b64decode(str(encoded)) if encoded else str(vector["text"]).encode()
    if vector["ok"]:
        assert read_object(raw, _LIMIT).text.encode() == raw
        return
    with pytest.raises(DomainError) as refusal:
        read_object(raw, _LIMIT)
    assert refusal.value.code == vector["code"]
    assert refusal.value.errors[0].line is not None
    assert refusal.value.errors[0].column is not None


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), _VALUES))
def test_what_the_standard_library_writes_is_read_back(value: dict[str, object]) -> None:
    text = json.dumps(value)
    assert read_object(text.encode(), _LIMIT).value == json.loads(text)


@given(st.binary() | st.text(alphabet='{}[]",:\\ \n0123456789.eE+-truefalsnNuIiyd').map(str.encode))
@example(b'{"a":"\\ud83d\\ud83d"}')
@example(b'["\\')
@example(b'{"a":-Infinity')
def test_any_bytes_are_read_or_refused_with_a_position(raw: bytes) -> None:
    found = _outcome(raw)
    if isinstance(found, DomainError):
        assert found.code in {ErrorCode.MALFORMED_JSON, ErrorCode.NOT_AN_OBJECT}
        assert (found.errors[0].line or 0) >= 1
        assert (found.errors[0].column or 0) >= 1
    else:
        assert found.value == json.loads(raw)


def _outcome(raw: bytes) -> JsonObject | DomainError:
    try:
        return read_object(raw, _LIMIT)
    except DomainError as refusal:
        return refusal


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a":1,}', 1, _TRAILING_COMMA),
        ('{\n  "a": 1,\n  "a": 2\n}', 3, 3),
        ('{\r\n "é": NaN}', 2, 7),
        ('{"a":\n\n [1, 2', 3, 7),
        ('{"a": 1}\n{', 2, 1),
        ('{"a": "\\ud800"}', 1, 7),
        ('{"b": [' + "[" * 70, 1, 70),
        ('{"a": ["t", 1, true, {"z": {}}, "a"],\n"b": "a", "a": 2}', 2, 11),
        ('{"a": "\\ud800\\x"}', 1, 7),
    ],
)
def test_a_refusal_says_where(text: str, line: int, column: int) -> None:
    with pytest.raises(DomainError) as refusal:
        read_object(text.encode(), _LIMIT)
    assert (refusal.value.errors[0].line, refusal.value.errors[0].column) == (line, column)
    assert f"line {line}, column {column}" in refusal.value.detail


def test_a_document_may_have_exactly_the_bytes_it_may() -> None:
    raw = b'{"a":"' + b"x" * 92 + b'"}'
    assert read_object(raw, 100).text == raw.decode()
    with pytest.raises(DomainError) as refusal:
        read_object(raw, 99)
    assert refusal.value.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize("inner", ["[", '{"a":'])
def test_a_hundred_thousand_brackets_are_refused_like_sixty_five(inner: str) -> None:
    for depth in (DEEPEST, 1000, 100_000):
        with pytest.raises(DomainError, match="nested deeper than 64 levels"):
            read_object(('{"a":' + inner * depth).encode(), 2**20)


def test_a_refusal_never_repeats_the_document() -> None:
    for text in ('{"k":"hunter2hunter2"', '{"hunter2":1,"hunter2":2}', '{"a":hunter2}', "hunter2"):
        with pytest.raises(DomainError) as refusal:
            read_object(text.encode(), _LIMIT)
        words = [refusal.value.detail, *(error.message for error in refusal.value.errors)]
        assert not any("hunter2" in word for word in words)
