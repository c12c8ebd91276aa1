import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.project import DEFAULT_SAFETY, Scope, Selection
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


@pytest.mark.parametrize(
    ("pairs", "name", "hit"),
    [
        ((("Site", "store-1"),), "store-1", True),
        ((("Site", "store-1"),), "store-10", False),
        ((("Site", "store-*"),), "store-10", True),
        ((("*", "STORE-1"),), "store-1", False),
        ((("Token", "store-1"),), "store-1", False),
        ((("Site", "store-[12]"),), "store-2", True),
    ],
)
def test_a_selection_takes_names_and_globs(
    pairs: tuple[tuple[str, str], ...], name: str, *, hit: bool
) -> None:
    site, id_ = KINDS["Site"], ResourceId("Site", name)
    assert Selection(select=pairs).covers(site, id_) is hit
    assert Selection(exclude=pairs).covers(site, id_) is not hit
    assert not Selection(select=pairs, exclude=(("*", "*"),)).covers(site, id_)


def test_a_selection_folds_names_as_their_kind_does() -> None:
    chosen = Selection(select=(("*", "Store-1"),))
    assert chosen.covers(KINDS["Token"], ResourceId("Token", "STORE-1"))
    assert not chosen.covers(KINDS["Bootstrap"], ResourceId("Bootstrap", "STORE-1"))


def test_what_a_selection_looked_up_is_no_part_of_it() -> None:
    chosen = Selection(select=(("Site", "store-1"),))
    chosen.covers(KINDS["Site"], ResourceId("Site", "store-1"))
    assert chosen == Selection(select=(("Site", "store-1"),))
    assert hash(chosen) == hash(Selection(select=(("Site", "store-1"),)))
    assert "_sorted" not in repr(chosen)
