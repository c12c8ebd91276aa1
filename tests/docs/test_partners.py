"""The pages about partners and jobs say what is so."""

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from reconciler.server.api.extension_manager import router as exm
from reconciler.server.api.simulation import router as sim
from reconciler.server.domain.jobs import JobName
from reconciler.server.domain.simulation import Mood
from reconciler.server.partners.licensing import read_licensing_file
from reconciler.server.settings import PREFIX, Settings

PAGES = Path(__file__).parents[2] / "docs" / "reference"


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def test_every_job_stands_in_the_table() -> None:
    named = re.findall(r"^\| `([a-z-]+)` \|", page("jobs"), re.MULTILINE)
    assert sorted(named) == sorted(JobName)


@pytest.mark.parametrize("name", ["partners", "jobs"])
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    named = set(re.findall(r"PVM_SERVER_[A-Z_]+[A-Z]", page(name)))
    assert named
    assert {variable.removesuffix("_FILE") for variable in named} - known <= {f"{PREFIX}LICENSING"}


def test_every_call_of_an_extension_manager_stands_in_the_table() -> None:
    named = set(re.findall(r"^\| `([A-Z]+ /exm/[a-z0-9/-]+)", page("partners"), re.MULTILINE))
    routes = [route for route in exm.routes if isinstance(route, APIRoute)]
    assert named == {f"{method} {route.path}" for route in routes for method in route.methods or ()}


def test_every_call_of_a_rehearsal_is_named() -> None:
    text = page("partners")
    assert f"POST {sim.prefix}/clock" in text
    for route in sim.routes:
        assert isinstance(route, APIRoute)
        assert route.path.rpartition("/")[2] in text


def test_every_mood_is_named() -> None:
    assert all(f"`{mood}`" in page("partners") for mood in Mood)


def test_the_example_of_a_file_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", page("partners"), re.DOTALL)
    file = tmp_path / "licenses.yaml"
    file.write_text(example, encoding="utf-8")
    found = read_licensing_file(file)
    assert {code: len(rows) for code, rows in found.items()} == {"acme": 1, "globex": 0}
