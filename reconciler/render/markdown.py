"""Markdown in which text from files and servers stays text."""

import re
from collections.abc import Sequence
from typing import Final

from reconciler.render.screen import fit, printable

BUDGET: Final = 60_000
"""Characters; the forges refuse comments a little above."""

_LONGEST: Final = 300
"""Columns of one text; a whole bootstrap in one cell helps nobody."""
_ACTIVE: Final = re.compile(r"[\\`*_{}\[\]()<>#!|~&@:$]")


def plain(text: str) -> str:
    """`text` as prose: nothing in it formats, links, mentions or opens a tag."""
    shown = fit(printable(text), _LONGEST)
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", shown)


def code(text: str) -> str:
    """`text` as a code span, also inside a table."""
    shown = fit(printable(text), _LONGEST)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if shown[:1] in ("`", " ", "") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{edge}{shown}{edge}{fence}".replace("|", r"\|")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
