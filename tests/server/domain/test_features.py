"""Features and the type of license that each takes."""

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.features import Feature, LicenseType, read_feature


@pytest.mark.requirement("L-08")
def test_there_are_two_types_of_license() -> None:
    assert list(LicenseType) == ["STANDARD", "PREMIUM"]


@pytest.mark.requirement("L-33")
@pytest.mark.parametrize(
    ("label", "feature", "kind"),
    [
        ("Alcatel", Feature.ALCATEL, "STANDARD"),
        ("Asterisk", Feature.ASTERISK, "STANDARD"),
        ("CME standard", Feature.CME_STANDARD, "STANDARD"),
        ("CUCM standard", Feature.CUCM_STANDARD, "STANDARD"),
        ("IP Office", Feature.IP_OFFICE, "STANDARD"),
        ("Mitel", Feature.MITEL, "STANDARD"),
        ("Rauland", Feature.RAULAND, "STANDARD"),
        ("Aura Premium", Feature.AURA_PREMIUM, "PREMIUM"),
        ("CUCM Premium", Feature.CUCM_PREMIUM, "PREMIUM"),
        ("Cisco (CUCM) Premium", Feature.CUCM_PREMIUM, "PREMIUM"),
        ("CME Premium", Feature.CME_PREMIUM, "PREMIUM"),
        ("cme_premium", Feature.CME_PREMIUM, "PREMIUM"),
    ],
)
def test_a_phone_system_takes_the_type_that_the_guides_say(
    label: str, feature: Feature, kind: str
) -> None:
    assert read_feature(label) is feature
    assert feature.type == kind


@pytest.mark.requirement("L-34")
@pytest.mark.parametrize(
    ("label", "feature"),
    [
        ("Basic CUCM", Feature.CUCM_STANDARD),
        ("Generic PBX", Feature.GENERIC_PBX),
        ("Local", Feature.LOCAL),
    ],
)
def test_further_labels_are_standard_features(label: str, feature: Feature) -> None:
    assert read_feature(label) is feature
    assert feature.type is LicenseType.STANDARD


@pytest.mark.parametrize("label", ["", " ", "CUCM", "premium", "ALCATEL,MITEL", "ALCATEL\0"])
def test_another_label_is_refused(label: str) -> None:
    with pytest.raises(DomainError) as refusal:
        read_feature(label)
    assert refusal.value.code is ErrorCode.VALIDATION
    assert "CUCM_STANDARD" in refusal.value.detail
