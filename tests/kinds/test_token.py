from reconciler.core.problem import Severity
from reconciler.kinds import KINDS
from tests.core.situations import desired, token


def test_an_underscore_is_warned_about() -> None:
    (finding,) = KINDS["Token"].check(desired("Token", "STORE_1", token("b1")))
    assert (finding.code, finding.severity) == ("token-underscore", Severity.WARNING)
    assert finding.pointer == "/name"


def test_a_dash_is_fine() -> None:
    assert not list(KINDS["Token"].check(desired("Token", "STORE-1", token("b1"))))


def test_kinds_without_rules_of_their_own_find_nothing() -> None:
    assert not list(KINDS["Site"].check(desired("Site", "s_1", {})))
