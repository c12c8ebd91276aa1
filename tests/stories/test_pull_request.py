"""A pull request of 3,341 stores, as its reviewer sees it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.core.inventory import Note
from reconciler.core.origin import Origin
from reconciler.core.plan import Mark, Plan, PlanOptions
from reconciler.core.planning import make_plan
from reconciler.core.project import Prune
from reconciler.core.provenance import DocumentsOnly
from reconciler.core.reach import Footprint, with_reach, with_used_tokens
from reconciler.core.resource import Desired, Live
from reconciler.core.revisions import Revision, diff_revisions
from reconciler.core.situation import Situation
from reconciler.core.trail import Deed, Happening, Trail, traced
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.render.markdown import BUDGET
from reconciler.render.plan_markdown import plan_markdown
from reconciler.render.plan_text import plan_text
from reconciler.render.revisions import revisions_markdown
from reconciler.render.screen import columns_of
from reconciler.render.view import View
from reconciler.sources.files import Files
from reconciler.sources.provenance import FileProvenance
from reconciler.sources.repository import read_repository
from tests.core.situations import HEAD, HEADER, desired, owned, project, situation
from tests.golden_files import compare_golden

LAYER = """\
kind: Layer
name: retail-base
parameters:
  kiosk: {idleSeconds: 30}
  apps:
    scanner:
      version: "9.8.1"
