"""The picture of a plan shows what pvm prints; `UPDATE_GOLDEN=1` draws it anew."""

import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from reconciler.cli.terminal import styled
from reconciler.core.inventory import Note
from reconciler.core.plan import Header, PlanOptions
from reconciler.core.planning import make_plan
from reconciler.core.ports import Account
from reconciler.core.resource import Desired, Live
from reconciler.core.situation import Situation
from reconciler.kinds import KINDS
from reconciler.render.plan_text import plan_text
from reconciler.render.view import View
from reconciler.sources.repository import read_repository
from tests.core.situations import KEY, owned

ROOT = Path(__file__).parents[2]
RETAIL = ROOT / "specs" / "examples" / "retail"
PICTURE = ROOT / "docs" / "pictures" / "plan.svg"
COLUMNS = 94


def as_live(desired: Desired) -> Live:
    """The server as the last apply left it."""
    return Live(desired.id, desired.value, "1", {"deviceCount": 0, "lastUsedAt": None})


def edited_by_hand(live: Live) -> Live:
    """A colleague tries something out on one store."""
    if live.id.name != "store-2001":
        return live
    facts = {**live.facts, "updatedBy": "m.peeters", "updatedAt": "2026-11-21T22:14:00Z"}
    return replace(live, value={**live.value, "enablePTTButtonSpecial": True}, facts=facts)


def edited(folder: Path) -> Path:
    """A day's work: the special button for the Dutch stores, one new store, one that closed."""
    shutil.copytree(RETAIL, folder)
    stores = folder / "bootstraps" / "stores"
    for path, old, new in (
        (stores / "netherlands.yaml", "PTTButtonSpecial: false", "PTTButtonSpecial: true"),
        (folder / "tokens" / "shared.yaml", "Head office and", "Head office, training room and"),
    ):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    for path in folder.rglob("belgium.yaml"):
        documents = path.read_text(encoding="utf-8").split("---\n")
        kept = [each for each in documents if "2014" not in each]
        path.write_text("---\n".join(kept), encoding="utf-8")
    new_store = "kind: Site\nname: hm-3017   # Soest\nproServerName: dev04a\n"
    (folder / "sites" / "soest.yaml").write_text(new_store, encoding="utf-8")
    return folder


def shown_plan(folder: Path) -> str:
    before, after = read_repository(RETAIL), read_repository(edited(folder))
    header = Header(
        project=after.project.name,
        target="stores",
        url="https://pvm.halvemaan.example",
        customer="halvemaan",
        created=datetime(2026, 11, 22, 9, tzinfo=UTC),
        tool="0",
    )
    live = {
        kind: [as_live(desired) for desired in before.declared if desired.id.kind == kind]
        for kind in after.project.scope.globs
    }
    account = Account("j.doe", "Super-Admin", "halvemaan")
    inventory = owned([item for items in live.values() for item in items], after.project)
    assert inventory.head is not None
    applied = datetime(2026, 11, 21, 16, tzinfo=UTC)
    note = Note("n", 41, applied, "1c9e0d4", None, "", "j.doe", "ci", {})
    known = replace(inventory, head=replace(inventory.head, notes=(note,)))
    found = {kind: [edited_by_hand(item) for item in items] for kind, items in live.items()}
    situation = Situation(
        header, after.project, KINDS, after.declared, found, account, known, key=KEY
    )
    return plan_text(make_plan(situation, PlanOptions()), View(COLUMNS))


def drawn(text: str) -> str:
    """An SVG that loads nothing from elsewhere."""
    console = Console(record=True, width=COLUMNS + 2, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi("$ pvm plan\n" + styled(text)))
    svg = console.export_svg(title="pvm", theme=MONOKAI, unique_id="pvm-plan")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"[ \t]+\n", "\n", svg).rstrip() + "\n"


def words_of(svg: str) -> list[str]:
    """The words in the picture, line by line and from left to right."""
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 -- our own file
    placed = [
        (float(text.get("y", "0")), float(text.get("x", "0")), unescape(text.text or ""))
        for text in texts
        if text.get("clip-path")
    ]
    return " ".join(text for _, _, text in sorted(placed)).split()


def test_the_picture_shows_what_pvm_prints(tmp_path: Path) -> None:
    text = shown_plan(tmp_path / "retail")

    if os.environ.get("UPDATE_GOLDEN") == "1":
        PICTURE.write_text(drawn(text), encoding="utf-8")
    svg = PICTURE.read_text(encoding="utf-8")
    assert words_of(svg) == ["$", "pvm", "plan", *text.split()]
    assert "font-face" not in svg
    assert "url(http" not in svg
