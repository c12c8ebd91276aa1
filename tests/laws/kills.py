"""Ways for an apply to end before its time."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.faults import FAULTS, Fault

FOR_EVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Kill:
    """From request `k` on, `times` requests go wrong; with `k` 0 none does."""

    k: int
    fault: Fault
    times: int


def kills() -> st.SearchStrategy[Kill]:
    """Anywhere in an apply: some requests, or every one until its end."""
    return st.builds(
        Kill, st.integers(0, 40), st.sampled_from(FAULTS), st.sampled_from((1, 2, FOR_EVER))
    )
