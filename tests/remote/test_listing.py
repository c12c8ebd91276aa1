import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.answer import Garbled
from reconciler.remote.endpoints import endpoints_of
from reconciler.remote.listing import lines_of, page_of, parse_line

PAGED = endpoints_of(KINDS["Site"], {})
WHOLE = endpoints_of(KINDS["Site"], {"Site": {"items": "", "paging": "none"}})


@given(st.lists(st.binary().map(lambda line: line.replace(b"\n", b"")).filter(bool)), st.data())
def test_lines_survive_any_cutting_into_chunks(lines: list[bytes], data: st.DataObject) -> None:
    body = b"".join(line + b"\n" for line in lines)
    if data.draw(st.booleans()):
        body = body.removesuffix(b"\n")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)))))
    ends = [*cuts, len(body)]
    chunks = [body[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
    assert list(lines_of(chunks)) == lines


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"content": None, "totalElements": 0},
        {"content": {}, "totalElements": 0},
        {"content": []},
        {"content": [], "totalElements": "0"},
        {"content": [], "totalElements": True},
        {"content": [], "totalElements": -1},
    ],
)
def test_a_page_without_rows_or_total_is_never_an_empty_list(value: JsonValue) -> None:
    with pytest.raises(Garbled):
        page_of(value, PAGED, 0)


def test_an_answer_may_be_the_array_itself() -> None:
    assert page_of([1, 2], WHOLE, 0).total == 2
    with pytest.raises(Garbled):
        page_of({"content": []}, WHOLE, 0)


@pytest.mark.parametrize("line", [b"\xff", b"{", b'{"a":NaN}', b"1 2", b"[" * 100_000])
def test_a_broken_line_is_no_row(line: bytes) -> None:
    with pytest.raises(Garbled):
        parse_line(line)
