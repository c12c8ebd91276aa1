"""The top of a report: what was compared, when, and by whom."""

from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.core.plan import Base, Header
from reconciler.render.html import Html, element, together
from reconciler.render.html_page import Fact, sums
from reconciler.render.plan_text import base_note, listing
from reconciler.render.screen import number

_COMMIT: Final = 12
"""Digits that are enough for every repository."""


def header_facts(
    header: Header, base: Base | None, listed: Mapping[str, int] | None
) -> Iterator[Fact]:
    """Which files met which server."""
    yield "Server", element("code", header.url)
    yield "Customer", header.customer
    yield "Compared", f"{header.created:%Y-%m-%d %H:%M}Z by pvm {header.tool}"
    if header.commit:
        dirty = " and uncommitted changes" if header.clean is False else ""
        yield "Commit", together((element("code", header.commit[:_COMMIT]), dirty))
    if header.undoes is not None:
        yield "Takes back", f"apply #{number(header.undoes.number)}"
    yield "Built on", " ".join(base_note(base, header)).removeprefix("base ") or "no apply before"
    yield "Read", " ".join(listing(listed))
    yield "Files", element("code", header.source_hash) if header.source_hash else None


def sums_of(totals: str) -> Html:
    """`3 create · 1 update` as numbers that tell at a glance."""
    parts = [part.partition(" ") for part in totals.split(" · ")]
    return sums((count, what) for count, _, what in parts)