"""
FLEET = """\
kind: Fleet
name: stores
rows: [stores/*.csv]
key: store
columns: {store: {}, server: {}, city: {}}
documents:
  site: {kind: Site, name: "site-${store}", proServerName: "${server}"}
  settings:
    kind: Bootstrap
    name: "store-${store}"
    extends: [retail-base]
    parameters: {site: "site-${store}"}
  counter:
    kind: Token
    name: "STORE-${store}"
    appId: WFC_PRO_ANDROID
    bootstrap: "store-${store}"
    description: "${city}"
"""
OLD_TOKEN = """\
kind: Token
name: STORE-0077-K
appId: WFC_PRO_ANDROID
bootstrap: store-0077
"""
PROJECT = """\
kind: Project
name: acme-retail
sources: [layers, fleets, tokens]
scope: {sites: ["*"], bootstraps: ["*"], tokens: ["*"]}
"""
STORES = [f"{number:04},dev03b,City {number % 9}" for number in range(1, 3342)]
RULES = project(prune=Prune.OWNED)
FOOTPRINTS = [
    Footprint((f"STORE-{n:04}",), (f"store-{n:04}",), f"site-{n:04}", 6 + n % 2)
    for n in range(1, 3342)
]
TRAIL = Trail(
    (
        Happening("Site", "site-0421", Deed.UPDATE, "j.doe", "2026-11-22T17:14:00.000Z"),
        Happening("Site", "site-0421", Deed.UPDATE, "a.smith", "2026-11-22T17:02:00.000Z"),
    ),
    complete=True,
)
LAST = Note("b7f0", 118, HEADER.created - timedelta(hours=2), "9d03e77", None, "", "root", "ci", {})


def declare(root: Path, layer: str, rows: Sequence[str], tokens: str) -> Sequence[Desired]:
    texts = {
        "pvm.yaml": PROJECT,
        "layers/retail-base.yaml": layer,
        "fleets/stores.yaml": FLEET,
        "fleets/stores/nl.csv": "\n".join(("store,server,city", *rows, "")),
        "tokens/more.yaml": tokens,
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    found = read_repository(root)
    assert not found.problems
    return found.declared


def edited(item: Live, **values: str) -> Live:
    return replace(item, value={**item.value, **values})


@pytest.fixture(scope="module")
def pull_request(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """One line of a layer, 7 cells, 4 new rows, a token that goes; a drift and a conflict."""
    tmp_path = tmp_path_factory.mktemp("acme-retail")
    other = OLD_TOKEN.replace("0077-K", "OTHER")
    before = declare(tmp_path, LAYER, STORES, f"{OLD_TOKEN}---\n{other}")
    left = [Live(one.id, one.value, "1", facts(one)) for one in before]
    server = {str(one.id): one for one in left}
    server["Site/site-0421"] = edited(server["Site/site-0421"], proServerName="acme-temp")
    server["Token/STORE-1180"] = edited(server["Token/STORE-1180"], description="mine")
    rows = [*STORES, *(f"{number},dev03b,Delft" for number in range(5001, 5005))]
    for number in range(100, 800, 100):
        rows[number] = rows[number].replace("dev03b", f"dev{number}")
    rows[1179] = rows[1179].replace("City", "Town")
    after = declare(tmp_path, LAYER.replace("9.8.1", "9.9.0"), rows, other)
    inventory = replace(owned(left, RULES), head=replace(HEAD, notes=(LAST,)))
    state = situation(after, list(server.values()), RULES, inventory=inventory)
    plan = make_plan(with_files(state, tmp_path), PlanOptions())
    lives = {(one.id.kind, one.id.name.lower()): one for one in server.values()}
    plan = with_reach(with_used_tokens(plan, lives, KINDS), FOOTPRINTS, KINDS)
    drifted = traced(plan.drifted, TRAIL, LAST.finished, KINDS)
    return replace(plan, drifted=drifted, clean_after=Mark(118, LAST.finished))


def facts(one: Desired) -> dict[str, JsonValue]:
    """Tokens were used today, but for the one that goes."""
    if one.id.kind != "Token":
        return {}
    if one.id.name == "STORE-0077-K":
        return {"lastUsedAt": "2026-04-22T08:00:00.000Z", "useCount": 12}
    return {"lastUsedAt": f"{HEADER.created:%Y-%m-%dT%H}:00:00.000Z", "useCount": 120}


def with_files(state: Situation, root: Path) -> Situation:
    files = FileProvenance(Files(root), removals=lambda ids, _: dict.fromkeys(ids, "1c9e0d4"))
    return replace(state, provenance=files)


def test_the_plan_is_what_the_pull_request_says(pull_request: Plan) -> None:
    layer = [one for one in pull_request.groups if one.causes == ("layers/retail-base.yaml:7",)]
    assert [len(one.members) for one in layer] == [3341]
    assert (len(pull_request.drifted), len(pull_request.blocked)) == (1, 1)
    assert pull_request.reach is not None
    assert pull_request.reach.devices == 3341 * 6 + 1671


@pytest.mark.parametrize("width", [80, 120])
def test_its_text_fits_one_screen(pull_request: Plan, width: int) -> None:
    text = plan_text(pull_request, View(width))
    lines = text.split("\n")
    assert len(lines) <= 50
    assert max(map(columns_of, lines)) <= width
    compare_golden(f"render/pull-request-{width}.txt", text + "\n")


def test_its_comment_is_short(pull_request: Plan) -> None:
    text = plan_markdown(pull_request)
    assert len(text) < 4000
    compare_golden("render/pull-request.md", text + "\n")


def test_fifty_thousand_changes_with_ten_causes_are_ten_rows() -> None:
    def stores(idle: int) -> Revision:
        found = []
        for number in range(50_000):
            layer = Origin(f"layers/{number % 10}.yaml", 0, 1, "/parameters/idle")
            one = desired("Bootstrap", f"store-{number:05}", {"idle": idle}, line=number + 1)
            found.append(replace(one, inherited={"/idle": layer}))
        return Revision("x", "", RULES, found)

    diff = diff_revisions(stores(30), stores(60), KINDS, DocumentsOnly())
    assert [len(group.members) for group in diff.groups] == [5000] * 10
    plan = Plan(HEADER, (), diff.groups)
    for text in (plan_markdown(plan), revisions_markdown(diff)):
        assert len(text) <= BUDGET
        assert "50,000 update" in text
        assert all(f"`layers/{number}.yaml:1`" in text for number in range(10))
    assert len(plan_text(plan, View(120)).split("\n")) <= 50
