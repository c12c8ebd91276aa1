"""The how-to pages name what there is."""

import re
from pathlib import Path

import pytest
import yaml

from reconciler.sources.templates import TEMPLATES, Template
from tests.architecture.tree import ROOT

HOW_TO = ROOT / "docs" / "how-to"
PAGES = ("ci.md", "editors.md")
CI = (HOW_TO / "ci.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (HOW_TO / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (HOW_TO / link).exists()] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.path)
def test_each_file_that_init_writes_is_told_with_its_place(template: Template) -> None:
    page = (HOW_TO / "editors.md").read_text(encoding="utf-8") + CI
    folder = f"`{Path(template.path).parent.as_posix()}/`"
    assert f"`{template.path}`" in page or folder in page


def test_every_setting_of_the_workflow_is_told() -> None:
    (workflow,) = (t.text for t in TEMPLATES if t.path == ".github/workflows/pvm.yml")
    wanted = set(re.findall(r"(?:secrets|vars)\.(\w+)", workflow))
    told = set(re.findall(r"^\| `(\w+)` \|", CI, re.MULTILINE))
    assert told == wanted


def test_every_input_of_the_action_is_told() -> None:
    (action,) = (t.text for t in TEMPLATES if t.path.endswith("action.yml"))
    inputs = set(yaml.safe_load(action)["inputs"])
    assert [name for name in inputs if f"`{name}`" not in CI] == []


def test_the_hooks_of_the_page_are_those_of_this_repository() -> None:
    shown = {
        id_
        for block in re.findall(r"```yaml\n(repos:.*?)```", CI, re.DOTALL)
        for repo in yaml.safe_load(block)["repos"]
        for hook in repo["hooks"]
        for id_ in [hook["id"]]
    }
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert shown == {hook["id"] for hook in offered}
