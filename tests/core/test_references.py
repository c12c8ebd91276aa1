from reconciler.core.references import Reference, references, referred_kinds
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from tests.core.situations import token


def test_a_token_is_bound_to_its_bootstrap() -> None:
    found = list(references(KINDS["Token"], token("b1")))
    assert found == [Reference("/bootstrap", "Bootstrap", "b1", binding=True)]


def test_a_bootstrap_mentions_a_site() -> None:
    value: dict[str, JsonValue] = {"site": "s1", "other": "s2"}
    found = list(references(KINDS["Bootstrap"], value))
    assert found == [Reference("/site", "Site", "s1", binding=False)]


def test_what_is_no_name_is_no_reference() -> None:
    assert not list(references(KINDS["Bootstrap"], {"site": ["s1"]}))
    assert not list(references(KINDS["Token"], {"bootstrap": None}))
    assert not list(references(KINDS["Site"], {"proServerName": "x"}))


def test_kinds_know_whom_they_may_name() -> None:
    named = {name: referred_kinds(kind) for name, kind in KINDS.items()}
    assert named == {
        "Site": frozenset(),
        "Bootstrap": {"Site"},
        "Token": {"Bootstrap"},
        "PortalUser": frozenset(),
    }
