"""One form for all ways to write the same, with every comment where it belongs."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.values import json_equal
from reconciler.sources.formatting import formatted_yaml
from reconciler.sources.yaml_output import LONGEST_KEY, document_text
from reconciler.sources.yaml_text import read_documents
from tests.sources.scribble import TEXTS, Scribe, Tree
from tests.sources.test_yaml_output import TEXT, VALUES


def _named(values: list[Tree]) -> dict[str, Tree]:
    return {f"k{number}": value for number, value in enumerate(values)}


LEAVES = (
    st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from([*TEXTS, "a\nb\n", "c\n\nd"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=4).map(_named),
    max_leaves=12,
)


def _unique(tree: Tree, counter: "list[int]") -> Tree:
    """Keys, and texts in lists, get numbers of their own."""
    if isinstance(tree, dict):
        return {f"k{_next(counter)}": _unique(value, counter) for value in tree.values()}
    if isinstance(tree, list):
        return [
            f"v{_next(counter)}" if isinstance(value, str) else _unique(value, counter)
            for value in tree
        ]
    return tree


def _next(counter: "list[int]") -> int:
    counter[0] += 1
    return counter[0]


@st.composite
def scribbles(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file of one to three documents, and its comments in the order in which they stand."""
    seed, texts = draw(st.integers(0, 2**32)), []
    scribe, counter = Scribe(seed), [0]
    for _ in range(draw(st.integers(1, 3))):
        fields: dict[str, Tree] = {
            "parameters": _unique(_named(draw(st.lists(TREES, max_size=4))), counter),
            "kind": "Bootstrap",
            "protect": True,
            "extends": [f"v{_next(counter)}", f"v{_next(counter)}"],
            "name": "b1",
        }
        order = Random(seed + counter[0])  # noqa: S311 -- repeatable, no secret
        shuffled = order.sample(sorted(fields), len(fields))
        texts.append(scribe.document({name: fields[name] for name in shuffled}))
    return "---\n".join(texts), scribe.comments


def formatted(text: str) -> str:
    documents = read_documents(text)
    assert documents is not None, text
    new = formatted_yaml(text, documents)
    assert new is not None, text
    return new


@given(scribbles())
def test_nothing_is_lost_and_once_is_enough(scribble: tuple[str, list[str]]) -> None:
    text, comments = scribble

    new = formatted(text)

    assert formatted(new) == new
    assert Counter(filter(None, map(_comment, new.splitlines()))) == Counter(comments)
    before, after = read_documents(text) or (), read_documents(new) or ()
    assert json_equal([one.value for one in before], [one.value for one in after])


@given(scribbles())
def test_a_comment_stays_with_what_it_is_about(scribble: tuple[str, list[str]]) -> None:
    text, _ = scribble
    first = {
        next(iter(one.value)) for one in read_documents(text) or () if isinstance(one.value, dict)
    }
    lines = formatted(text).splitlines()

    for number, line in enumerate(lines):
        where, _, name = _comment(line).removeprefix("# ").partition(" ")
        if where == "beside":
            assert name in line.partition("#")[0], lines
        elif where == "above" and name not in first:
            below = next(
                one for one in lines[number + 1 :] if one and not one.lstrip().startswith("# a")
            )
            assert name in below, lines


def _comment(line: str) -> str:
    found = [line.find(f"# {where} ") for where in ("above", "beside", "below", "near")]
    at = max(found)
    return line[at:] if at >= 0 else ""


MESSY = """\
# yaml-language-server: $schema=x.json


# The counter of store 1
name:   'T-1'  # printed on the box
kind: "Token"



# who gets it
bootstrap: "store-1"
appId: 'WFC_PRO_ANDROID'   # sold as PTT Pro
---
parameters: {
    # the radio
    wifi: [ {ssid: "one",hidden: True}, ],   # both floors
    idle: 0x1F
}
kind: Bootstrap
name: store-1
protect: true
extends:
- base
# the last word
- 'region "nl"'
"""
TIDY = """\
# yaml-language-server: $schema=x.json

# The counter of store 1
kind: Token
name: T-1      # printed on the box
appId: WFC_PRO_ANDROID     # sold as PTT Pro

# who gets it
bootstrap: store-1
---
kind: Bootstrap
name: store-1
extends:
  - base
  # the last word
  - 'region "nl"'
parameters:
  # the radio
  wifi: [{ssid: one, hidden: true}]        # both floors
  idle: 0x1F
protect: true
"""


def test_fields_quotes_and_indentation_become_canonical() -> None:
    assert formatted(MESSY) == TIDY


@pytest.mark.parametrize(
    "text",
    [
        'a: "0421"\nb: "NO"\nc: "7:30"\nd: "9.8.1"\ne: "${x}"\n',
        "a: 'say \"x\"'\nb: '^\\d$'\n",
        "a: |\n  one\n\n  two\nb: >-  # folded\n  one\n   two\n",
        "a: |+\n  one\n\n---\nb: |2-\n    one\n",
        'a: one\n  two\nb: "one\n\n  two"  # long\n',
        "a: &x\n  b: 1\nc: *x\n",
        "- - 1\n  - 2\n- a: 1\n  b:\n    - c: 1\n",
        "scope:\n  sites: 1\n  # users: 2\ndrift: keep\n",
        "# nothing but a comment\n",
        "---  # marked\n# a\n\nkind: Site\n# b\n---\nname: c\n# end\n",
        "",
    ],
    ids=[
        *("needed", "single", "blocks", "kept", "folded", "alias"),
        *("lists", "foot", "bare", "marks", "empty"),
    ],
)  # fmt: skip
def test_what_is_canonical_stays_as_it_is(text: str) -> None:
    assert formatted(text) == text


