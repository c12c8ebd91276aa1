import pytest

from reconciler.core.json_scan import first_fault, place_of, too_deep


def test_places_count_from_one() -> None:
    assert place_of("ab\ncd", 0) == (1, 1)
    assert place_of("ab\ncd", 3) == (2, 1)
    assert place_of("ab\ncd", 4) == (2, 2)


@pytest.mark.parametrize("text", ['{"a": [1, true, null, 0.5, "x"]}', "]", "1", '"a"', ","])
def test_a_text_without_a_known_fault_is_still_answered(text: str) -> None:
    assert "can't be read" in first_fault(text).message


def test_brackets_in_texts_are_no_levels() -> None:
    assert not too_deep('["' + "[" * 500 + '"]')
    assert not too_deep('["\\\\",' + '"[",' * 500 + "1]")
