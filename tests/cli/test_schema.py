import json

import pytest

from tests.cli.conftest import Run


def test_without_a_name_the_names_are_listed(pvm: Run) -> None:
    names = pvm("schema").out.split()

    assert {"document", "project", "plan"} <= set(names)


@pytest.mark.parametrize("name", ["document", "project", "plan"])
def test_a_schema_is_printed_as_it_is(pvm: Run, name: str) -> None:
    assert json.loads(pvm("schema", name).out)["$schema"].endswith("2020-12/schema")


def test_for_editors_it_is_one_file_of_the_older_draft(pvm: Run) -> None:
    printed = json.loads(pvm("schema", "--draft-07", "document").out)

    assert "draft-07" in printed["$schema"]
    assert set(printed["definitions"]) >= {"site", "bootstrap", "token", "portal-user"}


def test_an_unknown_name_lists_the_known_ones(pvm: Run) -> None:
    ran = pvm("schema", "plans")

    assert ran.code == 64
    assert "plan" in ran.err
