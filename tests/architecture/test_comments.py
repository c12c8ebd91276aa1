"""A silenced check says why. (Ruff itself refuses notes to self and code in comments.)"""

import re

from tests.architecture.tree import comments

_SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore|nosec|pragma)")
_WITH_CODE_AND_REASON = re.compile(
    r"#\s*(noqa:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*|type:\s*ignore\[[a-z-]+(,\s*[a-z-]+)*\])"
    r"\s*(--?|#)\s*\w.{3,}"
)


def test_a_silenced_check_names_its_code_and_its_reason() -> None:
    silenced = [found for found in comments() if _SILENCED.match(found.text)]
    unexplained = [found for found in silenced if not _WITH_CODE_AND_REASON.match(found.text)]
    assert [f"{found.place} {found.text}" for found in unexplained] == []
