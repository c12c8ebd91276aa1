"""The example of a policy: each rule that it has keeps a mistake out."""

import shutil
from pathlib import Path

import pytest

from tests.sources.projects import briefly

EXAMPLE = Path(__file__).parents[2] / "specs" / "examples" / "policy"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (
            "regions/nl/stores.yaml",
            '"MOLEN-NL-${store}"',
            '"MOLEN-NL-${store}-X"',
            "regions/nl/stores.csv:2:1 policy-name",
        ),
        (
            "regions/nl/stores.yaml",
            '"MOLEN-NL-${store}"',
            '"MOLEN-BE-${store}"',
            "regions/nl/stores.csv:2:1 policy-file",
        ),
        (
            "regions/nl/stores.csv",
            "Zwolle,60",
            "Zwolle,6",
            "regions/nl/stores.csv:3:13 policy-parameters",
        ),
        (
            "regions/be/stores.yaml",
            "idleSeconds:",
            "idelSeconds:",
            "regions/be/stores.csv:3:12 policy-parameters",
        ),
        ("layers/network.yaml", "wpa3", "wep", "layers/network.yaml:7:36 policy-forbid"),
        ("layers/network.yaml", "host: proxy.molen.example, ", "", None),
        (
            "regions/be/stores.yaml",
            "parameters: {site:",
            "parameters: {wifi: [], site:",
            "regions/be/stores.yaml:16:18 policy-file",
        ),
        (
            "shared/profile-client.yaml",
            "MOLEN-PROFILE",
            "MOLEN_PROFILE",
            "shared/profile-client.yaml:8:7 token-underscore",
        ),
    ],
)
def test_a_mistake_is_an_error_at_its_place(
    tmp_path: Path, file: str, old: str, new: str, problem: str | None
) -> None:
    root = tmp_path / "policy"
    shutil.copytree(EXAMPLE, root)
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), encoding="utf-8")

    assert (problem or "layers/network.yaml:5:3 policy-require") in briefly(root)
