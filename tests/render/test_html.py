import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import FieldChange
from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Blocked, Class, Drifted, Group, Plan, Stop
from reconciler.render.drift_html import drift_html
from reconciler.render.html import element, embedded, together
from reconciler.render.plan_html import plan_html
from reconciler.render.screen import printable
from tests.core.situations import HEADER
from tests.render.pages import read_page

ROOT = Path(__file__).parents[2]
EVIL = (
    "</script><script>alert(1)</script>",
    "</style>",
    "<!--",
    "]]>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "&lt;b&gt;",
    "\x00\x1b[2J\r\n",
    "\u202egnp\u200b\u2066",
    "\udc80",
)
texts = st.lists(st.sampled_from(EVIL) | st.text(max_size=8), max_size=4).map("".join)


def test_text_and_attributes_are_escaped_and_elements_are_not() -> None:
    made = element("p", "a<b", element("b", "&"), title='"', hidden=True, open=False, data_row="1")

    assert made.markup == '<p title="&quot;" hidden data-row="1">a&lt;b<b>&amp;</b></p>'


def test_what_acts_on_the_eye_is_shown_as_an_escape() -> None:
    assert element("b", "a\u202eb\x1b").markup == "<b>a\\u202eb\\x1b</b>"
    assert together(("<", None, element("meta", charset="x"))).markup == '&lt;<meta charset="x">'


@given(texts)
def test_a_browser_reads_any_text_and_attribute_as_they_were_shown(text: str) -> None:
    page = read_page(element("p", text, title=text).markup)

    assert "".join(page.texts) == printable(text)
    assert page.attributes == [("p", "title", printable(text))]


@pytest.mark.parametrize(("name", "source"), [("p", "a"), ("script", "1</script>"), ("style", "<")])
def test_only_sources_that_can_not_end_their_element_are_embedded(name: str, source: str) -> None:
    with pytest.raises(ValueError, match="can't hold this source"):
        embedded(name, source)


def test_nobody_else_makes_markup() -> None:
    """Who could write `Html(...)` could forget to escape."""
    makers = [
        path.name
        for path in (ROOT / "reconciler").rglob("*.py")
        if re.search(r"\bHtml\(", path.read_text(encoding="utf-8"))
    ]
    assert makers == ["html.py"]


@given(texts, texts)
def test_no_name_or_value_breaks_out_of_its_place(name: str, value: str) -> None:
    """Two reports with every sort of row, the same but for the texts, have the same elements."""
    for render, plain in PLAIN:
        page = read_page(render(name, value))

        assert page.elements == plain.elements
        assert [a[:2] for a in page.attributes] == [a[:2] for a in plain.attributes]
        assert page.embedded == plain.embedded
        assert all(text.isprintable() for text in page.texts if text != "\n")


def _plan(name: str, value: str) -> str:
    id_, fields = ResourceId("Site", f"s{name}"), (FieldChange(f"/p{name}", value, [value]),)
    header = replace(HEADER, project=f"p{name}", url=f"u{value}", customer=f"c{name}")
    blocked = tuple(
        Blocked(id_, "update", guard, f"r{value}", f"f{value}", fields, (value,))
        for guard in ("conflict", "hold")
    )
    return plan_html(
        Plan(
            header,
            (),
            (Group("update", Class.PENDING_UPDATE, "Site", (f"{name}.yaml:1",), fields, (id_,)),),
            blocked=blocked,
            stops=(Stop("updates", f"r{value}", f"f{value}"),),
            drifted=(Drifted(id_, fields, f"{name}.yaml:2", f"b{name}", f"t{value}"),),
            warnings=(f"w{value}",),
            guarantees=(f"g{value}",),
            unmanaged=(id_,),
        )
    )


def _drift(name: str, value: str) -> str:
    id_, fields = ResourceId("Token", f"t{name}"), (FieldChange(f"/p{name}", value, [value]),)
    one = Drifted(id_, fields, f"{name}.yaml:2", f"b{name}", f"t{value}")
    header = replace(HEADER, project=f"p{name}")
    other = replace(one, id=ResourceId("Token", f"u{name}"))
    drift = Drift(header, (one, other), (replace(one, was=(value,)),), (one,), (id_, other.id))
    return drift_html(replace(drift, warnings=(f"w{value}",)))


PLAIN = [(render, read_page(render("name", "value"))) for render in (_plan, _drift)]
