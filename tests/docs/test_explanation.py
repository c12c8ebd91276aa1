"""What pages explain is what the server does: its numbers stand in both places."""

from pathlib import Path

import pytest

from reconciler.server.domain import client_versions
from reconciler.server.domain.customer import CustomerContent
from reconciler.server.domain.features import LicenseType

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "devices-and-licenses.md"
TEXT = " ".join(PAGE.read_text(encoding="utf-8").split())
DEFAULTS = CustomerContent("any")


@pytest.mark.requirement("L-26", "S-17", "G-11", "V-19", "P-06")
@pytest.mark.parametrize(
    "words",
    [
        f"`licenseCheckDays`, {DEFAULTS.license_check_days} days",
        f"`licenseReleaseDays`, {DEFAULTS.license_release_days} days",
        f"`exmReleaseMinutes`, {DEFAULTS.exm_release_minutes} minutes",
        f"`pttProRemovalDays`, {DEFAULTS.ptt_pro_removal_days} days",
        f"{LicenseType.PREMIUM.capitalize()} licenses stay",
        *client_versions.BOOTSTRAPPING.values(),
        *client_versions.PROVISIONING.values(),
        client_versions.LICENSING,
        client_versions.THIRD_PARTY_VOICE,
        "sign in to PTT Pro with OAuth",
        "The server never calls a device",
        "Peaks in the graph of token requests",
        "sign in with *Authorize*",
    ],
)
def test_the_page_says_what_the_server_does(words: str) -> None:
    assert words in TEXT
