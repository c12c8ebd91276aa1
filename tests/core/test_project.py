from reconciler.core.project import DEFAULT_SAFETY, Scope
from reconciler.kinds import KINDS


def test_a_kind_without_globs_is_not_managed() -> None:
    scope = Scope({"Token": ()})
    assert not scope.covers(KINDS["Token"], "T-1")
    assert not scope.covers(KINDS["Site"], "")


def test_globs_match_whole_names() -> None:
    scope = Scope({"Site": ("store-*", "h[1-3]"), "Token": ("STORE-*",)})
    site, token = KINDS["Site"], KINDS["Token"]
    assert scope.covers(site, "store-1")
    assert scope.covers(site, "h2")
    assert not scope.covers(site, "h4")
    assert not scope.covers(site, "a-store-1")
    assert not scope.covers(site, "STORE-1")
    assert scope.covers(token, "store-1")


def test_accounts_are_guarded_by_default() -> None:
    assert DEFAULT_SAFETY.deletes["PortalUser"].count == 0
