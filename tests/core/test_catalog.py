from dataclasses import replace

from reconciler.core.catalog import CatalogFinding, check_catalog
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.problem import Severity
from reconciler.core.project import Scope
from reconciler.core.resource import Desired
from reconciler.kinds import KINDS
from tests.core.situations import EVERYTHING, desired, site, token, user


def check(*declared: Desired, scope: Scope = EVERYTHING) -> list[CatalogFinding]:
    return check_catalog(declared, KINDS, scope)


def test_a_sound_catalog_has_no_findings() -> None:
    assert not check(
        desired("Token", "T-1", token("b1")),
        desired("Bootstrap", "b1", {"site": "s1", "n": 1}),
        desired("Site", "s1", site()),
        desired("PortalUser", "ann", user()),
        desired("Bootstrap", "b2", {"site": {"not": "a name"}}),
    )


def test_a_duplicate_names_both_places() -> None:
    (finding,) = check(
        desired("Site", "s1", site(), file="a.yaml", line=3),
        desired("Site", "s1", site(), file="b.yaml", line=7),
    )
    assert finding.code == "site-declared-twice"
    assert finding.origin == Origin("b.yaml", 6, 7, "/name")
    assert finding.related == (Origin("a.yaml", 2, 3, "/name"),)
    assert finding.label == "declared first in a.yaml:3"
    assert finding.severity is Severity.ERROR


def test_tokens_that_differ_in_case_are_one_token() -> None:
    (finding,) = check(
        desired("Bootstrap", "b1", {}),
        desired("Token", "ABC-1", token("b1")),
        desired("Token", "abc-1", token("b1")),
    )
    assert finding.code == "token-declared-twice"
    assert finding.label.endswith('there as "ABC-1"')


def test_only_ascii_letters_fold() -> None:
    kelvin = "\u212a-1"
    assert KINDS["Token"].key(kelvin) == kelvin
    assert KINDS["Token"].key("K-1") == "k-1"
    assert KINDS["Bootstrap"].key("K-1") == "K-1"


def test_an_unknown_bootstrap_is_an_error_with_the_nearest_name() -> None:
    findings = check(
        desired("Bootstrap", "store-0412-kiosk", {}, file="b.yaml", line=4),
        desired("Token", "T-1", token("store-0412-kisok"), file="t.yaml", line=2),
    )
    assert findings == [
        CatalogFinding(
            code="token-unknown-bootstrap",
            message="token refers to a bootstrap that does not exist",
            object=ResourceId("Token", "T-1"),
            origin=Origin("t.yaml", 1, 2, "/bootstrap"),
            label="not declared in this project",
            help='did you mean "store-0412-kiosk"?  (b.yaml:4)',
        )
    ]


def test_without_a_near_name_the_help_says_what_to_do() -> None:
    (finding,) = check(desired("Token", "T-1", token("xyz")))
    assert finding.help == "declare the bootstrap, or correct the name"


def test_an_unknown_bootstrap_outside_the_scope_is_left_to_plan() -> None:
    scope = Scope({"Token": ("*",), "Bootstrap": ("store-*",)})
    (finding,) = check(desired("Token", "T-1", token("corporate")), scope=scope)
    assert finding.severity is Severity.WARNING
    assert "plan looks" in finding.help


def test_an_unknown_site_is_a_warning_where_the_project_manages_sites() -> None:
    bootstrap = desired("Bootstrap", "b1", {"site": "s9"})
    (finding,) = check(bootstrap)
    assert (finding.code, finding.severity) == ("bootstrap-unknown-site", Severity.WARNING)
    assert finding.origin.pointer == "/parameters/site"
    assert not check(bootstrap, scope=Scope({"Bootstrap": ("*",)}))


def test_a_document_outside_the_scope_is_an_error() -> None:
    (finding,) = check(desired("Site", "s1", site()), scope=Scope({"Site": ("x*",)}))
    assert finding.code == "site-out-of-scope"
    assert finding.origin.pointer == "/name"
    assert "scope.sites" in finding.label


def test_scope_globs_fold_case_as_names_do() -> None:
    scope = Scope({"Token": ("STORE-*",), "Bootstrap": ("B*",)})
    findings = check(
        desired("Bootstrap", "b1", {}), desired("Token", "store-1", token("b1")), scope=scope
    )
    assert [finding.code for finding in findings] == ["bootstrap-out-of-scope"]


def test_suggestions_are_bounded() -> None:
    findings = check(
        desired("Bootstrap", "store-0001", {}),
        *(desired("Token", f"T-{n}", token(f"store-000{n}x")) for n in range(30)),
    )
    assert len(findings) == 30
    assert sum("did you mean" in finding.help for finding in findings) == 20


def renamed(kind: str, name: str, *old: str, line: int = 1) -> Desired:
    value = site() if kind == "Site" else token("b1")
    return replace(desired(kind, name, value, line=line), renamed_from=old)


def test_an_object_may_have_had_other_names() -> None:
    assert not check(renamed("Site", "s3", "s1", "s2"), renamed("Site", "s9", "s8"))


def test_a_name_that_is_still_declared_was_not_renamed() -> None:
    (finding,) = check(
        desired("Site", "s1", site(), line=7), renamed("Site", "s2", "s0", "s1", line=3)
    )
    assert finding.code == "site-renamed"
    assert '"s2"' in finding.message
    assert '"s1"' in finding.label
    assert finding.origin.pointer == "/renamedFrom/1"
    assert [place.line for place in finding.related] == [7]


def test_nothing_was_renamed_from_itself_in_another_case() -> None:
    (finding,) = (
        f
        for f in check(desired("Bootstrap", "b1", {}), renamed("Token", "T-1", "t-1"))
        if f.severity is Severity.ERROR
    )
    assert "itself" in finding.message


def test_one_object_only_had_a_name() -> None:
    (finding,) = check(renamed("Site", "s1", "s0"), renamed("Site", "s2", "s0", line=5))
    assert (finding.object.name, finding.code) == ("s2", "site-renamed")


def test_names_of_the_inventory_are_nobodys() -> None:
    own = desired("Bootstrap", "pvm-inventory-acme-00", {})
    findings = check(own, desired("Token", "T-1", token("pvm-protected-x")))
    assert [f.code for f in findings] == ["bootstrap-reserved", "token-reserved"]
    assert findings[1].origin.pointer == "/bootstrap"
    assert all(f.severity is Severity.ERROR for f in findings)
