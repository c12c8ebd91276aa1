from collections.abc import Callable

from reconciler.core.identity import ResourceId
from reconciler.core.resource import Live
from reconciler.kinds import KINDS
from reconciler.render.documents import export_json
from reconciler.render.json import json_text

SITE = Live(ResourceId("Site", "site-1"), {"proServerName": "dev03b"})
BOOTSTRAP = Live(
    ResourceId("Bootstrap", "store-1"), {"wifi": {"psk": "canary"}, "inner": "canary too"}
)


def test_an_export_as_data(golden: Callable[[str, str], None]) -> None:
    golden("export.json", json_text(export_json((SITE, BOOTSTRAP), KINDS)))


def test_an_export_has_the_shape_of_the_files() -> None:
    assert export_json((SITE, BOOTSTRAP), KINDS)["documents"] == [
        {"kind": "Site", "name": "site-1", "proServerName": "dev03b"},
        {"kind": "Bootstrap", "name": "store-1", "parameters": BOOTSTRAP.value},
    ]
