"""The first versions that can do something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.client_versions import (
    BOOTSTRAPPING,
    at_least,
    lacks_bootstrapping,
    lacks_licensing,
    lacks_provisioning,
    major_version,
    read_version,
)

_PARTS = st.lists(st.integers(0, 99_999), min_size=1, max_size=6)


def _text(parts: list[int]) -> str:
    return ".".join(str(part) for part in parts)


@pytest.mark.requirement("C-08")
@given(_PARTS, _PARTS)
def test_versions_compare_by_numbers(one: list[int], other: list[int]) -> None:
    longest = max(len(one), len(other))
    padded = [parts + [0] * (longest - len(parts)) for parts in (one, other)]
    assert at_least(_text(one), _text(other)) == (padded[0] >= padded[1])


@pytest.mark.requirement("C-08")
def test_a_longer_number_is_later_although_its_text_sorts_first() -> None:
    assert at_least("3.3.10197", "3.3.9999")
    assert not at_least("3.3.9999", "3.3.10197")


@pytest.mark.parametrize(
    "text", ["", "1.", ".1", "1..2", "v1", "1.2-beta", "\uff11", "1 2", "1" * 10]
)
def test_another_text_is_no_version_and_never_late_enough(text: str) -> None:
    assert read_version(text) is None
    assert not at_least(text, "0")


@pytest.mark.parametrize(
    ("text", "major"),
    [("Android 11", 11), ("8.1.0", 8), ("13", 13), ("", None), ("Tiramisu", None)],
)
def test_the_system_is_known_by_its_first_number(text: str, major: int | None) -> None:
    assert major_version(text) == major


@pytest.mark.requirement("C-01")
@pytest.mark.parametrize(
    ("app", "old", "new"),
    [
        (AppId.VOICE, "9.0.20206", "9.0.20207"),
        (AppId.PTT_PRO_ANDROID, "3.3.10106", "3.3.10107"),
        (AppId.PROFILE_CLIENT, "2.0.20206", "2.0.20207"),
        (AppId.PTT_PRO_IOS, "1.0.11077", "1.0.11078"),
    ],
)
def test_bootstrapping_has_a_first_version(app: AppId, old: str, new: str) -> None:
    assert new in str(lacks_bootstrapping(app, old))
    assert lacks_bootstrapping(app, new) is None
    assert lacks_bootstrapping(app, "") is None
    assert lacks_bootstrapping(app, "unreadable") is not None


@pytest.mark.requirement("C-07")
def test_what_takes_tokens_is_what_tokens_are_for() -> None:
    assert {*BOOTSTRAPPING, AppId.CENTRAL_SERVICE} == set(AppId)


def test_central_service_takes_tokens_in_every_version() -> None:
    assert lacks_bootstrapping(AppId.CENTRAL_SERVICE, "0.1") is None
    assert lacks_bootstrapping(None, "0.1") is None


@pytest.mark.requirement("C-02", "C-03", "L-42")
@pytest.mark.parametrize(
    ("version", "system", "third_party", "fits"),
    [
        ("9.0.20305", "", False, False),
        ("9.0.20306", "", False, True),
        ("9.0.20306", "7", False, True),
        ("", "", False, False),
        ("9.0.22307", "Android 11", True, False),
        ("9.0.22308", "Android 11", True, True),
        ("9.0.22308", "Android 8.1", True, True),
        ("9.0.22308", "Android 7.1", True, False),
        ("9.0.22308", "", True, True),
    ],
)
def test_licensing_has_first_versions(
    version: str, system: str, *, third_party: bool, fits: bool
) -> None:
    lacks = lacks_licensing(version, system, third_party=third_party)
    assert (lacks is None) is fits


@pytest.mark.requirement("C-04", "D-19")
@pytest.mark.parametrize(
    ("app", "version", "system", "fits"),
    [
        (AppId.PTT_PRO_ANDROID, "3.3.10196", "11", False),
        (AppId.PTT_PRO_ANDROID, "3.3.10197", "11", True),
        (AppId.PTT_PRO_ANDROID, "3.3.10197", "8", True),
        (AppId.PTT_PRO_ANDROID, "3.3.10197", "7.1.2", False),
        (AppId.PTT_PRO_ANDROID, "3.3.10197", "", True),
        (AppId.PTT_PRO_ANDROID, "", "11", False),
        (AppId.PTT_PRO_IOS, "1.0.11085", "17", False),
        (AppId.PTT_PRO_IOS, "1.0.11086", "7", True),
        (AppId.VOICE, "0.1", "4", True),
        (None, "", "", True),
    ],
)
def test_provisioning_has_first_versions(
    app: AppId | None, version: str, system: str, *, fits: bool
) -> None:
    assert (lacks_provisioning(app, version, system) is None) is fits
