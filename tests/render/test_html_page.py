import re
from base64 import b64encode
from hashlib import sha256

from reconciler.core.plan import Plan
from reconciler.render.html_page import SCRIPT, STYLE, facts, page, section
from reconciler.render.plan_html import plan_html
from tests.render.pages import read_page


def test_a_page_may_run_its_own_script_and_style_and_load_nothing(busy_plan: Plan) -> None:
    found = read_page(plan_html(busy_plan))
    (policy,) = [
        value
        for tag, name, value in found.attributes
        if (tag, name) == ("meta", "content") and value and value.startswith("default-src")
    ]

    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in found.embedded]
    assert found.embedded == [STYLE, SCRIPT]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_in_it_names_another_place_to_load_from(busy_plan: Plan) -> None:
    found = read_page(plan_html(busy_plan))

    loading = {"src", "href", "srcset", "action", "style", "background", "data", "poster"}
    assert [name for _, name, _ in found.attributes if name in loading] == []
    assert [name for _, name, _ in found.attributes if name.startswith("on")] == []
    assert re.findall(r"url\(|@import|fetch|XMLHttp|import\(", STYLE + SCRIPT) == []
    assert len(SCRIPT) < 600


def test_a_section_without_rows_and_a_fact_without_a_text_are_left_out() -> None:
    found = read_page(page("t", "Plan", [facts([("a", "b"), ("c", ""), ("d", None)])], []))

    assert section("Empty", "", []) is None
    assert facts([("a", "")]) is None
    assert (found.elements["dt"], found.elements["section"]) == (1, 0)
