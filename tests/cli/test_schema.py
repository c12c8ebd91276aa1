import json

import pytest

from tests.cli.conftest import Run


def test_without_a_name_the_names_are_listed(pvm: Run) -> None:
    names = pvm("schema").out.split()

    assert {"document", "project", "plan"} <= set(names)


@pytest.mark.parametrize("name", ["document", "project", "plan"])
def test_a_schema_is_printed_as_it_is(pvm: Run, name: str) -> None:
    assert json.loads(pvm("schema", name).out)["$schema"].endswith("2020-12/schema")


def test_an_unknown_name_lists_the_known_ones(pvm: Run) -> None:
    ran = pvm("schema", "plans")

    assert ran.code == 64
    assert "plan" in ran.err
