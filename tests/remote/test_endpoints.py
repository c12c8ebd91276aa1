import pytest

from reconciler.core.kind import Kind
from reconciler.core.problem import Misuse
from reconciler.kinds import KINDS
from reconciler.remote.endpoints import endpoints_of

BOOTSTRAP = KINDS["Bootstrap"]


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
def test_each_kind_has_its_own_paths(kind: Kind) -> None:
    found = endpoints_of(kind, {})
    assert found.list == f"/admin/api/v1/{kind.collection}"
    assert {found.get, found.write, found.delete} == {f"/admin/api/v1/{kind.path}"}
    assert found.name == kind.identity


@pytest.mark.parametrize("key", ["Bootstrap", "bootstraps"])
def test_an_override_replaces_only_what_it_names(key: str) -> None:
    found = endpoints_of(BOOTSTRAP, {key: {"list": "/api/all", "items": "/rows"}})
    assert (found.list, found.items) == ("/api/all", "rows")
    assert found.get == "/admin/api/v1/bootstrap"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ({"lists": "/api"}, 'did you mean "list"'),
        ({"paging": "cursor"}, "page, none"),
        ({"list": "api/all"}, "/admin/api/v1/bootstraps"),
        ({"write": ""}, "/admin/api/v1/bootstraps"),
    ],
)
def test_an_override_that_means_nothing_is_refused(override: dict[str, str], message: str) -> None:
    with pytest.raises(Misuse) as caught:
        endpoints_of(BOOTSTRAP, {"Bootstrap": override})
    assert message in caught.value.fix


@pytest.mark.parametrize("key", ["list", "get"])
def test_an_empty_path_says_that_the_server_has_none(key: str) -> None:
    found = endpoints_of(BOOTSTRAP, {"Bootstrap": {key: ""}})
    assert getattr(found, key) == ""
    assert found.write == "/admin/api/v1/bootstrap"