LONG = "k" * (LONGEST_KEY + 1)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("a: 1\n\n\n", "a: 1\n"),
        ("# a\n\n\n", "# a\n"),
        ("'one'\n", "one\n"),
        ("&x 'one'\n", "&x one\n"),
        ("--- &x\n", "---\n&x\n"),
        ("[1,  2]\n", "[1, 2]\n"),
        ("[1,\n 2]\n", "- 1\n- 2\n"),
        ("&x\n'a': 1\n", "&x\na: 1\n"),
        (f"? '{LONG}'\n:  1\n", f"? {LONG}\n: 1\n"),
        (f"a: {{? {LONG} : 1}}\n", f"a: {{? {LONG}: 1}}\n"),
        ("&k 'k': 1\nb:\n    *k : 2\n", "&k k: 1\nb:\n  *k : 2\n"),
        ("&k k: 1\nb: { *k : 2 }\n", "&k k: 1\nb: {*k : 2}\n"),
        ("a: 'x  \n\n  y '\n", "a: 'x\n\n  y '\n"),
        ("a: b\n  c   \n", "a: b\n  c\n"),
        ("a: |\n\n  \n", 'a: ""\n'),
        ("a: |\n  x \n", 'a: "x \\n"\n'),
        ('a: "x\\\n  y "\n', 'a: "x\\\n  y "\n'),
        ('a: "x\n      "\n', 'a: "x\n  "\n'),
        ("--- # a\n--- # b\nc: 1\n", "---  # a\n---  # b\nc: 1\n"),
        ("a: 1 # a\n...\n# b\n---\nb: 2\n", "a: 1  # a\n# b\n---\nb: 2\n"),
        ("a: [ # a\n  b, # b\n] # c\n", "a:   # a\n  - b  # b\n  # c\n"),
        ("a: [\n  b,\n] # c\n", "a:  # c\n  - b\n"),
        ("a: # a\n  # b\n  [b]\n", "# b\na: [b]  # a\n"),
        ("'a' # b\n# c\n", "a\n# b\n# c\n"),
    ],
)
def test_what_hardly_anybody_writes_becomes_canonical_too(text: str, new: str) -> None:
    assert formatted(text) == new
    assert formatted(new) == new


def test_line_ends_stay_as_they_are() -> None:
    assert formatted("name: a\r\nkind: |\r\n   b\r\n") == "kind: |\r\n  b\r\nname: a\r\n"


def test_where_something_is_referred_to_nothing_moves() -> None:
    assert formatted("name: &x a\nkind: *x\n") == "name: &x a\nkind: *x\n"


FLEET = """\
kind: Fleet
name: f
rows:
  - {city: Ede, store: "10"}
  - more.csv
  # the first one
  - {store: "9", city: Gent}  # flagship
key: store
columns: {store: {optional: false, pattern: "^[0-9]+$"}, city: {}}
documents:
  s: {name: "s-${store}", kind: Site, proServerName: x}
exceptions: [{reason: r, until: "2026-12-31", set: {/b: 1, /a: 2}, document: s, row: "9"}]
"""
SORTED = """\
kind: Fleet
name: f
rows:
  - more.csv
  # the first one
  - {store: "9", city: Gent}  # flagship
  - {store: "10", city: Ede}
key: store
columns: {store: {pattern: ^[0-9]+$, optional: false}, city: {}}
documents:
  s: {kind: Site, name: "s-${store}", proServerName: x}
exceptions: [{row: "9", document: s, set: {/b: 1, /a: 2}, until: "2026-12-31", reason: r}]
"""


def test_a_fleet_has_its_rows_in_the_order_of_their_key() -> None:
    assert formatted(FLEET) == SORTED.replace("^[0-9]+$", '"^[0-9]+$"')


def test_a_project_follows_its_schema_to_the_bottom() -> None:
    text = (
        "scope: {tokens: [a], sites: [b]}\ntargets: {z: {vars: {}, url: u}, a: {}}\nkind: Project\n"
    )

    assert formatted(text) == (
        "kind: Project\nscope: {sites: [b], tokens: [a]}\ntargets: {z: {url: u, vars: {}}, a: {}}\n"
    )


def test_a_comment_whose_line_is_gone_stands_on_the_next_best_one() -> None:
    assert formatted("a:  # one\n  b  # two\n") == "# one\na: b  # two\n"
    assert formatted("a: {  # one\n  b: 1,  # two\n}  # three\n") == (
        "a:    # one\n  b: 1   # two\n  # three\n"
    )


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_what_export_writes_is_canonical(parameters: dict[str, Any]) -> None:
    text = document_text({"kind": "Bootstrap", "name": "b1", "parameters": parameters})

    assert formatted(text) == text
