import pytest

from reconciler.core.origin import Place
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.sources.source_text import MAX_BYTES, SourceText, Span, decode

CANARY = "hunter2-canary"


def shown(text: str, number: int, masking: Masking | None = None) -> str:
    return SourceText("x.yaml", text, masking or Masking()).shown(number)


@pytest.mark.parametrize("data", [b"", b"a: 1\n", "é 📦\r\n".encode(), b"a:\tb\n"])
def test_plain_text_is_text(data: bytes) -> None:
    assert decode("x", data) == data.decode()


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"a\nb\xff", 2, 2, "not UTF-8: byte 0xFF"),
        (b"\xff\xfea\x00", 1, 1, "not UTF-8: byte 0xFF"),
        (b"\xef\xbb\xbfa", 1, 1, "file starts with a byte order mark"),
        ("a\n\ufeffb".encode(), 2, 1, "control or invisible character U+FEFF"),
        (b"a\x00", 1, 2, "control or invisible character U+0000"),
        (b"a\x1b[31m", 1, 2, "control or invisible character U+001B"),
        (b"a\rb", 1, 2, "a carriage return alone ends no line"),
        ("ab\u2028c".encode(), 1, 3, "control or invisible character U+2028"),
    ],
)
def test_what_is_no_plain_text_is_refused_at_its_place(
    data: bytes, line: int, column: int, message: str
) -> None:
    problem = decode("x", data)
    assert isinstance(problem, Problem)
    assert problem.place == Place("x", line, column, line, column + 1)
    assert problem.message == message
    assert problem.help


def test_utf_16_is_called_by_its_name() -> None:
    problem = decode("x", "a: 1".encode("utf-16"))
    assert isinstance(problem, Problem)
    assert "UTF-16" in problem.help


def test_a_file_above_the_limit_is_not_looked_at() -> None:
    problem = decode("x", b"\xff" * (MAX_BYTES + 1))
    assert isinstance(problem, Problem)
    assert problem.code == "file-too-large"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"password: {CANARY}", 0),
        (f"password:\n  {CANARY}", 1),
        (f"password: |\n  {CANARY}\n  {CANARY}", 2),
        (f"wifi:\n  psk:\n    deep:\n      - {CANARY}: x", 3),
        (f"secrets:\n- {CANARY}", 1),
        (f'a: {{password: "one\n{CANARY}"}}', 1),
        (f"url: https://host/?api_key={CANARY}&x=1", 0),
        ("a: " + "x" * 600 + CANARY, 0),
    ],
)
def test_a_line_that_may_hold_a_secret_shows_none(text: str, number: int) -> None:
    assert CANARY not in shown(text, number)


@pytest.mark.parametrize(
    ("text", "number"),
    [("a: 1\nb: 2", 1), ("password: x\nname: y", 1), ("a:\n  psk: x\nb:\n  c: 2", 3)],
)
def test_other_lines_are_shown(text: str, number: int) -> None:
    assert shown(text, number) == text.split("\n")[number]


def test_a_project_s_own_secrets_are_hidden_by_their_pointer() -> None:
    source = SourceText("x.yaml", f"parameters:\n  door: {CANARY}\n", Masking(("/door",)))
    assert source.place(Span(1, 8, 20), "/parameters/door").text == ""
    assert CANARY not in source.shown(1)


def test_a_place_beyond_the_last_line_shows_nothing() -> None:
    assert SourceText("x.yaml", "a: [", Masking()).place(Span(5, 0, 1)).text == ""


def test_a_place_is_counted_from_one_and_marks_at_least_one_column() -> None:
    place = SourceText("x.yaml", "a: b", Masking()).place(Span(0, 3, 3))
    assert place == Place("x.yaml", 1, 4, 1, 5, "a: b")


def test_carriage_returns_at_line_ends_are_not_shown() -> None:
    assert shown("a: 1\r\nb: 2\r\n", 0) == "a: 1"
