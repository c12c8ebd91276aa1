"""Footprints: devices that depend on the same are counted together, and each once."""

from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.footprint import Footprint, Use, count_footprints

_DEVICES = st.sampled_from(["d1", "d2", "d3", "d4"])
_TOKENS = st.sampled_from(["A", "B", "C"])
_SITES = st.none() | st.sampled_from(["s1", "s2"])
_USES = st.lists(st.builds(lambda d, t: Use(d, t, f"b-{t}"), _DEVICES, _TOKENS))


def test_devices_with_the_same_tokens_and_site_are_one_footprint() -> None:
    uses = [Use("d1", "A", "x"), Use("d2", "A", "x"), Use("d3", "A", "x"), Use("d3", "B", "x")]
    active = {"d1": "s", "d2": "s", "d3": None, "d4": "s", "d5": None}
    assert count_footprints(uses, active) == [
        Footprint((), (), "s", 1),
        Footprint(("A",), ("x",), "s", 2),
        Footprint(("A", "B"), ("x",), None, 1),
    ]


def test_a_device_that_is_no_more_active_is_not_reached() -> None:
    assert count_footprints([Use("gone", "A", "x")], {}) == []


@given(_USES, st.dictionaries(_DEVICES, _SITES))
def test_each_device_that_depends_on_something_counts_once(
    uses: list[Use], active: dict[str, str | None]
) -> None:
    found = count_footprints(uses, active)
    used = {use.device_id for use in uses}
    assert sum(row.devices for row in found) == sum(
        bool(site) or device in used for device, site in active.items()
    )
    for token in "ABC":
        by_rows = sum(row.devices for row in found if token in row.tokens)
        assert by_rows == len({u.device_id for u in uses if u.token == token} & active.keys())
    assert count_footprints(list(reversed(uses)), active) == found
