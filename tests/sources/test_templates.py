import pytest

from reconciler.sources.templates import TEMPLATES, Surroundings, Template

each = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.path)


@each
def test_a_template_has_text_that_ends_with_its_last_line(template: Template) -> None:
    assert template.text.endswith("\n")
    assert not template.text.endswith("\n\n")


@each
def test_a_template_is_told_where_it_goes_below_the_root(template: Template) -> None:
    assert not template.path.startswith("/")
    assert ".." not in template.path


def test_no_two_templates_go_to_one_place() -> None:
    assert len({template.path for template in TEMPLATES}) == len(TEMPLATES)


def test_there_is_something_for_all_surroundings() -> None:
    assert {template.surroundings for template in TEMPLATES} == set(Surroundings)


def test_the_workflow_uses_the_action_where_it_is_put() -> None:
    texts = {template.path: template.text for template in TEMPLATES}

    assert "uses: ./.github/actions/pvm\n" in texts[".github/workflows/pvm.yml"]
    assert '"$GITHUB_ACTION_PATH/run.sh"' in texts[".github/actions/pvm/action.yml"]
