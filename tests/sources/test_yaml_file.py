import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.problem import Severity
from reconciler.core.secrets import Masking
from reconciler.core.values import json_equal
from reconciler.sources import yaml_file
from reconciler.sources.source_text import MAX_BYTES, SourceText
from reconciler.sources.yaml_events import pure_events
from reconciler.sources.yaml_file import read_yaml
from reconciler.sources.yaml_survey import survey
from reconciler.sources.yaml_text import read_documents

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/yaml.json").read_text("utf-8"), parse_float=Decimal
)


def data_of(vector: dict[str, Any]) -> bytes:
    if "text" in vector:
        text: str = vector["text"]
        return text.encode()
    return base64.b64decode(vector["base64"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_vector_is_read_or_refused_at_its_place(vector: dict[str, Any]) -> None:
    reading = read_yaml("x.yaml", data_of(vector), Masking())
    if vector["ok"]:
        assert reading.problems == ()
        assert json_equal([document.value for document in reading.documents], vector["value"])
        return
    assert reading.documents == ()
    first = reading.problems[0]
    assert first.severity is Severity.ERROR
    assert first.place is not None
    assert first.code == vector["code"]
    assert (first.place.line, first.place.column) == (vector["line"], vector["column"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_parser_in_python_takes_the_same_files(vector: dict[str, Any]) -> None:
    if "text" not in vector:
        return
    fast = read_documents(vector["text"])
    slow = read_documents(vector["text"], pure_events)
    assert (slow is None) == (fast is None) == (not vector["ok"])
    if fast is not None and slow is not None:
        assert json_equal([d.value for d in slow], [d.value for d in fast])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_reader_and_survey_agree_with_either_parser(vector: dict[str, Any]) -> None:
    if "text" not in vector or "\x00" in vector["text"]:
        return
    source = SourceText("x.yaml", vector["text"], Masking())
    assert (survey(source).problems == ()) == vector["ok"]
    assert (survey(source, pure_events).problems == ()) == vector["ok"]


PIECES = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "  ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            "? ",
            '"',
            "'",
            "#",
        ),
        *("&x ", "*x", "!t ", "!!str ", "<<", "|", ">", "---\n", "...\n", "%YAML 1.2\n", "\\u00e9"),
        *("0421", "no", "1.5", "0x1F", "7:30", "~", "null", "true", "${v}", "é", "\t", "\r\n", "="),
        *('"\\ud800"', "1e3", ".inf", "@", "`", "b: 1\n", "c: 2\n", "kind: Token\n", "name: x\n"),
    ]
)
FILES = st.lists(PIECES, max_size=30).map("".join)


@given(FILES)
@example('? "a"\n: 1')
@example("&x a: *x")
@example("- &x\n- *x\n- a: *x")
def test_reader_and_survey_agree_on_any_file(text: str) -> None:
    """Caught, planted: the survey without its check of tags; the reader without `in box`."""
    documents = read_documents(text)
    problems = survey(SourceText("x.yaml", text, Masking())).problems
    assert (documents is None) == bool(problems)


@given(FILES)
def test_what_both_parsers_take_means_the_same(text: str) -> None:
    fast, slow = read_documents(text), read_documents(text, pure_events)
    if fast is not None and slow is not None:
        assert json_equal([d.value for d in fast], [d.value for d in slow])
        assert [(d.number, d.line) for d in fast] == [(d.number, d.line) for d in slow]


@given(st.binary(max_size=200) | FILES.map(str.encode) | st.text(max_size=100).map(str.encode))
@example(b"\xff\xfea\x00")
@example(b'"\\UFFFFFFFF"')
@example(b"!<%")
def test_any_bytes_become_documents_or_problems(data: bytes) -> None:
    reading = read_yaml("x.yaml", data, Masking())
    assert not (reading.documents and reading.problems)
    for problem in reading.problems:
        assert problem.message
        assert problem.place is not None
        assert problem.place.line >= 1
        assert problem.place.column >= 1


@given(FILES)
def test_the_python_parser_s_own_slips_become_problems(text: str) -> None:
    problems = survey(SourceText("x.yaml", text, Masking()), pure_events).problems
    assert all(problem.code.startswith("yaml-") for problem in problems)


def test_an_escape_beyond_unicode_is_a_problem_with_either_parser() -> None:
    source = SourceText("x.yaml", 'a: "\\UFFFFFFFF"\n', Masking())
    assert [p.code for p in survey(source).problems] == ["yaml-syntax"]
    assert [p.code for p in survey(source, pure_events).problems] == ["yaml-syntax"]


def test_ten_mebibytes_are_read_and_one_byte_more_is_refused() -> None:
    full = b"#" + b"x" * (MAX_BYTES - 7) + b"\na: 1\n"
    assert len(full) == MAX_BYTES
    assert read_yaml("x.yaml", full, Masking()).problems == ()
    refused = read_yaml("x.yaml", b"#" * (MAX_BYTES + 1), Masking()).problems
    assert [problem.code for problem in refused] == ["file-too-large"]


def test_a_million_values_are_read_and_one_more_is_refused() -> None:
    fits = "[" + "a," * (1_000_000 - 2) + "a]"
    assert read_documents(fits) is not None
    assert read_documents(fits.replace("a]", "a,a]")) is None
    bomb = "a: &a [x, x]\n" + "b: &b [" + "*a, " * 250_000 + "]\n" + "c: [*b, *b]\n"
    assert read_documents(bomb) is None
    problems = survey(SourceText("x.yaml", bomb, Masking())).problems
    assert [problem.code for problem in problems] == ["yaml-size"]


def test_a_gap_between_the_two_readers_does_not_let_a_file_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(yaml_file, "read_documents", lambda _: None)
    reading = read_yaml("x.yaml", b"a: 1\n", Masking())
    assert [problem.code for problem in reading.problems] == ["yaml-syntax"]


def test_all_problems_of_a_file_are_found_in_one_go() -> None:
    text = b"a: 0421\nb: no\nb: 1\nc: !t x\n7: x\nd: *e\n"
    problems = read_yaml("x.yaml", text, Masking()).problems
    assert [(p.place.line if p.place else 0, p.code) for p in problems] == [
        (1, "yaml-ambiguous"),
        (2, "yaml-ambiguous"),
        (3, "yaml-duplicate-key"),
        (4, "yaml-tag"),
        (5, "yaml-key"),
        (6, "yaml-alias"),
    ]


def test_a_thousand_problems_are_enough() -> None:
    problems = read_yaml("x.yaml", b"- no\n" * 5000, Masking()).problems
    assert len(problems) == 1000


def test_a_duplicate_key_names_both_places() -> None:
    (problem,) = read_yaml("x.yaml", b"a: 1\nb: 2\na: 3\n", Masking()).problems
    assert problem.place is not None
    assert (problem.place.line, problem.related[0].line) == (3, 1)
    assert "line 1" in problem.help
