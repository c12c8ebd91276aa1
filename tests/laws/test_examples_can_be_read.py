"""What a law stumbled over has to be told in full: without it nobody can repeat it."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.world.strategies import Chapter, chapters
from tests.world.world import Edit


@settings(max_examples=1, phases=(Phase.generate,), database=None)
@given(st.builds(Edit, st.just("Bootstrap"), st.just("b1"), st.just({"a": 1})), chapters())
def stumble(edit: Edit, chapter: Chapter) -> None:
    raise AssertionError(edit, chapter)


def test_a_falsifying_example_is_printed_whole() -> None:
    with pytest.raises(AssertionError) as caught:
        stumble()
    told = " ".join("\n".join(caught.value.__notes__).split())
    assert "edit=Edit('Bootstrap', 'b1', {'a': 1})" in told
    assert "chapter=Chapter(rules=Project(name='acme'," in told
