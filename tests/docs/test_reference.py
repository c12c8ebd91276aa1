"""The reference names what the program has: no guard, code or member more or less."""

import json
import re
from pathlib import Path

import pytest

from reconciler.cli.exits import Exit
from reconciler.core.plan import Sort
from reconciler.core.template import SORTS
from reconciler.kinds.lints import LINTS
from reconciler.sources.policy import CODES
from reconciler.sources.repository import read_repository
from tests.sources.projects import PROJECT, problems_in, write_project

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted(REFERENCE.glob("*.md"))
SCHEMA = json.loads((ROOT / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))


def first_cells(page: str, heading: str = "") -> list[str]:
    """The code spans in the first column of the tables below a heading."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    section = text.partition(heading)[2].partition("\n## ")[0] if heading else text
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_each_guard_is_described_once() -> None:
    plan_guards = SCHEMA["properties"]["stops"]["items"]["properties"]["guard"]["enum"]
    object_guards = SCHEMA["$defs"]["blocked"]["properties"]["guard"]["enum"]

    assert sorted(first_cells("guards.md", "## Guards that stop everything")) == sorted(plan_guards)
    assert sorted(first_cells("guards.md", "## Guards that leave")) == sorted(object_guards)


def test_each_member_of_a_plan_file_is_described_once() -> None:
    assert sorted(first_cells("plan-file.md")) == sorted(SCHEMA["properties"])


def test_each_metric_is_described_once() -> None:
    source = (ROOT / "reconciler" / "render" / "metrics.py").read_text(encoding="utf-8")
    written = re.findall(r'"(pvm_[a-z_]+)"', source)
    assert sorted(first_cells("metrics.md")) == sorted(set(written))


def test_each_field_of_the_project_file_is_described_once() -> None:
    project = json.loads((ROOT / "schemas" / "project.schema.json").read_text(encoding="utf-8"))
    fields, _, target = (REFERENCE / "project-file.md").read_text("utf-8").partition("## Targets")

    def rows(text: str) -> list[str]:
        return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)

    assert sorted(rows(fields)) == sorted(project["properties"])
    assert sorted(rows(target)) == sorted(project["$defs"]["target"]["properties"])


def test_each_sort_of_reference_to_a_secret_is_described() -> None:
    cells = first_cells("secrets.md", "# Secrets")

    assert [sort for sort in SORTS if not any(c.startswith(f"${{{sort}:") for c in cells)] == []


def test_examples_of_the_project_file_are_read(tmp_path: Path) -> None:
    text = (REFERENCE / "project-file.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)

    assert problems_in(write_project(tmp_path, {}, PROJECT + example)) == ()


def test_examples_of_references_are_read(tmp_path: Path) -> None:
    text = (REFERENCE / "secrets.md").read_text(encoding="utf-8")
    document, secrets = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    repository = read_repository(
        write_project(tmp_path, {"objects/a.yaml": document}, PROJECT + secrets)
    )

    assert repository.problems == ()
    assert len(repository.declared[0].references) == 2


def test_each_rule_and_lint_of_a_policy_is_described_with_its_code_and_level() -> None:
    text = (REFERENCE / "policy.md").read_text(encoding="utf-8")
    project = json.loads((ROOT / "schemas" / "project.schema.json").read_text(encoding="utf-8"))
    policy = project["properties"]["policy"]["properties"]
    lints = re.findall(r"^\| `([\w-]+)` \| (error|warning|allow) \|", text, re.MULTILINE)

    assert first_cells("policy.md", "## Rules") == [name for name in policy if name != "lints"]
    assert [code for code in CODES if f"`{code}`" not in text] == []
    assert lints == [(lint.code, lint.severity or "allow") for lint in LINTS.values()]


def test_the_example_of_a_policy_is_read(tmp_path: Path) -> None:
    text = (REFERENCE / "policy.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    files = {"policy/ptt-pro.schema.json": "{}"}

    assert problems_in(write_project(tmp_path, files, PROJECT + example)) == ()


def test_each_exit_code_is_described_once() -> None:
    text = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| ([0-9, ]+) \|", text, re.MULTILINE)

    assert [int(code) for cell in cells for code in cell.split(", ")] == sorted(Exit)


def test_each_change_of_the_inventory_alone_is_named() -> None:
    text = (REFERENCE / "plan-file.md").read_text(encoding="utf-8")

    assert [sort for sort in Sort if f"`{sort}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]

    assert [target for target in targets if not (page.parent / target).exists()] == []
