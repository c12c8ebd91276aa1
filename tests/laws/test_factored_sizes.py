"""What `--factor` finds is about as long as what a person wrote: at most a fifth longer.

`make laws` takes 5,000 stores.
"""

from collections.abc import Mapping

from hypothesis import settings

from reconciler.core.extraction import extract_secrets
from reconciler.core.resource import Desired, Live
from reconciler.core.secrets import Masking
from reconciler.core.values import json_equal
from reconciler.kinds import KINDS
from reconciler.sources.factored import FactoredFiles, factored_files
from reconciler.sources.made_files import MadeFiles
from reconciler.sources.new_project import FOLDERS
from reconciler.sources.repository import read_contents
from tests.laws.authored_estates import PROJECT, authored_estate

STORES = 5000 if settings.default is not None and settings.default.max_examples > 200 else 500


def rendered(files: Mapping[str, str]) -> tuple[Desired, ...]:
    found = read_contents(MadeFiles({"pvm.yaml": PROJECT, **files}, FOLDERS))
    assert found.problems == ()
    return found.declared


def size(files: Mapping[str, str]) -> int:
    return sum(len(text.encode()) for text in files.values())


def found_in(live: list[Live]) -> FactoredFiles:
    objects = extract_secrets(live, KINDS, Masking(), shared=True).objects
    return factored_files(objects, KINDS, Masking())


def test_an_estate_of_stores_is_found_again() -> None:
    written = authored_estate(STORES, seed=5)
    live = [Live(one.id, one.value) for one in rendered(written)]

    found = found_in(live)
    again = {one.id: one.value for one in rendered(found.files)}

    assert size(found.files) <= 1.2 * size(written)
    assert found.layers == 1 + 5 + 3
    assert len(again) == len(live)
    assert all(json_equal(one.value, again[one.id]) for one in live)
    assert found_in(live[::-1]).files == found.files
