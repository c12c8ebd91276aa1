from itertools import product

import pytest

from reconciler.core.classify import TABLE, Facts, Recorded, Verdict, classify


def reference(facts: Facts) -> str | None:
    """The contract's sentences, without its table; `None` for an object that is nowhere."""
    if not facts.declared:
        return not_declared(facts)
    if not facts.live:
        return "deleted outside" if facts.recorded is Recorded.OWNED else "pending create"
    if facts.recorded is Recorded.NOT:
        return "adopt" if facts.equal else "adopt with changes"
    if facts.recorded is Recorded.ANNOUNCED:
        return "converged" if facts.equal else "interrupted"
    return ours(facts)


def not_declared(facts: Facts) -> str | None:
    known = facts.recorded is not Recorded.NOT
    if not facts.live:
        return "already gone" if known else None
    if not known:
        return "unmanaged"
    return "conflict on delete" if facts.server_changed else "pending delete"


def ours(facts: Facts) -> str:
    changed = facts.git_changed, facts.server_changed
    if facts.equal:
        return "converged" if any(changed) else "in sync"
    words = {(True, True): "diverged", (True, False): "pending update", (False, True): "drift"}
    return words.get(changed, "normalised")


def test_the_table_agrees_with_a_reference_written_apart() -> None:
    flags = (True, False)
    for declared, recorded, *rest in product(flags, Recorded, flags, flags, flags, flags):
        facts = Facts(declared, recorded, *rest)
        wanted = reference(facts)
        if wanted is None:
            with pytest.raises(KeyError):
                classify(facts)
        else:
            assert classify(facts) == wanted


def test_no_case_stands_in_two_rows() -> None:
    cases = [facts for row in TABLE for facts in row.facts()]
    assert len(cases) == len(set(cases))


def test_each_verdict_has_a_row() -> None:
    assert {row.verdict for row in TABLE} == set(Verdict)
