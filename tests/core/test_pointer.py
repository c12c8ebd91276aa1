import pytest

from reconciler.core.pointer import covers, is_index, join, matches, order_key, resolve, split
from reconciler.core.values import ABSENT, JsonValue

VALUE: JsonValue = {"a/b": [{"~": 1}, None], "": {"": 2}, "0": 3}


@pytest.mark.parametrize("parts", [(), ("a/b", "0", "~"), ("", ""), ("~1", "/~", "é")])
def test_splitting_undoes_joining(parts: tuple[str, ...]) -> None:
    assert split(join(parts)) == parts


def test_a_pointer_starts_with_a_slash() -> None:
    with pytest.raises(ValueError, match="slash"):
        split("a/b")


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", VALUE),
        ("/a~1b/0/~0", 1),
        ("/a~1b/1", None),
        ("/a~1b/2", ABSENT),
        ("/a~1b/01", ABSENT),
        ("/a~1b/-", ABSENT),
        ("/a~1b/1/x", ABSENT),
        ("//", 2),
        ("/0", 3),
        ("/1", ABSENT),
        ("/0/0", ABSENT),
    ],
)
def test_a_pointer_leads_to_a_value_or_nowhere(pointer: str, found: object) -> None:
    assert resolve(VALUE, pointer) == found


def test_a_star_stands_for_one_key() -> None:
    assert matches("/wifi/*/psk", "/wifi/0/psk")
    assert not matches("/wifi/*/psk", "/wifi/psk")
    assert not matches("/wifi/*", "/wifi/0/psk")
    assert covers("/wifi/*", "/wifi/0/psk")
    assert covers("", "/a")
    assert not covers("/wifi/0/psk", "/wifi/0")
    assert not covers("/b", "/a")


def test_indices_sort_as_numbers_before_keys() -> None:
    pointers = ["/l/10", "/l/9", "/l/x", "/l", "/l/007"]
    assert sorted(pointers, key=order_key) == ["/l", "/l/9", "/l/10", "/l/007", "/l/x"]


@pytest.mark.parametrize(
    ("part", "answer"), [("0", True), ("10", True), ("", False), ("٣", False), ("9" * 19, False)]
)
def test_only_plain_digits_are_an_index(part: str, answer: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert is_index(part) is answer
